import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "./decimal.ts";
import type { Quote } from "./quote.ts";
import { dayPnl, markOf, valueAt } from "./valuation.ts";

const d = (text: string) => decimal(text);
const NOW_MS = Date.parse("2026-11-25T15:00:00Z");
const CLOSED_AT = new Date("2026-11-24T21:00:00Z");
const inSession = { nowMs: NOW_MS, inSession: true, closedAt: CLOSED_AT };
const closed = { ...inSession, inSession: false };

const quoteOf = (change: Partial<Quote>): Quote => ({
  symbol: "F",
  bidPrice: d("10"),
  bidSize: d("1"),
  askPrice: d("10.5"),
  askSize: d("1"),
  price: d("11"),
  size: d("1"),
  priceAtMs: NOW_MS - 60_000,
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: d("9"),
  halted: null,
  atMs: NOW_MS - 500,
  confirmedAtMs: NOW_MS,
  source: "stream",
  ...change,
});
const oneSided = { askPrice: null, askSize: null };
const untraded = { price: null, size: null };
const old = { priceAtMs: NOW_MS - 60_001 };

describe("a mark", () => {
  it.each([
    ["the last trade, of when it was", {}, inSession, ["last_trade", "11", NOW_MS - 60_000]],
    ["the mid where that is old", old, inSession, ["mid", "10.25", NOW_MS - 500]],
    ["an old trade out of session", old, closed, ["last_trade", "11", NOW_MS - 60_001]],
    [
      "an old trade without a mid",
      { ...old, ...oneSided },
      inSession,
      ["last_trade", "11", NOW_MS - 60_001],
    ],
    ["the mid without a trade", untraded, closed, ["mid", "10.25", NOW_MS - 500]],
    [
      "the close before without either, of when that was",
      { ...untraded, ...oneSided },
      inSession,
      ["previous_close", "9", CLOSED_AT.getTime()],
    ],
  ] as const)("is %s", (_name, change, moment, [source, price, atMs]) => {
    expect(markOf(quoteOf(change), moment)).toEqual({ source, price, at: new Date(atMs) });
  });

  it("is none where the venue has told no price at all", () => {
    expect(markOf(undefined, inSession)).toBeUndefined();
    const nothing = { ...untraded, ...oneSided, previousClose: null };
    expect(markOf(quoteOf(nothing), inSession)).toBeUndefined();
  });

  it("takes a trade for as old as the quote where the venue does not tell its time", () => {
    const { priceAtMs: _, ...quote } = quoteOf({});
    expect(markOf(quote, inSession)?.at).toEqual(new Date(NOW_MS - 500));
  });
});

it("values a holding at eight decimals, against what it has cost", () => {
  expect(valueAt({ quantity: d("3"), costBasis: d("1.5") }, d("0.333333333"))).toEqual({
    marketValue: "1",
    unrealizedPnl: "-0.5",
    unrealizedPnlPct: "-0.333333",
  });
  expect(valueAt({ quantity: d("3"), costBasis: ZERO }, d("1")).unrealizedPnlPct).toBeNull();
});

describe("the gain of a day", () => {
  const gain = (
    quantity: string,
    price: string,
    flow: readonly [quantity: string, cash: string],
    close: string | null,
  ) => {
    const now = {
      quantity: d(quantity),
      ...valueAt({ quantity: d(quantity), costBasis: ZERO }, d(price)),
    };
    const [bought, cash] = flow;
    return dayPnl(now, { quantity: d(bought), cash: d(cash) }, close === null ? null : d(close));
  };

  it.each([
    ["of what was held, from the close", "10", "12", ["0", "0"], "11", "10"],
    ["of what was bought, from its price and with its fee", "10", "12", ["10", "-111"], "5", "9"],
    ["of both", "15", "12", ["5", "-50"], "11", "20"],
    ["of what was sold, up to its price", "4", "12", ["-6", "69"], "11", "7"],
    ["of what was bought and sold", "0", "12", ["0", "-3"], "11", "-3"],
    ["of what was sold out", "0", "12", ["-10", "105"], "11", "-5"],
  ] as const)("is that %s", (_name, quantity, price, flow, close, expected) => {
    expect(gain(quantity, price, flow, close)).toBe(expected);
  });

  it("needs a close for what was held before, and for nothing else", () => {
    expect(gain("10", "12", ["9", "-99"], null)).toBeNull();
    expect(gain("10", "12", ["10", "-99"], null)).toBe("21");
  });
});
