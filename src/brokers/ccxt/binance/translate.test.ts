import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { OrderToSubmit } from "../../broker.ts";
import { toQuote } from "../quote.ts";
import { wireTicker } from "../wire.ts";
import { toCreateOrder } from "./create-order.ts";
import {
  isDuplicate,
  toBinanceInstrument,
  toRejectionReason,
  toReports,
  toSubmitAnswer,
} from "./translate.ts";
import { binanceMarket, wireOrder, wireTrade } from "./wire.ts";

const ID = "0193aaaa-0000-7000-8000-000000000001";
const order = (status: string, filled = "0") =>
  wireOrder().parse({
    id: "8389765",
    clientOrderId: ID,
    filled,
    timestamp: 1_800_000_000_000,
    lastUpdateTimestamp: 1_800_000_005_000,
    info: { symbol: "DOGEUSDT", status },
  });
const trade = (id: string, amount: string) =>
  wireTrade().parse({
    id,
    amount,
    price: "0.12340000",
    fee: { cost: "0.02500000", currency: "DOGE" },
    takerOrMaker: "taker",
    timestamp: 1_800_000_001_000,
  });
const MARKET = binanceMarket().parse({
  id: "DOGEUSDT",
  symbol: "DOGE/USDT",
  base: "DOGE",
  quote: "USDT",
  baseId: "DOGE",
  quoteId: "USDT",
  type: "spot",
  spot: true,
  active: true,
  precision: { amount: "1.00000000", price: "0.00001000" },
  limits: { amount: { min: "1.00000000", max: "9000000.00000000" }, cost: { min: "1.00000000" } },
  info: { orderTypes: ["LIMIT", "MARKET", "STOP_LOSS_LIMIT"] },
});

describe("the answer to a submit", () => {
  it("names the market in the broker's order id", () => {
    expect(toSubmitAnswer(order("NEW"))).toEqual({
      kind: "accepted",
      brokerOrderId: "DOGEUSDT:8389765",
      event: "new",
      at: new Date(1_800_000_000_000),
    });
    expect(toSubmitAnswer(order("REJECTED"))).toMatchObject({ kind: "rejected" });
  });

  it.each([
    [
      400,
      -2010,
      "Account has insufficient balance for requested action.",
      "venue_insufficient_funds",
    ],
    [400, -1013, "Filter failure: LOT_SIZE", "venue_increment"],
    [400, -1013, "Filter failure: NOTIONAL", "venue_rejected"],
    [400, -1111, "Precision is over the maximum defined for this asset.", "venue_increment"],
    [400, -1121, "Invalid symbol.", "venue_not_tradable"],
    [400, -2010, "Market is closed.", "venue_market_closed"],
    [400, -1021, "Timestamp for this request is outside of the recvWindow.", "venue_rejected"],
    [400, -1022, "Signature for this request is not valid.", "broker_unauthorized"],
    [401, -2015, "Invalid API-key, IP, or permissions for action.", "broker_unauthorized"],
    [429, -1003, "Too much request weight used.", "broker_busy"],
    [418, -1003, "IP banned.", "broker_busy"],
    [400, -1015, "Too many new orders.", "broker_busy"],
    [403, null, "HTTP 403", "broker_busy"],
  ])("%i %s %s is %s", (status, code, message, reason) => {
    expect(toRejectionReason(status, code, message)).toBe(reason);
  });

  it.each([
    [500, -1000],
    [400, -1007],
    [503, -1008],
    [504, null],
    [301, null],
  ])("of HTTP %i with code %s does not tell", (status, code) => {
    expect(toRejectionReason(status, code, "")).toBeNull();
  });

  it("knows a repetition", () => {
    expect(isDuplicate(-2010, "Duplicate order sent.")).toBe(true);
    expect(isDuplicate(-2010, "Account has insufficient balance")).toBe(false);
  });
});

describe("the reports of a look-up", () => {
  const events = (...args: Parameters<typeof toReports>) => toReports(...args).map((r) => r.event);

  it("carry executions with their fees in the coin that paid them", () => {
    const reports = toReports(order("FILLED", "100"), [trade("1", "40"), trade("2", "60")]);
    expect(reports.map((report) => report.event)).toEqual(["partial_fill", "fill"]);
    expect(reports[0]).toEqual({
      orderId: ID,
      brokerOrderId: "DOGEUSDT:8389765",
      event: "partial_fill",
      execution: {
        id: "1",
        quantity: "40",
        price: "0.1234",
        fee: "0.025",
        feeAsset: "DOGE",
        liquidity: "taker",
      },
      reason: null,
      venueStatus: "FILLED",
      at: new Date(1_800_000_001_000),
    });
  });

  it("hold back the end until the executions add up", () => {
    expect(events(order("EXPIRED", "40"), [])).toEqual(["new"]);
    expect(events(order("EXPIRED", "40"), [trade("1", "40")])).toEqual(["partial_fill", "expired"]);
    expect(events(order("CANCELED"), [])).toEqual(["canceled"]);
    expect(events(order("EXPIRED_IN_MATCH"), [])).toEqual(["new", "expired"]);
    expect(events(order("NEW"), [])).toEqual(["new"]);
  });

  it("tell a replacement from a cancel where they are told of it", () => {
    expect(events(order("CANCELED"), [], true)).toEqual(["replaced"]);
    expect(events(order("CANCELED", "40"), [trade("1", "40")], true)).toEqual([
      "partial_fill",
      "replaced",
    ]);
    expect(events(order("FILLED", "40"), [trade("1", "40")], true)).toEqual(["fill"]);
  });

  it("show that a stop works, until its executions do", () => {
    const stop = (status: string, isWorking: boolean, filled = "0") => {
      const found = order(status, filled);
      return { ...found, info: { ...found.info, type: "STOP_LOSS_LIMIT", isWorking } };
    };
    expect(events(stop("NEW", false), [])).toEqual(["new"]);
    expect(events(stop("NEW", true), [])).toEqual(["new", "triggered"]);
    expect(events(stop("EXPIRED", true), [])).toEqual(["new", "triggered", "expired"]);
    expect(events(stop("PARTIALLY_FILLED", true, "40"), [trade("1", "40")])).toEqual([
      "partial_fill",
    ]);
    const limit = order("NEW");
    expect(events({ ...limit, info: { ...limit.info, isWorking: true } }, [])).toEqual(["new"]);
  });

  it("count a fee in the quote currency as dollars", () => {
    const sold = { ...trade("1", "40"), fee: { cost: decimal("0.01"), currency: "USDT" } };
    expect(toReports(order("FILLED", "40"), [sold])[0]?.execution?.feeAsset).toBe("USD");
  });

  it("name the market that prices a fee in an asset of neither side", () => {
    const feeIn = (currency: string) => {
      const paid = { ...trade("1", "40"), fee: { cost: decimal("0.01"), currency } };
      return toReports(order("FILLED", "40"), [paid])[0]?.execution;
    };
    expect(feeIn("BNB")).toMatchObject({ feeAsset: "BNB", feeMarket: "BNB/USD" });
    expect(feeIn("DOGE")).not.toHaveProperty("feeMarket");
    expect(feeIn("USDT")).not.toHaveProperty("feeMarket");
  });
});

describe("an order on its way to Binance", () => {
  const LIMIT: OrderToSubmit = {
    id: ID,
    symbol: "DOGE/USD",
    side: "buy",
    type: "limit",
    quantity: decimal("100"),
    notional: null,
    limitPrice: decimal("0.12345"),
    stopPrice: null,
    timeInForce: "day",
  };
  // As ccxt does it: amounts are cut, prices rounded, both without a word.
  const exchange = {
    amountToPrecision: (_: string, amount: string) => String(Math.trunc(Number(amount))),
    priceToPrecision: (_: string, price: string) => Number(price).toFixed(5),
  };
  const call = (changes: Partial<OrderToSubmit>) =>
    toCreateOrder(exchange, MARKET, { ...LIMIT, ...changes });

  it("goes with our id and a time in force that the venue has", () => {
    expect(call({})).toEqual([
      "DOGE/USDT",
      "limit",
      "buy",
      "100",
      "0.12345",
      { newClientOrderId: ID, timeInForce: "GTC" },
    ]);
    expect(call({ timeInForce: "ioc" })[5]).toMatchObject({ timeInForce: "IOC" });
  });

  it("throws rather than have ccxt change it", () => {
    expect(() => call({ quantity: decimal("100.5") })).toThrow("100.5 would be sent as 100");
    expect(() => call({ limitPrice: decimal("0.123456") })).toThrow("would be sent as");
  });

  it("sends market orders by quantity or by notional, without a time in force", () => {
    const market = { type: "market", limitPrice: null } as const;
    expect(call(market).slice(1)).toEqual([
      "market",
      "buy",
      "100",
      undefined,
      { newClientOrderId: ID },
    ]);
    const notional = call({ ...market, quantity: null, notional: decimal("12.3456789") });
    expect(notional.slice(3)).toEqual([
      undefined,
      undefined,
      { newClientOrderId: ID, cost: "12.34567" },
    ]);
  });

  it("sends a stop limit with both prices", () => {
    const stop = call({ type: "stop_limit", stopPrice: decimal("0.13") });
    expect(stop[5]).toEqual({ newClientOrderId: ID, timeInForce: "GTC", stopPrice: "0.13" });
  });
});

describe("market data", () => {
  it("reads a ticker", () => {
    const ticker = wireTicker().parse({
      symbol: "DOGE/USDT",
      timestamp: 1_800_000_000_000,
      bid: "0.12340000",
      bidVolume: "100.00000000",
      ask: "0.12350000",
      askVolume: "50.00000000",
      last: "0.12345000",
      open: "0.12000000",
      high: "0.13000000",
      low: "0.11000000",
      baseVolume: "123456.00000000",
      previousClose: undefined,
    });
    expect(toQuote("DOGE/USD", ticker, 1_800_000_001_000, 1_800_000_000_900)).toMatchObject({
      symbol: "DOGE/USD",
      bidPrice: "0.1234",
      askSize: "50",
      price: "0.12345",
      previousClose: "0.12",
      atMs: 1_800_000_000_000,
      confirmedAtMs: 1_800_000_001_000,
      source: "rest",
    });
  });

  it("takes a ticker without a time to be of when it was asked for", () => {
    const ticker = wireTicker().parse({ symbol: "DOGE/USDT", last: "0.12345000" });
    expect(toQuote("DOGE/USD", ticker, 1_800_000_001_000, 1_800_000_000_900)).toMatchObject({
      atMs: 1_800_000_000_900,
      confirmedAtMs: 1_800_000_001_000,
    });
  });

  it("lists a market under its dollar name", () => {
    expect(toBinanceInstrument(MARKET)).toMatchObject({
      symbol: "DOGE/USD",
      quoteCurrency: "USDT",
      priceIncrement: "0.00001",
      quantityIncrement: "1",
      minQuantity: "1",
      tradable: true,
    });
    expect(toBinanceInstrument({ ...MARKET, active: false })?.tradable).toBe(false);
    expect(toBinanceInstrument({ ...MARKET, id: "BTCEUR" })).toBeNull();
  });
});
