import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OrderTerms } from "../../src/domain/order.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { openAccount, type Wish } from "./account.ts";

const BUY: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10.00" };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

describe("placing", () => {
  it("reserves the money before the broker hears of the order", async () => {
    const account = await openAccount(database, "1000");
    const placed = await account.place({ ...BUY, feeRate: "0.0025" });
    expect(placed).toMatchObject({
      kind: "placed",
      order: { status: "pending_new", reservedAmount: "100.25", version: 1 },
    });
    const { portfolio, openOrders } = await account.snapshot();
    expect(portfolio).toMatchObject({ cashBalance: "1000", cashReserved: "100.25" });
    expect(openOrders).toBe(1);
    expect(await account.faults()).toEqual([]);
  });

  it("lets exactly ten of fifty parallel buys spend cash that is enough for ten", async () => {
    const account = await openAccount(database, "1000");
    const placed = await Promise.all(Array.from({ length: 50 }, () => account.place(BUY)));
    const kinds = Map.groupBy(placed, ({ kind }) => kind);
    expect(kinds.get("placed")).toHaveLength(10);
    expect(kinds.get("denied")).toHaveLength(40);
    expect((await account.snapshot()).portfolio).toMatchObject({ cashReserved: "1000" });
    expect(await account.faults()).toEqual([]);
  });

  it("places one order for twenty identical requests at once", async () => {
    const account = await openAccount(database, "1000");
    const wish = { ...BUY, clientOrderId: "mine-1" };
    const placed = await Promise.all(Array.from({ length: 20 }, () => account.place(wish)));
    expect(placed.filter(({ kind }) => kind === "placed")).toHaveLength(1);
    expect(placed.filter(({ kind }) => kind === "replayed")).toHaveLength(19);
    const ids = placed.map((result) => ("order" in result ? result.order.id : ""));
    expect(new Set(ids).size).toBe(1);
  });

  it("compares repeated requests by their terms, not by their writing", async () => {
    const account = await openAccount(database, "1000");
    await account.place({ ...BUY, clientOrderId: "mine-1" });
    const same = await account.place({ ...BUY, clientOrderId: "mine-1", limitPrice: "10" });
    const other = await account.place({ ...BUY, clientOrderId: "mine-1", quantity: "11" });
    expect([same.kind, other.kind]).toEqual(["replayed", "conflict"]);
  });

  it("tells whether a key was used, and writes nothing", async () => {
    const account = await openAccount(database, "1000");
    const placed = await account.place({ ...BUY, clientOrderId: "mine-1" });
    if (placed.kind !== "placed") throw new Error(placed.kind);
    const find = (key: string, terms: OrderTerms) =>
      account.orders.findUsed(account.principal, key, terms, new Date());
    const before = (await account.snapshot()).portfolio.lastSeq;
    expect((await find("mine-1", placed.order)).kind).toBe("replayed");
    expect((await find("mine-1", { ...placed.order, side: "sell" })).kind).toBe("conflict");
    expect((await find("mine-2", placed.order)).kind).toBe("unused");
    expect((await account.snapshot()).portfolio.lastSeq).toBe(before);
  });

  it("keeps what it refuses, with its numbers, and refuses the repetition alike", async () => {
    const account = await openAccount(database, "99.99");
    const wish = { ...BUY, clientOrderId: "mine-1" };
    const refusal = { code: "insufficient_buying_power", required: "100", available: "99.99" };
    const first = await account.place(wish);
    expect(first).toMatchObject({ kind: "denied", order: { status: "rejected" }, refusal });
    expect(await account.place(wish)).toMatchObject({ kind: "replayed", refusal });
    expect((await account.snapshot()).portfolio.cashReserved).toBe("0");
    expect(await account.faults()).toEqual([]);
  });

  it("keeps a refusal that the rules found before", async () => {
    const account = await openAccount(database, "1000");
    const denial = { code: "price_outside_universe", price: "101", cap: "100" };
    const placed = await account.place({ ...BUY, denial });
    expect(placed).toMatchObject({ kind: "denied", refusal: denial });
  });

  it("sells nothing that is not held, and names what holds it", async () => {
    const account = await openAccount(database, "1000");
    const bought = await account.working(BUY);
    const fill = account.execution("10", "10");
    await account.report(bought, {
      orderId: bought.id,
      brokerOrderId: bought.brokerOrderId,
      event: "fill",
      execution: fill,
      reason: null,
      venueStatus: "filled",
      at: new Date(),
    });
    const sell: Wish = { ...BUY, side: "sell", quantity: "6" };
    const holder = await account.working(sell);
    expect(await account.place(sell)).toMatchObject({
      kind: "denied",
      refusal: {
        code: "insufficient_quantity",
        required: "6",
        available: "4",
        heldBy: [holder.id],
      },
    });
    expect(await account.faults()).toEqual([]);
  });

  it("takes nothing from a session that does not exist", async () => {
    const account = await openAccount(database, "1000");
    const stranger = await openAccount(database, "1000");
    const principal = { ...account.principal, sessionId: stranger.principal.sessionId };
    expect(await account.orders.requestCancel(principal, account.userId, new Date())).toEqual({
      kind: "unauthenticated",
    });
  });

  it("tells an order in full, with every number as exact text", async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      const { rows } = await client.query(`
        with numbers as (
          select jsonb_object_agg(column_name, '0012.3400'::numeric) as of_order from information_schema.columns
          where table_schema = 'public' and table_name = 'orders' and data_type = 'numeric'
        )
        select (select count(*)::int from jsonb_object_keys(of_order)) as numbers,
               order_json(full_order) = row_json(to_jsonb(full_order)) as full,
               order_json(bare_order) = row_json(to_jsonb(bare_order)) as bare
        from numbers,
          jsonb_populate_record(null::orders, of_order || '{"version": 3, "sent_as": {"type": "limit"}}') full_order,
          jsonb_populate_record(null::orders, '{"id": "018f0000-0000-7000-8000-000000000000"}') bare_order`);
      expect(rows).toEqual([{ numbers: expect.any(Number), full: true, bare: true }]);
      expect(rows[0].numbers).toBeGreaterThan(10);
    } finally {
      await client.end();
    }
  });

  it("is one round trip", async () => {
    const account = await openAccount(database, "1000");
    const before = await database.roundTrips();
    await account.place(BUY);
    const after = await database.roundTrips();
    expect(after.requests - before.requests).toBe(1);
  });
});
