import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { type MoverQuery, rankMovers, selectMovers, type VenueMovers } from "./movers.ts";
import { instrumentOf, quoteOf, START_MS } from "./scripted-venue.ts";

const NOW = new Date(START_MS + 60_000);

function quoteAt(
  symbol: string,
  price: string,
  previousClose: string,
  volume: string | null = "100",
) {
  return quoteOf(symbol, {
    price: decimal(price),
    previousClose: decimal(previousClose),
    volume: volume === null ? null : decimal(volume),
  });
}

function venueOf(...quotes: ReturnType<typeof quoteOf>[]): VenueMovers {
  const universe = quotes.map(({ symbol }) => instrumentOf(symbol));
  const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
  return {
    atMs: START_MS,
    assetType: universe[0]?.assetType ?? "stock",
    universeSize: universe.length,
    movers: rankMovers(universe, bySymbol, NOW),
  };
}

const STOCKS = venueOf(
  quoteAt("UP", "11", "10", "5000"),
  quoteAt("TOP", "3", "2", "10"),
  quoteAt("FLAT", "10", "10"),
  quoteAt("DOWN", "9", "10", null),
  quoteAt("DEEP", "0.5", "1", "900"),
  quoteAt("ALSO", "11", "10", "100"),
);
const PAIRS = venueOf(quoteAt("DOGE/USD", "0.12", "0.1"), quoteAt("XRP/USD", "1.9", "2"));

function select(change: Partial<MoverQuery>, venues = [STOCKS, PAIRS]): string[] {
  const query: MoverQuery = {
    side: "gainers",
    assetType: undefined,
    minPrice: undefined,
    maxPrice: undefined,
    minVolume: undefined,
    limit: 50,
    ...change,
  };
  return selectMovers(venues, query).map(({ symbol, fraction }) => `${symbol} ${fraction}`);
}

describe("the movers", () => {
  it("are ranked over all venues, equal ones by symbol; what has not moved is none", () => {
    expect(select({})).toEqual(["TOP 0.5", "DOGE/USD 0.2", "ALSO 0.1", "UP 0.1"]);
    expect(select({ side: "losers" })).toEqual(["DEEP -0.5", "DOWN -0.1", "XRP/USD -0.05"]);
  });

  it("are cut after they were filtered", () => {
    expect(select({ limit: 1, maxPrice: decimal("1") })).toEqual(["DOGE/USD 0.2"]);
    expect(select({ limit: 2, minPrice: decimal("3"), maxPrice: decimal("11") })).toEqual([
      "TOP 0.5",
      "ALSO 0.1",
    ]);
    expect(select({ minVolume: decimal("5000") })).toEqual(["UP 0.1"]);
    expect(select({ side: "losers", minVolume: decimal("0"), limit: 2 })).toEqual([
      "DEEP -0.5",
      "XRP/USD -0.05",
    ]);
  });

  it("are of those that are quoted in this session", () => {
    const yesterday = { ...quoteAt("OLD", "30", "10"), atMs: START_MS - 24 * 3_600_000 };
    const unpriced = quoteOf("NONE", { price: null });
    const unopened = quoteOf("IPO", { previousClose: null });
    const { movers, universeSize } = venueOf(
      yesterday,
      unpriced,
      unopened,
      quoteAt("UP", "11", "10"),
    );
    expect(movers.map(({ symbol }) => symbol)).toEqual(["UP"]);
    expect(universeSize).toBe(4);
  });
});
