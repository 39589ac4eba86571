import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import type { Instrument } from "../domain/instrument.ts";
import type { OrderTerms } from "../domain/order.ts";
import type { Quote } from "../domain/quote.ts";
import { FORD as F, fordQuote } from "../domain/testing/ford.ts";
import { assess, type Circumstances } from "./assess.ts";

const NOW_MS = 1_790_000_000_000;
const NEXT_OPEN = new Date(NOW_MS + 1);
const DOGE: Instrument = {
  ...F,
  symbol: "DOGE/USD",
  assetType: "crypto",
  venue: "binance",
  priceIncrement: decimal("0.01"),
  quantityIncrement: decimal("1"),
};
const QUOTE: Quote = { ...fordQuote(NOW_MS), askPrice: decimal("10.01") };
const OPEN: Circumstances = {
  instrument: F,
  quote: QUOTE,
  session: { isOpen: true, nextOpen: null },
  feeRate: ZERO,
  universeMaxPrice: ZERO,
  unsupported: undefined,
  nowMs: NOW_MS,
};
const CLOSED: Circumstances = { ...OPEN, session: { isOpen: false, nextOpen: NEXT_OPEN } };
const PAIR: Circumstances = { ...OPEN, instrument: DOGE };
const MARKET: OrderTerms = {
  symbol: "F",
  assetType: "stock",
  side: "buy",
  type: "market",
  quantity: decimal("10"),
  notional: null,
  limitPrice: null,
  stopPrice: null,
  timeInForce: "day",
};
const LIMIT: OrderTerms = { ...MARKET, type: "limit", limitPrice: decimal("10") };
const STOP: OrderTerms = { ...MARKET, type: "stop", stopPrice: decimal("11") };
const NOTIONAL: OrderTerms = { ...MARKET, quantity: null, notional: decimal("25") };
const SELL = { side: "sell" } as const;

function refusalOf(terms: OrderTerms, circumstances: Circumstances = OPEN): unknown {
  try {
    assess(terms, circumstances);
  } catch (error) {
    if (error instanceof AppError) return error.refusal;
    throw error;
  }
  return undefined;
}

describe("an order is measured", () => {
  it.each<[string, OrderTerms, Circumstances, string]>([
    ["a buy by the ask", MARKET, OPEN, "10.01"],
    ["a sell by the bid", { ...MARKET, ...SELL }, OPEN, "9.99"],
    ["a closed market's by its last trade", MARKET, CLOSED, "10"],
    ["by the last close", MARKET, { ...CLOSED, quote: { ...QUOTE, price: null } }, "9.5"],
    ["by its limit", { ...LIMIT, limitPrice: decimal("7") }, { ...OPEN, quote: undefined }, "7"],
    ["by its stop", STOP, OPEN, "11"],
    [
      "by its limit before its stop",
      { ...STOP, type: "stop_limit", limitPrice: decimal("12") },
      OPEN,
      "12",
    ],
  ])("%s", (_name, terms, circumstances, reference) => {
    expect(assess(terms, circumstances)).toMatchObject({ reference, denial: null });
  });

  it("by nothing where there is no price", () => {
    const unavailable = { code: "quote_unavailable", symbol: "F" };
    const empty = { ...QUOTE, price: null, previousClose: null };
    expect(refusalOf(MARKET, { ...CLOSED, quote: empty })).toEqual(unavailable);
    expect(refusalOf(MARKET, { ...CLOSED, quote: undefined })).toEqual(unavailable);
  });
});

describe("a time in force", () => {
  const stops = "Stop orders wait for their price: use day or gtc.";
  const fractions = "Fractional and notional stock orders are day orders.";
  const half = { quantity: decimal("0.5") };

  it.each<[OrderTerms, Circumstances, string]>([
    [{ ...STOP, timeInForce: "ioc" }, OPEN, stops],
    [{ ...STOP, timeInForce: "fok" }, OPEN, stops],
    [{ ...LIMIT, ...half, timeInForce: "gtc" }, OPEN, fractions],
    [{ ...NOTIONAL, timeInForce: "ioc" }, OPEN, fractions],
  ])("that %o can't have is refused", (terms, circumstances, message) => {
    expect(refusalOf(terms, circumstances)).toEqual({ code: "time_in_force_unsupported", message });
  });

  it.each<[OrderTerms, Circumstances]>([
    [{ ...STOP, timeInForce: "gtc" }, OPEN],
    [{ ...LIMIT, timeInForce: "ioc" }, OPEN],
    [{ ...LIMIT, timeInForce: "gtc" }, CLOSED],
    [{ ...LIMIT, quantity: decimal("2.5") }, OPEN],
    [NOTIONAL, OPEN],
    [
      { ...LIMIT, symbol: "DOGE/USD", assetType: "crypto", timeInForce: "ioc" },
      { ...CLOSED, instrument: DOGE },
    ],
    [{ ...NOTIONAL, symbol: "DOGE/USD", assetType: "crypto", timeInForce: "ioc" }, PAIR],
  ])("that %o can have is taken", (terms, circumstances) => {
    expect(refusalOf(terms, circumstances)).toBeUndefined();
  });

  it("that is immediate waits for no open", () => {
    const closed = { code: "market_closed", nextOpen: NEXT_OPEN };
    expect(refusalOf({ ...LIMIT, timeInForce: "ioc" }, CLOSED)).toEqual(closed);
    expect(refusalOf({ ...LIMIT, timeInForce: "fok" }, CLOSED)).toEqual(closed);
  });

  it("or a type that the venue lacks is refused by what would go out", () => {
    const lacking = (term: "type" | "time_in_force"): Circumstances => ({
      ...OPEN,
      unsupported: ({ type, timeInForce }) =>
        type === "limit" && timeInForce === "ioc" ? { term, message: "none" } : null,
    });
    const refused = (code: string) => ({ code, message: "none" });
    expect(refusalOf(MARKET, lacking("type"))).toEqual(refused("order_type_unsupported"));
    expect(refusalOf(MARKET, lacking("time_in_force"))).toEqual(
      refused("time_in_force_unsupported"),
    );
    expect(refusalOf(LIMIT, lacking("type"))).toBeUndefined();
  });
});

describe("a step", () => {
  const whole = { ...OPEN, instrument: { ...F, fractionable: false } };

  it("is a share where fractions can't be had", () => {
    const refused = (path: string) => ({
      code: "quantity_increment_invalid",
      path,
      increment: "1",
      minimum: null,
    });
    expect(refusalOf({ ...MARKET, quantity: decimal("1.5") }, whole)).toEqual(refused("quantity"));
    expect(refusalOf(NOTIONAL, whole)).toEqual(refused("notional"));
    expect(refusalOf(MARKET, whole)).toBeUndefined();
    // Coins have steps of their own.
    const coin = { ...DOGE, fractionable: false, quantityIncrement: decimal("0.1") };
    const order = { ...LIMIT, symbol: "DOGE/USD", assetType: "crypto" } as const;
    const part = { ...order, quantity: decimal("1.5") };
    expect(refusalOf(part, { ...OPEN, instrument: coin })).toBeUndefined();
  });

  it("is the instrument's, of prices and quantities", () => {
    const pair = { symbol: "DOGE/USD", assetType: "crypto" } as const;
    const stop = { ...STOP, ...pair, timeInForce: "gtc", stopPrice: decimal("11.005") } as const;
    expect(refusalOf(stop, PAIR)).toMatchObject({
      code: "price_increment_invalid",
      path: "stop_price",
    });
    expect(refusalOf({ ...LIMIT, ...pair, quantity: decimal("1.5") }, PAIR)).toMatchObject({
      code: "quantity_increment_invalid",
      increment: "1",
    });
  });
});

describe("a refusal that is kept", () => {
  const denialOf = (terms: OrderTerms, circumstances: Circumstances = OPEN) =>
    assess(terms, circumstances).denial;

  it("is of a buy above the cap, if there is one", () => {
    const capped = { ...OPEN, universeMaxPrice: decimal("9.99") };
    expect(denialOf(LIMIT, capped)).toEqual({
      code: "price_outside_universe",
      price: "10",
      cap: "9.99",
    });
    expect(denialOf(LIMIT, { ...OPEN, universeMaxPrice: decimal("10") })).toBeNull();
    expect(denialOf({ ...LIMIT, ...SELL }, capped)).toBeNull();
  });

  it("is of a buy of what is not traded any more", () => {
    const delisted = { ...OPEN, instrument: { ...F, tradable: false } };
    expect(denialOf(LIMIT, delisted)).toEqual({ code: "asset_not_tradable", symbol: "F" });
    expect(denialOf({ ...LIMIT, ...SELL }, delisted)).toBeNull();
  });

  it("is of what is worth less than a dollar before the fee", () => {
    const small = { code: "notional_below_minimum", minimum: "1" };
    const fee = { ...OPEN, feeRate: decimal("0.0025") };
    expect(denialOf({ ...LIMIT, quantity: decimal("0.0999") })).toEqual({
      ...small,
      value: "0.999",
    });
    expect(denialOf({ ...LIMIT, quantity: decimal("0.1") }, fee)).toBeNull();
    expect(denialOf({ ...NOTIONAL, notional: decimal("1") }, fee)).toEqual({
      ...small,
      value: "0.99",
    });
    expect(denialOf({ ...NOTIONAL, notional: decimal("1") })).toBeNull();
  });

  it.each([
    ["buy", "10.01", true],
    ["buy", "10.02", false],
    ["sell", "9.99", true],
    ["sell", "9.98", false],
  ] as const)("is of a stop that the market has met: to %s at %s %s", (side, stop, met) => {
    expect(denialOf({ ...STOP, side, stopPrice: decimal(stop) })).toEqual(
      met
        ? {
            code: "stop_price_in_market",
            stop_price: stop,
            market_price: side === "buy" ? "10.01" : "9.99",
          }
        : null,
    );
  });
});
