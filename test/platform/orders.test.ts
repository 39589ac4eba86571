import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Answer, type Client, type Json, registerClient } from "./client.ts";
import { query } from "./database.ts";
import { venueAt } from "./venue.ts";

let platform: TestPlatform;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  client = await registerClient(platform.url);
}, 120_000);
afterAll(() => platform?.stop());

const place = (order: Json) => client.request("POST", "/orders", order);
const replace = (id: unknown, change: Json) => client.request("PATCH", `/orders/${id}`, change);

async function working(order: Json): Promise<Json> {
  const { body } = await place(order);
  return client.settled(String(body.id), "new");
}

/** Makes an order older than it is: nothing else can be waited for. */
const backdate = (id: unknown, by: string) =>
  query(platform, "update orders set created_at = created_at - $2::interval where id = $1", [
    id,
    by,
  ]);

async function cashReserved(): Promise<unknown> {
  return (await client.get("/portfolio")).cash_reserved;
}

const STOCK = { symbol: "F", side: "buy", type: "limit", quantity: "100", limit_price: "5.00" };
const CRYPTO = { ...STOCK, symbol: "DOGE/USD", limit_price: "0.05" };

describe.each([
  ["a stock", STOCK, "6.00", "720.00"],
  ["a coin", CRYPTO, "0.06", "7.218"],
] as const)("orders for %s through the whole platform", (_name, order, newPrice, newReserve) => {
  it("replaces a working order", async () => {
    const old = await working(order);
    const answer: Answer = await replace(old.id, { quantity: "120", limit_price: newPrice });
    expect([200, 202]).toContain(answer.status);
    const replacement = await client.settled(String(answer.body.id), "new");
    expect(replacement).toMatchObject({ replaces: old.id, quantity: "120", limit_price: newPrice });
    expect(replacement.broker_order_id).not.toBeNull();
    expect(await client.settled(String(old.id), "replaced")).toMatchObject({
      replaced_by: replacement.id,
      reserved_amount: "0.00",
    });
    expect(await cashReserved()).toBe(newReserve);
    await client.request("DELETE", `/orders/${replacement.id}`);
    await client.settled(String(replacement.id), "canceled");
    expect(await cashReserved()).toBe("0.00");
  });

  it("refuses to change an order that has ended", async () => {
    const old = await working(order);
    await client.request("DELETE", `/orders/${old.id}`);
    await client.settled(String(old.id), "canceled");
    expect(await replace(old.id, { limit_price: newPrice })).toMatchObject({
      status: 409,
      body: { code: "order_not_replaceable", order_status: "canceled" },
    });
  });

  it("keeps stops at the venue until their price is met", async () => {
    const { limit_price: _, ...rest } = order;
    const stop = order === STOCK ? "20.00" : "0.30";
    const placed = await place({ ...rest, type: "stop", stop_price: stop });
    const resting = await client.settled(String(placed.body.id), "new");
    expect(resting.sent_as).toEqual(
      order === STOCK ? null : { type: "stop_limit", time_in_force: "gtc", limit_price: "0.312" },
    );
    await client.request("DELETE", `/orders/${resting.id}`);
    await client.settled(String(resting.id), "canceled");
  });

  it("refuses a stop that the market has met, and keeps the refusal", async () => {
    const { limit_price: _, ...rest } = order;
    const stop = order === STOCK ? "1.00" : "0.01";
    const { status, body } = await place({ ...rest, type: "stop", stop_price: stop });
    expect({ status, code: body.code }).toEqual({ status: 422, code: "stop_price_in_market" });
    expect(await client.get(`/orders/${body.order_id}`)).toMatchObject({ status: "rejected" });
  });

  it("spends a notional and no more", async () => {
    const { symbol } = order;
    const { body } = await place({ symbol, side: "buy", type: "market", notional: "50.00" });
    await client.settled(String(body.id), "filled");
    const { trades } = await client.get(`/portfolio/trades?order_id=${body.id}`);
    const spent = (trades as Json[]).reduce((sum, { value }) => sum + Number(value), 0);
    expect(spent).toBeLessThanOrEqual(50);
    expect(spent).toBeGreaterThan(48);
    expect(await cashReserved()).toBe("0.00");
  });

  it("previews what placing would do, and stores nothing", async () => {
    const before = await client.get("/orders?limit=1");
    const { status, body } = await client.request("POST", "/orders/preview", order);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: true, problem: null });
    const tooMuch = await client.request("POST", "/orders/preview", {
      ...order,
      quantity: "90000000",
    });
    expect(tooMuch.body).toMatchObject({
      accepted: false,
      problem: { code: "insufficient_buying_power", status: 403 },
    });
    expect(await client.get("/orders?limit=1")).toEqual(before);
  });
});

describe("an execution that the venue takes back", () => {
  it("is taken out of the position, the trades and the money", async () => {
    const { body } = await place({ symbol: "NOK", side: "buy", type: "market", quantity: "10" });
    await client.settled(String(body.id), "filled");
    const { trades } = await client.get(`/portfolio/trades?order_id=${body.id}`);
    const executionIds = (trades as Json[]).map(({ execution_id }) => execution_id);
    const before = (await client.get("/portfolio")).net_deposits;
    for (const execution_id of executionIds) {
      await venueAt(platform.venueControlUrl).ask("POST", "/busts", { execution_id });
    }
    await expect
      .poll(async () => (await client.request("GET", "/portfolio/positions/NOK")).status, {
        timeout: 20_000,
      })
      .toBe(404);
    expect(await client.get(`/orders/${body.id}`)).toMatchObject({ filled_quantity: "0" });
    expect((await client.get("/portfolio")).net_deposits).toBe(before);
    expect((await client.get("/portfolio/ledger/verify")).ok).toBe(true);
  });
});

describe("a coin's day order", () => {
  // On an account of its own, which does not verify any more: its journal tells when the order was placed.
  let usual: Client;
  beforeAll(async () => {
    usual = client;
    client = await registerClient(platform.url);
  });
  afterAll(() => {
    client = usual;
  });

  it("is ended by the platform at midnight UTC", async () => {
    const order = await working({ ...CRYPTO, time_in_force: "day" });
    expect(order.sent_as).toMatchObject({ time_in_force: "gtc" });
    await platform.tickCron();
    expect(await client.get(`/orders/${order.id}`)).toMatchObject({ status: "new" });
    await backdate(order.id, "1 day");
    await platform.tickCron();
    const expired = await client.settled(String(order.id), "expired");
    expect(expired).toMatchObject({ cancel_reason: "time_in_force", reserved_amount: "0.00" });
  });
});

describe("all of an account's orders", () => {
  it("are canceled at once", async () => {
    const orders = await Promise.all([working(STOCK), working(CRYPTO), working(STOCK)]);
    const { status, body } = await client.request("DELETE", "/orders");
    expect(status).toBe(207);
    const results = body.results as Json[];
    expect(new Set(results.map(({ id }) => id))).toEqual(new Set(orders.map(({ id }) => id)));
    for (const { id } of orders) await client.settled(String(id), "canceled");
    expect(await cashReserved()).toBe("0.00");
  });

  it("are refused while the account suspends trading, buys while it only closes", async () => {
    await client.request("PATCH", "/account/config", { closing_only: true });
    expect((await place(STOCK)).body.code).toBe("trading_suspended");
    await client.request("PATCH", "/account/config", { closing_only: false });
    expect(await client.get("/account/config")).toEqual({
      suspend_trade: false,
      closing_only: false,
    });
    await working(STOCK);
  });

  it("leave a ledger that verifies", async () => {
    const verification = await client.get("/portfolio/ledger/verify");
    expect((verification.checks as Json[]).filter(({ ok }) => ok !== true)).toEqual([]);
  });
});
