/** Over which times a history goes, and at which prices: bounded, however much an account holds. */

import {
  type Bar,
  type BarInterval,
  type BarRange,
  INTERVAL_MS,
  PERIODS,
  type Period,
} from "../domain/bar.ts";
import { type MarketState, resolveRange, supportedWithin } from "../domain/bar-range.ts";
import { type Decimal, isZero } from "../domain/decimal.ts";
import type { PriceAt } from "../domain/equity.ts";
import { AppError } from "../domain/errors.ts";
import { assetTypeOf, type Instrument } from "../domain/instrument.ts";
import { barEnd, type Hours, momentsOf } from "../domain/time-grid.ts";
import type { LedgerOver, Marks, PriceHistory } from "./ports.ts";

export interface HistoryPricesDeps {
  readonly marks: Pick<Marks, "instruments">;
  readonly prices: PriceHistory;
  readonly now: () => Date;
}

export interface HistoryQuery {
  readonly period: Period;
  /** Left out: as of a chart, or a coarser one where that is too much. */
  readonly interval?: BarInterval | undefined;
}

/** Look-ups of bars: a Worker may make a thousand requests of any kind. */
const LOOK_UPS_MAX = 300;
/** Prices of a moment: together with the above, what some hundred milliseconds are enough for. */
const PRICES_MAX = 1_000_000;
/** Longer than any market is closed. */
const LOOK_BACK_MS = 10 * INTERVAL_MS["1D"];

type StockHours = Awaited<ReturnType<Marks["stockHours"]>>;

/** What a history is made over. */
export interface Grid {
  readonly symbols: readonly string[];
  readonly hours: Hours;
  readonly stocks: StockHours;
  readonly query: HistoryQuery;
  readonly range: BarRange;
  /** No later than the range: the ledger is told from here on. */
  readonly barsFromMs: number;
}

/** By symbol, ascending. Throws where they are too many, or can't be had. */
export async function readPrices(
  deps: HistoryPricesDeps,
  { changes, openingCloses }: LedgerOver,
  grid: Grid,
  moments: number,
): Promise<ReadonlyMap<string, readonly PriceAt[]>> {
  const { symbols, stocks, range } = grid;
  const listed = await deps.marks.instruments(symbols);
  const instruments = symbols.flatMap((symbol) => listed.get(symbol) ?? []);
  const lookBackMs = range.interval === "1D" ? LOOK_BACK_MS : 0;
  const barRange = { ...range, startMs: grid.barsFromMs - lookBackMs };
  if (changes === null || !fits(deps, instruments, barRange, moments)) {
    throw tooMuch(deps, instruments, grid, changes === null);
  }
  const bars = instruments.length === 0 ? new Map() : await deps.prices.bars(instruments, barRange);
  return new Map(
    symbols.map((symbol) => {
      const opening = openingCloses.get(symbol);
      const hours = hoursOf([symbol], stocks);
      return [symbol, pricesOf(hours, range.interval, opening, bars.get(symbol) ?? [])];
    }),
  );
}

function pricesOf(
  hours: Hours,
  interval: BarInterval,
  opening: Decimal | undefined,
  bars: readonly Bar[],
): PriceAt[] {
  const closes = bars.map(({ startMs, close }) => ({
    atMs: barEnd(hours, interval, startMs),
    price: close,
  }));
  // What was held before the first bar ended: the close of the day before, else where that bar began.
  const before = opening ?? bars[0]?.open;
  return before === undefined ? closes : [{ atMs: 0, price: before }, ...closes];
}

function fits(
  { prices }: HistoryPricesDeps,
  instruments: readonly Instrument[],
  barRange: BarRange,
  moments: number,
): boolean {
  const [any] = instruments;
  if (any === undefined) return true;
  const lookUps = instruments.length * prices.stretchesPerSymbol(any, barRange);
  return lookUps <= LOOK_UPS_MAX && instruments.length * moments <= PRICES_MAX;
}

function tooMuch(
  deps: HistoryPricesDeps,
  instruments: readonly Instrument[],
  { hours, stocks, query, range: { interval } }: Grid,
  hasTooManyChanges: boolean,
): AppError {
  const { assetType } = hours;
  const { period } = query;
  const market = { assetType, isOpen: assetType === "crypto" || stocks.isOpen };
  const supported = supportedWithin((of, over) => {
    if (of === interval && over === period) return false;
    // In steps that are no longer, and over no less time, the ledger tells no fewer.
    const isNoShorter = PERIODS.indexOf(over) >= PERIODS.indexOf(period);
    if (hasTooManyChanges && stepOf(of) <= stepOf(interval) && isNoShorter) return false;
    const range = rangeOf({ interval: of, period: over }, market, deps.now());
    return fits(deps, instruments, range, momentsOf(hours, range).length);
  });
  return new AppError({ code: "interval_period_unsupported", interval, period, supported });
}

/** It begins where a step does, so that what the ledger tells by steps is all of before it or all of after it. */
export function rangeOf(query: HistoryQuery, market: MarketState, now: Date): BarRange {
  const { interval, startMs, endMs } = resolveRange(query, market, now);
  return { interval, startMs: startMs - (startMs % stepOf(interval)), endMs };
}

/** Days end on the hour, wherever. */
export const stepOf = (interval: BarInterval): number =>
  Math.min(INTERVAL_MS[interval], INTERVAL_MS["1h"]);

/** Coins never stop; an account of stocks alone keeps their hours. */
export function hoursOf(symbols: readonly string[], { kept }: StockHours): Hours {
  const isOfStocks =
    symbols.length > 0 && symbols.every((symbol) => assetTypeOf(symbol) === "stock");
  return isOfStocks ? { assetType: "stock", kept } : { assetType: "crypto", kept: false };
}

/** What is held, or was traded in the period. */
export function symbolsOf({ balances, changes }: LedgerOver): string[] {
  const held = [...balances].flatMap(([asset, amount]) => (isZero(amount) ? [] : asset));
  const traded = (changes ?? []).map(({ asset }) => asset);
  return [...new Set([...held, ...traded])].filter((asset) => asset !== "USD");
}
