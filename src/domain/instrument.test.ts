import { describe, expect, it } from "vitest";
import { decimal } from "./decimal.ts";
import {
  findPriceFault,
  findQuantityFault,
  type Instrument,
  parseSymbol,
  priceIncrementAt,
  venueOf,
  venuesWith,
  wholeSteps,
} from "./instrument.ts";
import { FORD } from "./testing/ford.ts";

const STOCK: Instrument = { ...FORD, quantityIncrement: decimal("1"), fractionable: false };

describe("symbols", () => {
  it.each(["DOGE/USD", "doge/usd", "DOGE-USD", "dogeusd", " DOGEUSD "])(
    "%j is DOGE/USD",
    (text) => {
      expect(parseSymbol(text)).toBe("DOGE/USD");
    },
  );

  it.each([
    ["f", "F"],
    ["brk.b", "BRK.B"],
    ["USD", "USD"],
    ["1INCHUSD", "1INCH/USD"],
    ["ABCDEF.GH", "ABCDEF.GH"],
    ["xusd", "XUSD"],
    ["AB/USD", "AB/USD"],
    ["ABCDEFGHIJKL/USD", "ABCDEFGHIJKL/USD"],
    ["ABCDEFGHIJKLUSD", "ABCDEFGHIJKL/USD"],
  ])("%j is %s", (text, symbol) => {
    expect(parseSymbol(text)).toBe(symbol);
  });

  it.each([
    "",
    "TOOLONGX",
    "F F",
    "DOGE/EUR",
    "../etc",
    "A".repeat(40),
    "F;",
    ";F",
    "/USD",
    "DOGE/USDT",
    "DOGEUSD/X",
    "!DOGE/USD",
    "!DOGEUSD",
    "DOGEUSD!",
    "DO GE/USD",
    "D!GE/USD",
    "D!GEUSD",
    "ABCDEFGHIJKLM/USD",
    "BRK.",
    "BRK.BCD",
    "BRK.1",
    "BRK B",
    "F1",
    "X-USD",
  ])("%j is none", (text) => {
    expect(parseSymbol(text)).toBeUndefined();
  });
});

describe("a venue", () => {
  it("serves an asset type", () => {
    const venues = venuesWith("kraken");
    expect([venueOf(venues, "F"), venueOf(venues, "DOGE/USD")]).toEqual(["alpaca", "kraken"]);
  });
});

describe("increments", () => {
  it("a stock moves by cents from 1 USD and by hundredths of a cent below", () => {
    expect(priceIncrementAt(STOCK, decimal("1"))).toBe("0.01");
    expect(priceIncrementAt(STOCK, decimal("0.9999"))).toBe("0.0001");
  });

  it("a price between the steps is named with its step", () => {
    expect(findPriceFault(STOCK, { limit_price: decimal("10.251"), stop_price: null })).toEqual({
      code: "price_increment_invalid",
      path: "limit_price",
      increment: "0.01",
    });
    expect(findPriceFault(STOCK, { limit_price: decimal("0.1234") })).toBeUndefined();
  });

  it("a pair has one step at every price", () => {
    const pair = { ...STOCK, priceIncrement: decimal("0.5") };
    expect(priceIncrementAt(pair, decimal("0.9"))).toBe("0.5");
    expect(findPriceFault(pair, { stop_price: null, limit_price: decimal("1.25") })).toEqual({
      code: "price_increment_invalid",
      path: "limit_price",
      increment: "0.5",
    });
  });

  it("what is below a step is dust", () => {
    expect(wholeSteps({ quantityIncrement: decimal("0.01") }, decimal("1.239"))).toBe("1.23");
    expect(wholeSteps({ quantityIncrement: decimal("1") }, decimal("0.9"))).toBe("0");
  });

  it("a quantity stands on its steps, above the minimum", () => {
    expect(findQuantityFault(STOCK, decimal("2"))).toBeUndefined();
    expect(findQuantityFault(STOCK, decimal("2.5"))).toMatchObject({ increment: "1" });
    const pair = { ...STOCK, minQuantity: decimal("10") };
    expect(findQuantityFault(pair, decimal("9"))).toEqual({
      code: "quantity_increment_invalid",
      path: "quantity",
      increment: "1",
      minimum: "10",
    });
    expect(findQuantityFault(pair, decimal("10"))).toBeUndefined();
  });
});
