import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { amount, ceilAt8, floorTo, money, times } from "./amounts.ts";
import { type Answer, type Client, type Json, registerClient } from "./client.ts";
import { query } from "./database.ts";
import { type Venue, venueAt } from "./venue.ts";

/** What the venue shows: bid, ask and last. */
const MARKET = {
  F: ["10.06", "10.07"],
  KO: ["70.00", "70.03"],
  AAPL: ["268.40", "268.51"],
  DOGEUSDT: ["0.19999", "0.20003"],
  BTCUSDT: ["91250.00", "91250.37"],
} as const;
const TAKER_FEE = amount("0.0025");
const CASH = amount("100000");
const CENT = amount("0.01");
const DOGE_TICK = amount("0.00001");

/** Every refusal that an order can meet, but for those that need another platform, which other tests start. */
const CODES = [
  "account_inactive",
  "asset_not_tradable",
  "broker_busy",
  "idempotency_conflict",
  "insufficient_buying_power",
  "insufficient_quantity",
  "notional_below_minimum",
  "order_not_cancelable",
  "order_not_found",
  "order_not_replaceable",
  "price_increment_invalid",
  "price_outside_universe",
  "quantity_increment_invalid",
  "quote_stale",
  "quote_unavailable",
  "replace_incomplete",
  "stop_price_in_market",
  "symbol_not_found",
  "time_in_force_unsupported",
  "trading_suspended",
  "validation_error",
];

let platform: TestPlatform;
let venue: Venue;
let client: Client;
const met = new Set<unknown>();

beforeAll(async () => {
  platform = await startTestPlatform();
  venue = venueAt(platform.venueControlUrl);
  // Not tradable, as long as the list of instruments is not asked for again.
  await venue.strike({ kind: "halt", symbol: "ALGOUSDT" });
  for (const [symbol, [bid, ask]] of Object.entries(MARKET)) await venue.pin(symbol, bid, ask);
  await platform.tickCron();
  await venue.clear();
  client = await registerClient(platform.url);
}, 120_000);
afterEach(() => venue.clear());
afterAll(() => platform?.stop());

const STOCK = { symbol: "F", side: "buy", type: "limit", quantity: "10", limit_price: "5.00" };
const COIN = { ...STOCK, symbol: "DOGE/USD", quantity: "1000", limit_price: "0.05" };
const market = (symbol: string, quantity: string) => ({
  symbol,
  side: "buy",
  type: "market",
  quantity,
});
const stop = (symbol: string, quantity: string, stop_price: string) => ({
  ...market(symbol, quantity),
  type: "stop",
  stop_price,
});

const place = (order: Json, key?: string) =>
  client.request("POST", "/orders", order, key === undefined ? {} : { "Idempotency-Key": key });

/** The facts of a refusal; those of the request are left out. */
function factsOf({ status, body }: Answer): Json {
  const { type, title, detail, instance, request_id, order_id, ...facts } = body;
  met.add(body.code);
  expect(type).toBe(`urn:speedtrade:problem:${String(body.code).replaceAll("_", "-")}`);
  return { status, ...facts };
}

/** Places the order, and makes sure that a preview says the same and that only a kept refusal leaves an order. */
async function refused(order: Json, isKept: boolean): Promise<Json> {
  const preview = await client.request("POST", "/orders/preview", order);
  const answer = await place(order);
  const { type, title, detail, ...previewed } = preview.body.problem as Json;
  expect(previewed).toEqual(factsOf(answer));
  expect(preview.body).toMatchObject({ accepted: false });
  expect(answer.body.order_id === undefined).toBe(!isKept);
  if (isKept) {
    expect(await client.get(`/orders/${answer.body.order_id}`)).toMatchObject({
      status: "rejected",
      rejection_reason: answer.body.code,
      reserved_amount: "0.00",
      reserved_quantity: "0",
    });
  }
  return factsOf(answer);
}

async function working(order: Json): Promise<Json> {
  const { body } = await place(order);
  return client.settled(String(body.id), "new");
}

async function cancel(id: unknown): Promise<void> {
  await client.request("DELETE", `/orders/${id}`);
  await client.settled(String(id), "canceled");
}

/** What a buy holds: value and taker fee, each up to the eighth place. */
function holding(quantity: string, price: bigint, feeRate: bigint): bigint {
  const value = times(amount(quantity), price);
  return ceilAt8(value) + ceilAt8(times(value, feeRate));
}

const collar = (price: string, factor: string, tick: bigint): bigint =>
  floorTo(times(amount(price), amount(factor)), tick);

describe("an order for more than the account can pay for", () => {
  const askOf = (symbol: keyof typeof MARKET) => MARKET[symbol][1];
  it.each<[string, Json, bigint]>([
    [
      "a limit",
      { ...STOCK, quantity: "20000", limit_price: "5.01" },
      holding("20000", amount("5.01"), 0n),
    ],
    [
      "a coin's limit, with its fee",
      { ...COIN, quantity: "2000001" },
      holding("2000001", amount("0.05"), TAKER_FEE),
    ],
    [
      "a market buy below 50, at 1.04 of the ask",
      market("F", "9999"),
      holding("9999", collar(askOf("F"), "1.04", CENT), 0n),
    ],
    [
      "a market buy from 50, at 1.025 of the ask",
      market("KO", "1400"),
      holding("1400", collar(askOf("KO"), "1.025", CENT), 0n),
    ],
    [
      "a coin at market",
      market("DOGE/USD", "500000"),
      holding("500000", collar(askOf("DOGEUSDT"), "1.04", DOGE_TICK), TAKER_FEE),
    ],
    [
      "a stop, at 1.04 of it",
      stop("F", "9000", "11.03"),
      holding("9000", collar("11.03", "1.04", CENT), 0n),
    ],
    [
      "a coin's stop",
      stop("DOGE/USD", "400000", "0.30001"),
      holding("400000", collar("0.30001", "1.04", DOGE_TICK), TAKER_FEE),
    ],
    [
      "a stop limit, at its limit",
      { ...stop("F", "9000", "11.03"), type: "stop_limit", limit_price: "12.00" },
      holding("9000", amount("12"), 0n),
    ],
    [
      "a notional, fee included",
      { symbol: "DOGE/USD", side: "buy", type: "market", notional: "100000.01" },
      amount("100000.01"),
    ],
  ])("is told what it needs and what there is: %s", async (_name, order, required) => {
    expect(await refused(order, true)).toEqual({
      status: 403,
      code: "insufficient_buying_power",
      required: money(required),
      available: money(CASH),
    });
  });

  it("sees what other orders hold, and a replace what its own order holds already", async () => {
    const held = await working({ ...STOCK, quantity: "100" });
    const available = money(CASH - holding("100", amount("5"), 0n));
    expect(await refused({ ...STOCK, quantity: "19901" }, true)).toMatchObject({
      required: money(holding("19901", amount("5"), 0n)),
      available,
    });
    const bigger = await client.request("PATCH", `/orders/${held.id}`, { quantity: "30000" });
    const more = holding("30000", amount("5"), 0n) - holding("100", amount("5"), 0n);
    expect(factsOf(bigger)).toEqual({
      status: 403,
      code: "insufficient_buying_power",
      required: money(more),
      available,
    });
    expect(await client.get(`/orders/${held.id}`)).toMatchObject({ status: "new" });
    await cancel(held.id);
  });
});

describe("an order to sell more than is free", () => {
  it("is told how much is, and which orders hold the rest", async () => {
    const sell = { ...STOCK, side: "sell", limit_price: "50.00" };
    const facts = { status: 403, code: "insufficient_quantity", symbol: "F" };
    const nothing = { ...facts, required: "10", available: "0", held_by: [] };
    expect(await refused(sell, true)).toEqual(nothing);
    const bought = await working(STOCK);
    await venue.execute(bought.id, "10");
    await client.settled(String(bought.id), "filled");
    const holders = [
      await working({ ...sell, quantity: "3.5", time_in_force: "day" }),
      await working({ ...sell, quantity: "2" }),
    ];
    expect(await refused({ ...sell, quantity: "5" }, true)).toEqual({
      ...facts,
      required: "5",
      available: "4.5",
      held_by: holders.map(({ id }) => id).sort(),
    });
    for (const { id } of holders) await cancel(id);
  });
});

describe("a price or a quantity off its steps", () => {
  it.each<[Json, Json]>([
    [
      { ...STOCK, limit_price: "5.001" },
      { path: "limit_price", increment: "0.01" },
    ],
    [
      { ...STOCK, symbol: "TLRY", limit_price: "0.90005" },
      { path: "limit_price", increment: "0.0001" },
    ],
    [
      { ...COIN, limit_price: "0.050001" },
      { path: "limit_price", increment: "0.00001" },
    ],
    [stop("F", "10", "11.001"), { path: "stop_price", increment: "0.01" }],
    [stop("DOGE/USD", "10", "0.300001"), { path: "stop_price", increment: "0.00001" }],
  ])("is told the price's: %j", async (order, facts) => {
    expect(await refused(order, false)).toEqual({
      status: 422,
      code: "price_increment_invalid",
      ...facts,
    });
  });

  it.each<[Json, Json]>([
    [
      { ...COIN, quantity: "100.5" },
      { increment: "1", minimum: "1" },
    ],
    [
      { ...COIN, symbol: "SOL/USD", quantity: "0.0005", limit_price: "100.00" },
      { increment: "0.001", minimum: "0.001" },
    ],
    [
      { ...STOCK, quantity: "1.0000000005" },
      { increment: "0.000000001", minimum: null },
    ],
  ])("is told the quantity's: %j", async (order, facts) => {
    expect(await refused({ ...order, time_in_force: "day" }, false)).toEqual({
      status: 422,
      code: "quantity_increment_invalid",
      path: "quantity",
      ...facts,
    });
  });
});

describe("a buy of what costs more than the platform is for", () => {
  it.each<[Json, string]>([
    [{ ...STOCK, symbol: "AAPL", limit_price: "100.01" }, "100.01"],
    [market("AAPL", "1"), MARKET.AAPL[1]],
    [stop("AAPL", "1", "300.00"), "300.00"],
    [{ symbol: "AAPL", side: "buy", type: "market", notional: "50.00" }, MARKET.AAPL[1]],
    [market("BTC/USD", "0.001"), MARKET.BTCUSDT[1]],
  ])("is told its price and the cap: %j", async (order, price) => {
    expect(await refused(order, true)).toEqual({
      status: 422,
      code: "price_outside_universe",
      price: money(amount(price)),
      cap: "100.00",
    });
  });
});

describe("an order worth less than a dollar", () => {
  const cents = (value: bigint) => floorTo(value, CENT);
  it.each<[string, Json, bigint]>([
    [
      "by its limit",
      { ...STOCK, quantity: "0.15", time_in_force: "day" },
      times(amount("0.15"), amount("5")),
    ],
    ["by its limit, a coin", { ...COIN, quantity: "19" }, times(amount("19"), amount("0.05"))],
    ["by the ask", market("F", "0.099"), times(amount("0.099"), amount(MARKET.F[1]))],
    [
      "by its notional",
      { symbol: "F", side: "buy", type: "market", notional: "0.99" },
      amount("0.99"),
    ],
    [
      "by what its notional leaves after the fee, in cents",
      { symbol: "DOGE/USD", side: "buy", type: "market", notional: "1.00" },
      cents(amount("1") - ceilAt8(times(amount("1"), TAKER_FEE))),
    ],
  ])("is told what it is worth before the fee: %s", async (_name, order, value) => {
    expect(await refused(order, true)).toEqual({
      status: 422,
      code: "notional_below_minimum",
      value: money(value),
      minimum: "1.00",
    });
  });
});

describe("a stop that the market has met", () => {
  it.each<[string, Json, string]>([
    ["a buy, at the ask", stop("F", "10", "10.07"), MARKET.F[1]],
    ["a sell, at the bid", { ...stop("F", "10", "10.06"), side: "sell" }, MARKET.F[0]],
    ["a coin's", stop("DOGE/USD", "100", "0.15"), MARKET.DOGEUSDT[1]],
  ])("is told where the market stands: %s", async (_name, order, price) => {
    expect(await refused(order, true)).toEqual({
      status: 422,
      code: "stop_price_in_market",
      stop_price: money(amount(order.stop_price)),
      market_price: money(amount(price)),
    });
  });
});

describe("a quote that can't carry a market order", () => {
  it("is told by its age, which counts from the venue's last word", async () => {
    await venue.strike({ kind: "crossed_quote", symbol: "NOK" });
    const beforeMs = Date.now();
    await platform.tickCron();
    const isCrossed = async () => {
      const { bid_price, ask_price } = await client.get("/market/quote/NOK");
      return amount(bid_price) > amount(ask_price);
    };
    await expect.poll(isCrossed, { timeout: 20_000 }).toBe(true);
    const answer = await place(market("NOK", "10"));
    const { age_ms, ...facts } = factsOf(answer);
    expect(facts).toEqual({ status: 503, code: "quote_stale", symbol: "NOK" });
    expect(age_ms).toBeGreaterThanOrEqual(0);
    expect(age_ms).toBeLessThanOrEqual(Date.now() - beforeMs);
    expect(answer.headers.get("Retry-After")).toBe("1");
    // A limit needs none.
    await cancel((await working({ ...STOCK, symbol: "NOK", limit_price: "1.00" })).id);
  });

  it("is missing where the venue has never told", async () => {
    await venue.strike({
      kind: "error_before",
      venue: "alpaca",
      route: "GET /v2/stocks/snapshots",
    });
    expect(await refused(market("MSFT", "1"), false)).toEqual({
      status: 503,
      code: "quote_unavailable",
      symbol: "MSFT",
    });
  });
});

describe("a refusal that has no number", () => {
  it("names the symbol of what can't be bought, or is not listed", async () => {
    expect(await refused({ ...COIN, symbol: "ALGO/USD", limit_price: "0.0500" }, true)).toEqual({
      status: 422,
      code: "asset_not_tradable",
      symbol: "ALGO/USD",
    });
    expect(factsOf(await place({ ...STOCK, symbol: "ZZZZ" }))).toEqual({
      status: 404,
      code: "symbol_not_found",
      symbol: "ZZZZ",
    });
  });

  it("says which time in force there is, and which field is wrong", async () => {
    const fraction = { ...STOCK, quantity: "0.5", time_in_force: "gtc" };
    expect(await refused(fraction, false)).toEqual({
      status: 422,
      code: "time_in_force_unsupported",
    });
    const { limit_price: _, ...unpriced } = STOCK;
    expect(factsOf(await place(unpriced))).toMatchObject({
      status: 422,
      code: "validation_error",
      errors: [{ path: "limit_price", code: "required" }],
    });
  });

  it("names the order of a key that was used for another", async () => {
    const first = await place(STOCK, "twice");
    const second = await place({ ...STOCK, quantity: "11" }, "twice");
    expect(factsOf(second)).toEqual({ status: 409, code: "idempotency_conflict" });
    expect(second.body.order_id).toBe(first.body.id);
    await cancel(first.body.id);
  });

  it("keeps the order that a busy venue did not take, and holds nothing for it", async () => {
    await venue.strike({ kind: "rate_limited", venue: "alpaca", count: 1 });
    const answer = await place(STOCK, "busy");
    expect(factsOf(answer)).toEqual({ status: 503, code: "broker_busy" });
    expect(answer.headers.get("Retry-After")).toBe("1");
    expect(await client.get(`/orders/${answer.body.order_id}`)).toMatchObject({
      status: "rejected",
      rejection_reason: "broker_busy",
      reserved_amount: "0.00",
    });
    expect(factsOf(await place(STOCK, "busy"))).toEqual({ status: 503, code: "broker_busy" });
  });

  it("says what became of an order that can't be canceled or changed", async () => {
    const { id } = await working(STOCK);
    await venue.execute(id, "10");
    await client.settled(String(id), "filled");
    const [gone, changed] = [
      await client.request("DELETE", `/orders/${id}`),
      await client.request("PATCH", `/orders/${id}`, { limit_price: "6.00", quantity: "20" }),
    ];
    expect(factsOf(gone)).toEqual({
      status: 409,
      code: "order_not_cancelable",
      order_status: "filled",
    });
    expect(factsOf(changed)).toEqual({
      status: 409,
      code: "order_not_replaceable",
      order_status: "filled",
    });
    expect(gone.body.order_id).toBe(id);
    const nobodys = await client.request("DELETE", "/orders/0193a3f0-0000-7000-8000-000000000000");
    expect(factsOf(nobodys)).toEqual({ status: 404, code: "order_not_found" });
  });

  it("names both orders of a replace that went only half through", async () => {
    const old = await working(COIN);
    await venue.strike({
      kind: "reject",
      symbol: "DOGEUSDT",
      count: 1,
      message: "no more of that",
    });
    const half = await client.request("PATCH", `/orders/${old.id}`, { limit_price: "0.06" });
    expect(half.body.order_id).toBe(old.id);
    const { replacement_id, ...facts } = factsOf(half);
    expect(facts).toEqual({ status: 409, code: "replace_incomplete" });
    // The venue's own report may come before its answer, and calls that end a replacement.
    const gone = await client.settled(String(old.id), "canceled", "replaced");
    expect(gone.reserved_amount).toBe("0.00");
    expect(gone.cancel_reason).toBe(gone.status === "canceled" ? "replace_incomplete" : null);
    expect(await client.settled(String(replacement_id), "rejected")).toMatchObject({
      replaces: old.id,
      reserved_amount: "0.00",
    });
  });

  it("says that trading is suspended, or that the account is not active", async () => {
    await client.request("PATCH", "/account/config", { suspend_trade: true });
    expect(await refused(STOCK, true)).toEqual({ status: 403, code: "trading_suspended" });
    await client.request("PATCH", "/account/config", { suspend_trade: false });
    const statuses = "update users set account_status = $1";
    await query(platform, statuses, ["suspended"]);
    expect(await refused(STOCK, false)).toEqual({
      status: 403,
      code: "account_inactive",
      account_status: "suspended",
    });
    await query(platform, statuses, ["active"]);
  });
});

it("every refusal of an order was met", async () => {
  expect([...met].sort()).toEqual(CODES);
  expect((await client.get("/portfolio/ledger/verify")).ok).toBe(true);
  expect(await client.get("/portfolio")).toMatchObject({ cash_reserved: "0.00" });
});
