import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "./decimal.ts";
import type { Instrument } from "./instrument.ts";
import type { OrderTerms } from "./order.ts";
import { collarAbove, netOfFee, reserve } from "./reservation.ts";
import { FORD as F } from "./testing/ford.ts";

const DOGE: Instrument = {
  ...F,
  symbol: "DOGE/USD",
  assetType: "crypto",
  venue: "binance",
  priceIncrement: decimal("0.00001"),
  quantityIncrement: decimal("1"),
};
const MARKET_BUY: OrderTerms = {
  symbol: "F",
  assetType: "stock",
  side: "buy",
  type: "market",
  quantity: decimal("100"),
  notional: null,
  limitPrice: null,
  stopPrice: null,
  timeInForce: "day",
};
const FEE = decimal("0.0025");

describe("the collar of a market buy", () => {
  it.each([
    ["4 % above a price below 50 USD", "10.01", "10.41"],
    ["2.5 % from 50 USD on", "50", "51.25"],
    ["a hundredth of a cent is the step below 1 USD", "0.5", "0.52"],
    ["the tick below, never above", "10.03", "10.43"],
  ])("%s", (_name, price, collar) => {
    expect(collarAbove(F, decimal(price))).toBe(collar);
  });
});

describe("what an order holds", () => {
  it("a limit buy: its limit and the fee, rounded up", () => {
    const terms: OrderTerms = {
      ...MARKET_BUY,
      symbol: "DOGE/USD",
      assetType: "crypto",
      type: "limit",
      timeInForce: "gtc",
      quantity: decimal("3"),
      limitPrice: decimal("0.12345"),
    };
    const held = reserve(terms, DOGE, FEE, null, true);
    // 3 × 0.12345 × 1.0025 = 0.371275875
    expect(held).toEqual({ amount: "0.37127588", quantity: "0", price: "0.12345", sentAs: null });
  });

  it("a market buy: its collar, and goes out as a limit there", () => {
    const held = reserve(MARKET_BUY, F, ZERO, decimal("10.01"), true);
    expect(held.amount).toBe("1041");
    expect(held.sentAs).toEqual({ type: "limit", timeInForce: "ioc", limitPrice: "10.41" });
  });

  it("a market buy of all or nothing stays that", () => {
    const held = reserve({ ...MARKET_BUY, timeInForce: "fok" }, F, ZERO, decimal("10.01"), true);
    expect(held.sentAs?.timeInForce).toBe("fok");
  });

  it("a market buy in a closed market waits for the open", () => {
    const held = reserve(MARKET_BUY, F, ZERO, decimal("10.01"), false);
    expect(held.sentAs?.timeInForce).toBe("day");
  });

  it("a fraction of a share can't be a limit, but is held at the collar all the same", () => {
    const held = reserve({ ...MARKET_BUY, quantity: decimal("0.5") }, F, ZERO, decimal("10"), true);
    expect(held).toMatchObject({ amount: "5.2", sentAs: null });
  });

  it("a coin's market buy is immediate at any time, and a fraction of a coin, too", () => {
    const coin = { ...MARKET_BUY, symbol: "DOGE/USD", assetType: "crypto" } as const;
    const sentAs = { type: "limit", timeInForce: "ioc", limitPrice: "0.104" };
    expect(reserve(coin, DOGE, FEE, decimal("0.1"), false).sentAs).toEqual(sentAs);
    const part = { ...coin, quantity: decimal("1.5") };
    expect(reserve(part, DOGE, FEE, decimal("0.1"), true).sentAs).toEqual(sentAs);
  });

  it("a notional buy: the notional, fee included", () => {
    const terms = { ...MARKET_BUY, quantity: null, notional: decimal("25") };
    expect(reserve(terms, DOGE, FEE, decimal("0.1"), true).amount).toBe("25");
    expect(netOfFee(decimal("25"), FEE)).toBe("24.93");
  });

  it("a sell: its units and no cash", () => {
    const held = reserve({ ...MARKET_BUY, side: "sell" }, F, FEE, decimal("10"), true);
    expect(held).toEqual({ amount: "0", quantity: "100", price: null, sentAs: null });
  });

  it("a coin's day order goes out without an end, which the platform keeps", () => {
    const day = { ...MARKET_BUY, assetType: "crypto", symbol: "DOGE/USD" } as const;
    const limit = { ...day, type: "limit", limitPrice: decimal("0.1") } as const;
    expect(reserve(limit, DOGE, FEE, null, true).sentAs).toEqual({
      type: "limit",
      timeInForce: "gtc",
      limitPrice: "0.1",
    });
    expect(reserve({ ...limit, side: "sell" }, DOGE, FEE, null, true).sentAs?.timeInForce).toBe(
      "gtc",
    );
    // What is immediate has no end to leave out, and a stock's venue has days of its own.
    const market = { ...day, side: "sell" } as const;
    expect(reserve(market, DOGE, FEE, null, true).sentAs).toBeNull();
    const stock = { ...MARKET_BUY, type: "limit", limitPrice: decimal("10") } as const;
    expect(reserve(stock, F, FEE, null, true).sentAs).toBeNull();
  });

  it("a coin's stop goes out as a stop limit, above it to buy and below it to sell", () => {
    const stop = {
      ...MARKET_BUY,
      symbol: "DOGE/USD",
      assetType: "crypto",
      type: "stop",
      stopPrice: decimal("0.3"),
      timeInForce: "gtc",
    } as const;
    expect(reserve(stop, DOGE, FEE, null, true)).toMatchObject({
      price: "0.312",
      sentAs: { type: "stop_limit", timeInForce: "gtc", limitPrice: "0.312" },
    });
    expect(reserve({ ...stop, side: "sell" }, DOGE, FEE, null, true)).toMatchObject({
      amount: "0",
      quantity: "100",
      sentAs: { type: "stop_limit", limitPrice: "0.27" },
    });
    expect(reserve({ ...stop, assetType: "stock" }, F, FEE, null, true).sentAs).toBeNull();
  });

  it("a market buy needs a price to be measured by", () => {
    expect(() => reserve(MARKET_BUY, F, ZERO, null, true)).toThrow("reference price");
  });
});
