import { describe, expect, it } from "vitest";
import { type Decimal, decimal } from "./decimal.ts";
import { ageMs, changeOf, isStale, isTwoSided } from "./quote.ts";
import { fordQuote } from "./testing/ford.ts";

const NOW_MS = 1_790_000_000_000;

const QUOTE = fordQuote(NOW_MS);

const price = (text: string | null): Decimal | null => (text === null ? null : decimal(text));

describe("a quote", () => {
  it.each([
    ["9.99", "10", true],
    ["10", "10", true],
    ["10.01", "10", false],
    ["0", "10", false],
    ["0", "0", false],
    [null, "10", false],
    ["9.99", null, false],
  ])("of %s to %s has two sides: %s", (bid, ask, expected) => {
    const quote = { ...QUOTE, bidPrice: price(bid), askPrice: price(ask) };
    expect(isTwoSided(quote)).toBe(expected);
    expect(isStale(quote, NOW_MS)).toBe(!expected);
  });

  it("carries a market order for fifteen seconds after it was confirmed", () => {
    const quote = { ...QUOTE, atMs: NOW_MS - 60_000 };
    expect(isStale(quote, NOW_MS + 15_000)).toBe(false);
    expect(isStale(quote, NOW_MS + 15_001)).toBe(true);
    expect([ageMs(quote, NOW_MS + 7), ageMs(quote, NOW_MS - 7)]).toEqual([7, 0]);
  });

  it.each([
    ["10", "9.5", { change: "0.5", fraction: "0.052632" }],
    ["9", "10", { change: "-1", fraction: "-0.1" }],
    ["10", "0", null],
    ["10", null, null],
    [null, "9.5", null],
  ])("of %s after a close at %s has changed by %o", (last, close, change) => {
    expect(changeOf({ ...QUOTE, price: price(last), previousClose: price(close) })).toEqual(change);
  });
});
