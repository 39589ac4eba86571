import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { amount, money } from "./amounts.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { audited, query } from "./database.ts";
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
});
afterEach(async () => {
  await venue.clear();
  const { checks } = await client.get("/portfolio/ledger/verify");
  expect((checks as Json[]).filter(({ ok }) => ok !== true)).toEqual([]);
});
afterAll(() => platform?.stop());

const STOCK = { symbol: "F", side: "buy", type: "limit", quantity: "100", limit_price: "5.00" };
const COIN = { ...STOCK, symbol: "DOGE/USD", quantity: "1000", limit_price: "0.05" };

const place = (order: Json) => client.request("POST", "/orders", order);
const portfolio = () => client.get("/portfolio");
const position = (symbol: string) => client.get(`/portfolio/positions/${symbol.replace("/", "-")}`);
const tradesOf = async (id: unknown) =>
  (await client.get(`/portfolio/trades?order_id=${id}`)).trades as Json[];

async function working(order: Json): Promise<Json> {
  const { body } = await place(order);
  return client.settled(String(body.id), "new");
}

async function canceled(id: unknown): Promise<Json> {
  await client.request("DELETE", `/orders/${id}`);
  return client.settled(String(id), "canceled");
}

/** The ledger's newest transaction of a kind, an entry a line. */
async function newestEntries(kind: string): Promise<string[]> {
  const { transactions } = await client.get("/portfolio/ledger?limit=10");
  const newest = (transactions as Json[]).find((transaction) => transaction.kind === kind);
  return ((newest?.entries ?? []) as Json[]).map((e) => `${e.account} ${e.asset} ${e.amount}`);
}

const accountEvents = (portfolioId: unknown) =>
  query<{ event: string; data: Json }>(
    platform,
    `select event, data from account_events
     where kind = 'account' and event <> 'opened'
       and user_id = (select user_id from portfolios where id = $1) order by seq`,
    [portfolioId],
  );

describe("a fill that comes after the cancel was confirmed, and takes more than there is", () => {
  it("is booked, restricts the account to selling until it is back above, and is audited", async () => {
    const late = await working({ ...STOCK, quantity: "19000" });
    await canceled(late.id);
    const other = await working({ ...STOCK, quantity: "18000" });
    await venue.execute(other.id, "18000");
    await client.settled(String(other.id), "filled");
    expect(await portfolio()).toMatchObject({ cash_balance: "10000.00" });

    await venue.execute(late.id, "19000");
    expect(await client.settled(String(late.id), "filled")).toMatchObject({
      filled_quantity: "19000",
      remaining_quantity: "0",
      reserved_amount: "0.00",
    });
    expect(await portfolio()).toMatchObject({
      cash_balance: "-85000.00",
      buying_power: "-85000.00",
    });
    expect(await position("F")).toMatchObject({ quantity: "37000", cost_basis: "185000.00" });
    expect(await client.get("/auth/me")).toMatchObject({ account_status: "restricted" });

    const refused = await place(STOCK);
    expect(refused).toMatchObject({ status: 403, body: { code: "account_restricted" } });
    expect(await client.get(`/orders/${refused.body.order_id}`)).toMatchObject({
      status: "rejected",
      rejection_reason: "account_restricted",
    });
    expect((await client.request("POST", "/orders/preview", STOCK)).body).toMatchObject({
      accepted: false,
      problem: { code: "account_restricted" },
    });

    const sale = await working({ ...STOCK, side: "sell", quantity: "20000", limit_price: "50.00" });
    await venue.execute(sale.id, "1000");
    await client.settled(String(sale.id), "partially_filled");
    // Back by 50,000 of 85,000: not above yet.
    expect((await place(STOCK)).body.code).toBe("account_restricted");
    await venue.execute(sale.id, "1000");
    await expect
      .poll(async () => (await client.get("/auth/me")).account_status, { timeout: 20_000 })
      .toBe("active");
    expect(await portfolio()).toMatchObject({ cash_balance: "15000.00" });
    await canceled(sale.id);
    await canceled((await working(STOCK)).id);

    expect(await audited(platform, "late_fill")).toMatchObject([{ order_id: late.id }]);
    expect(await audited(platform, "restricted")).toEqual([{ cause: "overdrawn" }]);
    expect(await audited(platform, "reinstated")).toEqual([{ cause: "overdrawn" }]);
    expect(await accountEvents((await portfolio()).id)).toEqual([
      { event: "restricted", data: { account_status: "restricted", cause: "overdrawn" } },
      { event: "reinstated", data: { account_status: "active", cause: "overdrawn" } },
    ]);
  });
});

describe("an account that its operator restricts while it is overdrawn", () => {
  it("is back above, and still may only sell until the operator says otherwise", async () => {
    const { id } = await client.get("/auth/me");
    const setStatus = (status: string) =>
      query(platform, "update users set account_status = $2 where id = $1", [id, status]);
    const statusNow = async () => (await client.get("/auth/me")).account_status;

    const late = await working({ ...STOCK, quantity: "19000" });
    await canceled(late.id);
    const other = await working({ ...STOCK, quantity: "18000" });
    await venue.execute(late.id, "19000");
    await client.settled(String(late.id), "filled");
    expect(await portfolio()).toMatchObject({ cash_balance: "5000.00", cash_reserved: "90000.00" });
    expect(await statusNow()).toBe("restricted");

    await setStatus("restricted");
    await canceled(other.id);
    expect(await portfolio()).toMatchObject({ buying_power: "5000.00" });
    expect(await statusNow()).toBe("restricted");
    expect((await place(STOCK)).body.code).toBe("account_restricted");
    await canceled((await working({ ...STOCK, side: "sell", limit_price: "50.00" })).id);

    await setStatus("active");
    expect(await statusNow()).toBe("active");
    await canceled((await working(STOCK)).id);
  });
});

describe("a venue that fills more than was ordered", () => {
  it.each([
    ["a buy", "buy", "5.00", "99350.00"],
    ["a sell", "sell", "50.00", "106000.00"],
  ])("has all of it booked, and audited: %s", async (_name, side, price, cash) => {
    if (side === "sell") {
      const bought = await working(STOCK);
      await venue.execute(bought.id, "100");
      await client.settled(String(bought.id), "filled");
    }
    const order = await working({ ...STOCK, side, limit_price: price });
    await venue.execute(order.id, "130");
    const filled = await client.settled(String(order.id), "filled");
    expect(filled).toMatchObject({
      quantity: "100",
      filled_quantity: "130",
      remaining_quantity: "0",
      reserved_amount: "0.00",
      reserved_quantity: "0",
    });
    expect(await portfolio()).toMatchObject({ cash_balance: cash, cash_reserved: "0.00" });
    expect(await position("F")).toMatchObject({ quantity: side === "buy" ? "130" : "-30" });
    const [row] = (await audited(platform, "overfill")).filter((it) => it.order_id === order.id);
    expect(row).toMatchObject({ quantity: "100", filled_quantity: "130" });
    // Sold but never held: that is owed.
    expect(await client.get("/auth/me")).toMatchObject({
      account_status: side === "buy" ? "active" : "restricted",
    });
  });
});

describe("a fee that the venue takes", () => {
  it("in the bought coin: position, cost, fees and ledger, to the last decimal", async () => {
    const order = await working(COIN);
    await venue.execute(order.id, "400", "0.05");
    await client.settled(String(order.id), "partially_filled");
    // 25 bps of 400 are 1, whose cost is 20 × 1 / 400.
    expect(await position("DOGE/USD")).toMatchObject({
      quantity: "399",
      cost_basis: "19.95",
      fees: "0.05",
    });
    await venue.execute(order.id, "600", "0.04");
    const filled = await client.settled(String(order.id), "filled");
    // 1.5 of 999 that cost 43.95.
    expect(filled).toMatchObject({ fees: "0.11599099", filled_avg_price: "0.044" });
    expect(await position("DOGE/USD")).toMatchObject({
      quantity: "997.5",
      cost_basis: "43.88400901",
      fees: "0.11599099",
    });
    expect(await portfolio()).toMatchObject({ cash_balance: "99956.00", fees: "0.11599099" });
    const trades = await tradesOf(order.id);
    expect(trades.map(({ fee, fee_asset, fee_usd }) => ({ fee, fee_asset, fee_usd }))).toEqual([
      { fee: "1.5", fee_asset: "DOGE", fee_usd: "0.06599099" },
      { fee: "1", fee_asset: "DOGE", fee_usd: "0.05" },
    ]);
    expect(await newestEntries("fill")).toEqual(
      expect.arrayContaining([
        "venue USD 24.00",
        "qty:DOGE/USD DOGE/USD 598.5",
        "fees DOGE/USD 1.5",
        "venue DOGE/USD -600",
      ]),
    );
  });

  it("in a third asset: in USD at its last price, owed to the operator, and flagged", async () => {
    await venue.pin("BNBUSDT", "799.99", "800.01", "800.00");
    await venue.strike({ kind: "third_asset_fee", symbol: "DOGEUSDT" });
    const order = await working(COIN);
    await venue.execute(order.id, "1000");
    await client.settled(String(order.id), "filled");
    const [trade] = await tradesOf(order.id);
    // 25 bps of 50.00 in an asset at 800.
    expect(trade).toMatchObject({ fee: "0.00015625", fee_asset: "BNB", fee_usd: "0.125" });
    expect(await position("DOGE/USD")).toMatchObject({ quantity: "1000", cost_basis: "50.00" });
    expect(await portfolio()).toMatchObject({ cash_balance: "99949.875", fees: "0.125" });
    expect(await newestEntries("fill")).toEqual([
      "cash_reserved USD -50.125",
      "venue USD 50.00",
      "adjustment USD 0.125",
      "qty:DOGE/USD DOGE/USD 1000",
      "venue DOGE/USD -1000",
    ]);
    expect(await audited(platform, "fee_marked")).toMatchObject([
      { order_id: order.id, trade_id: trade?.id, asset: "BNB", fee: "0.00015625", mark: "800" },
    ]);
    await venue.release("BNBUSDT");
  });

  it("in a third asset whose price is not to be had: flagged only", async () => {
    await venue.strike({ kind: "third_asset_fee", symbol: "DOGEUSDT", asset: "BCH" });
    await venue.strike({
      kind: "error_before",
      venue: "binance",
      route: "GET /api/v3/ticker/24hr",
    });
    const order = await working(COIN);
    await venue.execute(order.id, "1000");
    await client.settled(String(order.id), "filled");
    const [trade] = await tradesOf(order.id);
    expect(trade).toMatchObject({ fee_asset: "BCH", fee_usd: "0.00" });
    expect(await portfolio()).toMatchObject({ cash_balance: "99950.00", fees: "0.00" });
    expect(await audited(platform, "fee_unpriced")).toMatchObject([
      { order_id: order.id, trade_id: trade?.id, asset: "BCH", fee: trade?.fee, mark: null },
    ]);
  });
});

describe.each([
  ["a stock", "F", "F", "9.99", "10.00", "11.00", "10.40"],
  ["a coin", "DOGE/USD", "DOGEUSDT", "0.19999", "0.20000", "0.22000", "0.208"],
])(
  "a market buy that runs past its collar: %s",
  (_name, symbol, listed, bid, ask, away, collar) => {
    const order = { symbol, side: "buy", type: "market", quantity: "1000" };
    const quoted = async () =>
      (await client.get(`/market/quote/${symbol.replace("/", "-")}`)).ask_price;

    beforeEach(async () => {
      await venue.pin(listed, bid, ask);
      await platform.tickCron();
      await expect.poll(quoted, { timeout: 20_000 }).toBe(money(amount(ask)));
    });
    afterEach(() => venue.release(listed));

    it("buys nothing beyond, and says why it ended", async () => {
      // The market moves away unseen: nobody watches it, so the last quote is good for some seconds more.
      await venue.pin(listed, ask, away);
      const { body } = await place(order);
      const ended = await client.settled(String(body.id), "canceled");
      expect(ended).toMatchObject({
        sent_as: { type: "limit", time_in_force: "ioc", limit_price: money(amount(collar)) },
        cancel_reason: "collar_reached",
        filled_quantity: "0",
        reserved_amount: "0.00",
      });
      expect(await portfolio()).toMatchObject({ cash_balance: "100000.00", cash_reserved: "0.00" });
    });

    it("keeps what it got, and gives the rest back", async () => {
      await venue.strike({ kind: "partial_fill", symbol: listed, fraction: 0.01, count: 1 });
      const { body } = await place(order);
      const ended = await client.settled(String(body.id), "canceled");
      expect(ended).toMatchObject({ cancel_reason: "collar_reached", reserved_amount: "0.00" });
      const trades = await tradesOf(body.id);
      const value = trades.reduce((sum, trade) => sum + Number(trade.value), 0);
      expect(trades.reduce((sum, trade) => sum + Number(trade.quantity), 0)).toBe(
        Number(ended.filled_quantity),
      );
      expect(Number(ended.filled_quantity)).toBeGreaterThan(0);
      const { cash_balance, cash_reserved } = await portfolio();
      expect(Number(cash_balance)).toBeCloseTo(100_000 - value, 8);
      expect(cash_reserved).toBe("0.00");
    });
  },
);
