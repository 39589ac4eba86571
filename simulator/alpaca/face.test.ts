import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../system-clock.ts";
import { alpacaClient } from "../testing/clients.ts";
import { control } from "../testing/control.ts";
import { startVenue, type Venue } from "../venue.ts";

let venue: Venue;
beforeAll(async () => {
  venue = await startVenue({ clock: systemClock, seed: 7 });
});
afterAll(() => venue.stop());

const pin = (symbol: string, bid: string, ask: string, last = bid) =>
  control(venue, "POST", "/quotes", { symbol, bid, ask, last });

describe("trading through the SDK", () => {
  beforeEach(() => pin("F", "13.10", "13.11"));

  it("acknowledges a market order, then fills it at the far touch", async () => {
    const { orders } = alpacaClient(venue).trading;
    const placed = await orders.market({
      symbol: "F",
      qty: "10",
      side: "buy",
      timeInForce: "day",
      clientOrderId: "market-1",
    });
    expect(placed).toMatchObject({ status: "pending_new", filledQty: "0", qty: "10" });
    const filled = await orders.getOrderByClientOrderId({ clientOrderId: "market-1" });
    expect(filled).toMatchObject({ id: placed.id, status: "filled", filledAvgPrice: "13.11" });
  });

  it("keeps a limit below the market until the ask comes to it, and fills it there", async () => {
    const { orders } = alpacaClient(venue).trading;
    const placed = await orders.limit({
      symbol: "F",
      qty: "5",
      side: "buy",
      limitPrice: "13.05",
      timeInForce: "gtc",
    });
    expect(await orders.getOrderByOrderID({ orderId: String(placed.id) })).toMatchObject({
      status: "new",
    });
    await pin("F", "13.00", "13.02");
    expect(await orders.getOrderByOrderID({ orderId: String(placed.id) })).toMatchObject({
      status: "filled",
      filledAvgPrice: "13.05",
    });
  });

  it("lists, cancels and refuses to cancel twice", async () => {
    const { orders } = alpacaClient(venue).trading;
    const placed = await orders.limit({
      symbol: "F",
      qty: "5",
      side: "buy",
      limitPrice: "12.00",
      timeInForce: "day",
    });
    const open = await orders.getAllOrders({ status: "open", symbols: "F" });
    expect(open.map(({ id }) => id)).toEqual([placed.id]);
    await orders.deleteOrderByOrderID({ orderId: String(placed.id) });
    expect(await orders.getOrderByOrderID({ orderId: String(placed.id) })).toMatchObject({
      status: "canceled",
    });
    await expect(orders.deleteOrderByOrderID({ orderId: String(placed.id) })).rejects.toMatchObject(
      { name: "ValidationError" },
    );
  });

  it.each([
    ["a sub-penny price", { limitPrice: "13.055" }, "sub-penny"],
    ["more shares than are held", { side: "sell", qty: "100000" }, "insufficient qty"],
    ["more than the cash buys", { qty: "90000000" }, "insufficient buying power"],
    ["a fraction good till canceled", { qty: "1.5", timeInForce: "gtc" }, "must be DAY orders"],
    ["an unknown symbol", { symbol: "NOSUCH" }, "not found"],
  ])("refuses %s", async (_name, change, message) => {
    const { orders } = alpacaClient(venue).trading;
    const terms = { symbol: "F", qty: "5", side: "buy", limitPrice: "12.5", timeInForce: "day" };
    const refused = orders.limit({ ...terms, ...change } as Parameters<typeof orders.limit>[0]);
    await expect(refused).rejects.toThrow(message);
  });

  it("refuses the opposite of a resting order, and a client id that was used", async () => {
    const { orders } = alpacaClient(venue).trading;
    await orders.market({ symbol: "F", qty: "50", side: "buy", timeInForce: "day" });
    const limit = { symbol: "F", qty: "5", timeInForce: "day", clientOrderId: "twice" } as const;
    await orders.limit({ ...limit, side: "buy", limitPrice: "13.05" });
    await expect(
      orders.limit({ ...limit, clientOrderId: "wash", side: "sell", limitPrice: "13.01" }),
    ).rejects.toThrow("wash trade");
    await expect(orders.limit({ ...limit, side: "buy", limitPrice: "13.00" })).rejects.toThrow(
      "client_order_id must be unique",
    );
    await orders.deleteAllOrders();
  });

  it("replaces a limit by a new order that names the old one", async () => {
    const { orders } = alpacaClient(venue).trading;
    const placed = await orders.limit({
      symbol: "F",
      qty: "5",
      side: "buy",
      limitPrice: "12.00",
      timeInForce: "day",
    });
    const next = await orders.patchOrderByOrderId({
      orderId: String(placed.id),
      patchOrderRequest: { limitPrice: "12.10", qty: "6" },
    });
    expect(next).toMatchObject({ replaces: placed.id, limitPrice: "12.1", qty: "6" });
    expect(await orders.getOrderByOrderID({ orderId: String(placed.id) })).toMatchObject({
      status: "replaced",
      replacedBy: next.id,
    });
    await orders.deleteAllOrders();
  });

  it("lists open orders page by page", async () => {
    const { orders } = alpacaClient(venue).trading;
    const terms = { symbol: "F", qty: "5", side: "buy", timeInForce: "day" } as const;
    const placed = [];
    for (const limitPrice of ["12.00", "12.01", "12.02"])
      placed.push((await orders.limit({ ...terms, limitPrice })).id);
    const page = { status: "open", direction: "asc", limit: 2 } as const;
    const first = await orders.getAllOrders(page);
    expect(first.map(({ id }) => id)).toEqual(placed.slice(0, 2));
    const second = await orders.getAllOrders({ ...page, afterOrderId: String(placed[1]) });
    expect(second.map(({ id }) => id)).toEqual(placed.slice(2));
    await orders.deleteAllOrders();
  });

  it("shows the account, its position and its executions", async () => {
    const { trading } = alpacaClient(venue);
    await pin("T", "26.00", "26.01");
    await trading.orders.market({ symbol: "T", notional: "100", side: "buy", timeInForce: "day" });
    const position = await trading.positions.getOpenPosition({ symbolOrAssetId: "T" });
    expect(position).toMatchObject({ qty: "3.844675124", avgEntryPrice: "26.01" });
    const account = await trading.account.getAccount();
    expect(Number(account.cash)).toBeLessThan(10_000_000);
    const [activity] = await trading.accountActivities.getAccountActivitiesByActivityType({
      activityType: "FILL",
    });
    // The SDK takes an execution for a non-trade activity, and drops its price.
    expect(activity).toMatchObject({ symbol: "T", qty: "3.844675124" });
  });

  it("answers 401 to a wrong key", async () => {
    const { account } = alpacaClient(venue, "wrong").trading;
    await expect(account.getAccount()).rejects.toMatchObject({ name: "AuthError" });
  });
});

describe("reference and market data through the SDK", () => {
  it("lists its assets and one by its symbol", async () => {
    const { assets } = alpacaClient(venue).trading;
    const all = await assets.getV2Assets({ status: "active" });
    expect(all.length).toBeGreaterThanOrEqual(60);
    const ford = await assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "F" });
    expect(all).toContainEqual(ford);
    expect(ford).toMatchObject({ exchange: "NYSE", tradable: true, fractionable: true });
  });

  it("tells the time, the calendar and that an ever-open market is open", async () => {
    const { trading } = alpacaClient(venue);
    const clock = await trading.clock.legacyClock();
    expect(clock.isOpen).toBe(true);
    expect(clock.nextClose.getTime()).toBeGreaterThan(clock.timestamp.getTime());
    const days = await trading.calendar.legacyCalendar({
      start: new Date("2026-11-20"),
      end: new Date("2026-11-22"),
    });
    expect(days.map(({ open, close }) => [open, close])).toEqual(Array(3).fill(["00:00", "23:59"]));
  });

  it("quotes, trades and snapshots many symbols at once", async () => {
    const { stocks } = alpacaClient(venue).marketData;
    await pin("F", "13.10", "13.11");
    const { quotes } = await stocks.stockLatestQuotes({ symbols: "F,AAPL,NOSUCH" });
    expect(Object.keys(quotes).sort()).toEqual(["AAPL", "F"]);
    expect(quotes.F).toMatchObject({ bp: 13.1, ap: 13.11 });
    const { trades } = await stocks.stockLatestTrades({ symbols: "F" });
    expect(trades.F?.p).toBe(13.1);
    const snapshots = await stocks.stockSnapshots({ symbols: "F" });
    expect(snapshots.F?.dailyBar?.c).toBe(13.1);
    expect(snapshots.F?.prevDailyBar?.c).toBeGreaterThan(0);
  });

  it("has a year of daily bars and pages through minutes", async () => {
    const { stocks } = alpacaClient(venue).marketData;
    const yearAgo = new Date(Date.now() - 365 * 86_400_000);
    const daily = await stocks.stockBars({ symbols: "F", timeframe: "1Day", start: yearAgo });
    expect(daily.bars.F?.length).toBeGreaterThanOrEqual(364);
    const query = { symbols: "F,T", timeframe: "5Min", start: new Date(Date.now() - 7_200_000) };
    const whole = await stocks.stockBars({ ...query, limit: 10_000 });
    const paged: Record<string, unknown[]> = { F: [], T: [] };
    let pageToken: string | undefined;
    do {
      const page = await stocks.stockBars({
        ...query,
        limit: 7,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      for (const [symbol, bars] of Object.entries(page.bars)) paged[symbol]?.push(...bars);
      pageToken = page.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    const starts = (bars: unknown[] | undefined) => bars?.map((bar) => (bar as { t: unknown }).t);
    expect(starts(paged.F)).toEqual(starts(whole.bars.F));
    expect(starts(paged.T)).toEqual(starts(whole.bars.T));
  });

  it("counts requests with the user agent of the SDK", async () => {
    const { requests, userAgents } = await control<Record<string, Record<string, number>>>(
      venue,
      "GET",
      "/counters",
    );
    expect(requests?.["alpaca POST /v2/orders"]).toBeGreaterThan(0);
    expect(Object.keys(userAgents ?? {}).join()).toMatch(/alpaca/i);
  });
});
