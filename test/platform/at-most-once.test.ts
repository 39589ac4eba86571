import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Answer, type Client, type Json, registerClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  venue = venueAt(platform.venueControlUrl);
}, 120_000);
beforeEach(async () => {
  client = await registerClient(platform.url);
  await venue.reset();
});
afterEach(() => venue.clear());
afterAll(() => platform?.stop());

const SUBMITS = { F: "alpaca POST /v2/orders", "DOGE/USD": "binance POST /api/v3/order" } as const;
const STOCK = { symbol: "F", side: "buy", type: "limit", quantity: "10", limit_price: "5.00" };
const COIN = { symbol: "DOGE/USD", side: "buy", type: "market", quantity: "100" };

const place = (order: Json, key?: string) =>
  client.request("POST", "/orders", order, key === undefined ? {} : { "Idempotency-Key": key });

const codesOf = (answers: readonly Answer[]) =>
  Map.groupBy(answers, ({ status, body }) => body.code ?? (status === 200 ? "replayed" : "placed"));

describe("a client order id at the coin venue, which takes an id again once its order has filled", () => {
  it("places one order, however often it comes back after the fill", async () => {
    const { body } = await place(COIN, "mine-1");
    const filled = await client.settled(String(body.id), "filled");
    for (const again of [
      await place(COIN, "mine-1"),
      await place({ ...COIN, client_order_id: "mine-1" }),
    ]) {
      expect(again).toMatchObject({ status: 200, body: filled });
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    }
    expect(await place({ ...COIN, quantity: "101" }, "mine-1")).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict", order_id: body.id },
    });
    expect(await venue.count(SUBMITS["DOGE/USD"])).toBe(1);
    expect(await venue.ordersOf(body.id)).toHaveLength(1);
    expect(await client.get("/portfolio/positions/DOGE-USD")).toMatchObject({ quantity: "99.75" });
  });

  it.each(["cut_answer", "error_after"])(
    "is sent once when the answer to a filled order is lost: %s",
    async (kind) => {
      await venue.strike({ kind, venue: "binance", count: 1 });
      const lost = await place(COIN, "mine-2");
      expect(lost).toMatchObject({ status: 202, body: { status: "pending_new" } });
      // The venue has it, filled: a second submit under the same id would buy it twice.
      expect(await venue.ordersOf(lost.body.id)).toMatchObject([{ status: "filled" }]);
      const again = await place(COIN, "mine-2");
      expect(again).toMatchObject({ status: 200, body: { id: lost.body.id } });
      await client.settled(String(lost.body.id), "filled");
      await platform.tickCron();
      expect(await venue.count(SUBMITS["DOGE/USD"])).toBe(1);
      expect(await venue.ordersOf(lost.body.id)).toHaveLength(1);
      expect(await client.get("/portfolio/positions/DOGE-USD")).toMatchObject({
        quantity: "99.75",
      });
    },
  );

  it("is sent once, too, when the venue has neither answered nor told of it", async () => {
    await venue.strike({ kind: "cut_answer", venue: "binance", count: 1 });
    await venue.strike({ kind: "silent_order", venue: "binance", symbol: "DOGEUSDT" });
    const lost = await place(COIN, "mine-3");
    expect(lost.body.status).toBe("pending_new");
    // Nobody says so: the link asks once the deadline of pending orders is over.
    await client.settled(String(lost.body.id), "filled");
    expect(await venue.count(SUBMITS["DOGE/USD"])).toBe(1);
    expect(await venue.count("binance GET /api/v3/order")).toBeGreaterThan(0);
  });
});

describe.each([
  ["a stock", "F", { ...STOCK }],
  ["a coin", "DOGE/USD", { ...STOCK, symbol: "DOGE/USD", quantity: "100", limit_price: "0.05" }],
] as const)("twenty identical requests at once for %s", (_name, symbol, order) => {
  it("are one order, one submit and twenty answers with its id", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(order, "once")));
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    expect(id).toBeTypeOf("string");
    const codes = codesOf(answers);
    expect(codes.get("placed")).toHaveLength(1);
    expect(codes.get("replayed")).toHaveLength(19);
    expect(await venue.count(SUBMITS[symbol])).toBe(1);
    expect(await venue.ordersOf(id)).toHaveLength(1);
    expect((await client.get("/orders")).orders).toMatchObject([{ id }]);
    const { events } = await client.get(`/orders/${id}/events`);
    expect((events as Json[]).filter(({ event }) => event === "pending_new")).toHaveLength(1);
  });
});

describe("fifty parallel buys with cash for ten", () => {
  // Ten accounts of 100,000.00 each; a user's limit is 200 orders a minute.
  it.each(Array.from({ length: 10 }, (_, run) => run + 1))("are ten orders: run %i", async () => {
    const buy = { ...STOCK, quantity: "2000", limit_price: "5.00" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(buy)));
    const codes = codesOf(answers);
    expect([...codes].map(([code, { length }]) => [code, length]).sort()).toEqual([
      ["insufficient_buying_power", 40],
      ["placed", 10],
    ]);
    // Each saw at least as little as it says: what was free is a whole number of orders below one.
    for (const { status, body } of codes.get("insufficient_buying_power") ?? []) {
      expect({ status, required: body.required, available: body.available }).toEqual({
        status: 403,
        required: "10000.00",
        available: "0.00",
      });
    }
    expect(await venue.count(SUBMITS.F)).toBe(10);
    expect(await client.get("/portfolio")).toMatchObject({
      cash_balance: "100000.00",
      cash_reserved: "100000.00",
      buying_power: "0.00",
      open_orders_count: 10,
    });
    const kept = await client.get("/orders?status=rejected&limit=500");
    expect(kept.orders).toHaveLength(40);
    expect((await client.get("/portfolio/ledger/verify")).ok).toBe(true);
  });
});
