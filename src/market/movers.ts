/** Whose price has moved most since the previous close. Pure. */

import {
  compare,
  type Decimal,
  greaterThan,
  isNegative,
  isPositive,
  lessThan,
} from "../domain/decimal.ts";
import type { AssetType, Instrument, VenueName } from "../domain/instrument.ts";
import { dayStart, latestTradingDay } from "../domain/market-day.ts";
import { changeOf, type Quote } from "../domain/quote.ts";

export interface Mover {
  readonly symbol: string;
  readonly price: Decimal;
  readonly change: Decimal;
  /** Of the previous close. */
  readonly fraction: Decimal;
  /** Null: the venue has not told. */
  readonly volume: Decimal | null;
}

/** The whole universe of a venue, as of `atMs`. */
export interface VenueMovers {
  readonly atMs: number;
  readonly assetType: AssetType;
  /** How many instruments it was computed from, whether they have moved or not. */
  readonly universeSize: number;
  /** By fraction, the greatest first. */
  readonly movers: readonly Mover[];
}

export type MoversByVenue = Readonly<Partial<Record<VenueName, VenueMovers>>>;

export type MoverSide = "gainers" | "losers";

export interface MoverQuery {
  readonly side: MoverSide;
  readonly assetType: AssetType | undefined;
  readonly minPrice: Decimal | undefined;
  readonly maxPrice: Decimal | undefined;
  /** Leaves out what has no known volume, too. */
  readonly minVolume: Decimal | undefined;
  readonly limit: number;
}

/** Every instrument of a universe that has a change, but for what has not been quoted since trading began last. */
export function rankMovers(
  universe: readonly Instrument[],
  quotes: ReadonlyMap<string, Quote>,
  now: Date,
): Mover[] {
  const startMs = new Map<AssetType, number>();
  const sessionStartMs = (assetType: AssetType): number => {
    const known = startMs.get(assetType);
    if (known !== undefined) return known;
    const start = dayStart(assetType, latestTradingDay(assetType, now)).getTime();
    startMs.set(assetType, start);
    return start;
  };
  const movers = universe.flatMap(({ symbol, assetType }): Mover[] => {
    const quote = quotes.get(symbol);
    const change = quote === undefined ? null : changeOf(quote);
    if (quote === undefined || quote.price === null || change === null) return [];
    if (quote.atMs < sessionStartMs(assetType)) return [];
    return [{ symbol, price: quote.price, ...change, volume: quote.volume }];
  });
  return movers.sort(byFraction);
}

/** The best that suit the query, of all these venues. */
export function selectMovers(venues: readonly VenueMovers[], query: MoverQuery): Mover[] {
  const { side, minPrice, maxPrice, minVolume, limit } = query;
  const moves = side === "gainers" ? isPositive : isNegative;
  const suits = ({ price, fraction, volume }: Mover): boolean =>
    moves(fraction) &&
    (minPrice === undefined || !lessThan(price, minPrice)) &&
    (maxPrice === undefined || !greaterThan(price, maxPrice)) &&
    (minVolume === undefined || (volume !== null && !lessThan(volume, minVolume)));
  // Each venue's are in order already, so its first `limit` are all that can be among the first of all.
  const best = venues.flatMap(({ movers }) =>
    take(side === "gainers" ? movers : movers.toReversed(), suits, limit),
  );
  best.sort((a, b) => (side === "gainers" ? byFraction(a, b) : byFraction(b, a)));
  return best.slice(0, limit);
}

const byFraction = (a: Mover, b: Mover): number =>
  compare(b.fraction, a.fraction) || (a.symbol < b.symbol ? -1 : 1);

function take<T>(list: readonly T[], suits: (one: T) => boolean, max: number): T[] {
  const taken: T[] = [];
  for (const one of list) {
    if (taken.length >= max) break;
    if (suits(one)) taken.push(one);
  }
  return taken;
}
