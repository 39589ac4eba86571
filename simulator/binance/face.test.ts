import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../system-clock.ts";
import { binanceClient } from "../testing/clients.ts";
import { control } from "../testing/control.ts";
import { startVenue, type Venue } from "../venue.ts";

let venue: Venue;
beforeAll(async () => {
  venue = await startVenue({ clock: systemClock, seed: 7 });
});
afterAll(() => venue.stop());

const pin = (symbol: string, bid: string, ask: string, last = bid) =>
  control(venue, "POST", "/quotes", { symbol, bid, ask, last });

describe("trading through ccxt", () => {
  beforeEach(() => pin("DOGEUSDT", "0.15000", "0.15001"));

  it("fills a market order at once and takes the fee from what was bought", async () => {
    const order = await binanceClient(venue).createOrder("DOGE/USDT", "market", "buy", 100);
    expect(order).toMatchObject({ status: "closed", filled: "100.00000000", average: "0.15001" });
    expect(order.trades[0]).toMatchObject({
      price: "0.15001000",
      fee: { cost: "0.25000000", currency: "DOGE" },
      takerOrMaker: undefined,
    });
  });

  it("keeps a limit open until the bid comes to it, and charges the maker's fee in USDT", async () => {
    const client = binanceClient(venue);
    const params = { newClientOrderId: "limit-1" };
    const order = await client.createOrder("DOGE/USDT", "limit", "sell", 200, 0.1501, params);
    expect(order).toMatchObject({ status: "open", clientOrderId: "limit-1" });
    expect(await client.fetchOpenOrders("DOGE/USDT")).toHaveLength(1);
    await pin("DOGEUSDT", "0.15015", "0.15016");
    const after = await client.fetchOrder(undefined as unknown as string, "DOGE/USDT", {
      origClientOrderId: "limit-1",
    });
    expect(after).toMatchObject({ status: "closed", average: "0.1501", cost: "30.02000000" });
    const trades = await client.fetchMyTrades("DOGE/USDT");
    expect(trades.at(-1)).toMatchObject({
      order: order.id,
      takerOrMaker: "maker",
      fee: { cost: "0.04503000", currency: "USDT" },
    });
  });

  it("cancels, and does not know the order after that", async () => {
    const client = binanceClient(venue);
    const order = await client.createOrder("DOGE/USDT", "limit", "buy", 100, 0.1);
    expect(await client.cancelOrder(String(order.id), "DOGE/USDT")).toMatchObject({
      status: "canceled",
    });
    await expect(client.cancelOrder(String(order.id), "DOGE/USDT")).rejects.toMatchObject({
      name: "OrderNotFound",
    });
  });

  it("replaces by a cancel and a submit, with both halves in the answer", async () => {
    const client = binanceClient(venue);
    const order = await client.createOrder("DOGE/USDT", "limit", "buy", 100, 0.1);
    const next = await client.editOrder(String(order.id), "DOGE/USDT", "limit", "buy", 120, 0.11, {
      newClientOrderId: "next-1",
    });
    expect(next).toMatchObject({ status: "open", clientOrderId: "next-1", price: "0.11000000" });
    expect(await client.fetchOrder(String(order.id), "DOGE/USDT")).toMatchObject({
      status: "canceled",
      clientOrderId: order.clientOrderId,
    });
    await client.cancelOrder(String(next.id), "DOGE/USDT");
  });

  it("says which half of a replacement failed", async () => {
    const client = binanceClient(venue);
    const order = await client.createOrder("DOGE/USDT", "limit", "buy", 100, 0.1);
    const replace = (params: object = {}, amount = 100, price = 0.11) =>
      client.editOrder(String(order.id), "DOGE/USDT", "limit", "buy", amount, price, params);
    const statusOf = async () => (await client.fetchOrder(String(order.id), "DOGE/USDT")).status;

    await expect(replace({}, 100, 5)).rejects.toThrow("PERCENT_PRICE_BY_SIDE");
    expect(await statusOf()).toBe("open");
    await expect(replace({ cancelOrderId: "1" })).rejects.toThrow(
      /-2022.*"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED"/,
    );
    expect(await statusOf()).toBe("open");
    await control(venue, "POST", "/faults", { kind: "reject", symbol: "DOGEUSDT", count: 1 });
    await expect(replace()).rejects.toThrow(
      /-2021.*"cancelResult":"SUCCESS","newOrderResult":"FAILURE"/,
    );
    expect(await statusOf()).toBe("canceled");
  });

  it("takes a client id again once its first order has filled", async () => {
    const client = binanceClient(venue);
    const params = { newClientOrderId: "again" };
    await client.createOrder("DOGE/USDT", "market", "buy", 100, undefined, params);
    await client.createOrder("DOGE/USDT", "limit", "buy", 100, 0.1, params);
    await expect(client.createOrder("DOGE/USDT", "limit", "buy", 100, 0.1, params)).rejects.toThrow(
      "Duplicate order sent.",
    );
    await client.cancelAllOrders("DOGE/USDT");
  });

  it("buys for an amount of money in whole steps", async () => {
    const client = binanceClient(venue);
    const params = { quoteOrderQty: 20 };
    const order = await client.createOrder("DOGE/USDT", "market", "buy", 0, undefined, params);
    expect(order).toMatchObject({ status: "closed", filled: "133.00000000" });
  });

  it.each([
    ["less than the minimum", ["limit", "buy", 10, 0.1], "NOTIONAL"],
    ["more than is held", ["limit", "sell", 8_000_000, 0.16], "insufficient balance"],
    ["a price far from the market", ["limit", "buy", 1000, 0.01], "PERCENT_PRICE_BY_SIDE"],
  ] as const)("refuses %s", async (_name, [type, side, amount, price], message) => {
    const client = binanceClient(venue);
    await expect(client.createOrder("DOGE/USDT", type, side, amount, price)).rejects.toThrow(
      message,
    );
  });

  it("checks signatures and counts them", async () => {
    await expect(binanceClient(venue, "wrong").fetchBalance()).rejects.toMatchObject({
      name: "AuthenticationError",
    });
    const balance = await binanceClient(venue).fetchBalance();
    expect(Number(balance.USDT?.free)).toBeGreaterThan(9_000_000);
    const { signatures } = await control<Record<string, Record<string, number>>>(
      venue,
      "GET",
      "/counters",
    );
    expect(signatures?.invalid).toBe(1);
    expect(signatures?.valid).toBeGreaterThan(5);
  });
});

describe("market data through ccxt", () => {
  it("describes its markets with increments and minimum", async () => {
    const markets = await binanceClient(venue).loadMarkets();
    expect(Object.keys(markets).length).toBeGreaterThanOrEqual(20);
    expect(markets["DOGE/USDT"]).toMatchObject({
      active: true,
      spot: true,
      precision: { amount: "1.00000000", price: "0.00001000" },
      limits: { cost: { min: "5.00000000" } },
    });
  });

  it("gives tickers, books, candles and trades", async () => {
    const client = binanceClient(venue);
    const tickers = await client.fetchTickers(["DOGE/USDT", "BTC/USDT"]);
    expect(Number(tickers["BTC/USDT"]?.last)).toBeGreaterThan(10_000);
    const books = await client.fetchBidsAsks(["DOGE/USDT"]);
    expect(Number(books["DOGE/USDT"]?.bid)).toBeLessThan(Number(books["DOGE/USDT"]?.ask));
    expect(Object.keys(await client.fetchLastPrices())).toContain("DOGE/USDT");
    const book = await client.fetchOrderBook("DOGE/USDT", 5);
    expect(book.bids).toHaveLength(5);
    const daily = await client.fetchOHLCV("DOGE/USDT", "1d", Date.now() - 365 * 86_400_000, 400);
    expect(daily.length).toBeGreaterThanOrEqual(364);
    const minutes = await client.fetchOHLCV("DOGE/USDT", "1m", undefined, 100);
    expect(minutes).toHaveLength(100);
    await expect.poll(() => client.fetchTrades("DOGE/USDT"), { timeout: 20_000 }).not.toEqual([]);
  });
});
