/** The bars of many symbols at once: what a portfolio is valued by. */

import type { Bar, BarRange } from "../domain/bar.ts";
import type { AssetType, Instrument } from "../domain/instrument.ts";
import { dayAt } from "../domain/market-day.ts";
import { stretchesOf } from "./bar-cache.ts";
import { covers, type DailyDeps, joinBars, runningRange, toBar } from "./daily.ts";
import { fillDailyBars, keptDays } from "./fill.ts";
import type { DailyBarRepository, SymbolSpan } from "./repository.ts";
import { readStretchOfMany, type StretchDeps } from "./stretches.ts";

export interface ManyDeps extends DailyDeps {
  readonly repository: DailyDeps["repository"] & Pick<DailyBarRepository, "readMany">;
}

/** How many stretches of each symbol a range touches: what reading it costs. */
export const stretchesPerSymbol = (instrument: Instrument, range: BarRange): number =>
  range.interval === "1D"
    ? 1
    : [...stretchesOf(instrument, range.interval, range.startMs, range.endMs)].length;

/** By symbol, ascending. The running day of a pair, which never closes, is left out. */
export function readMany(
  deps: ManyDeps,
  instruments: readonly Instrument[],
  range: BarRange,
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  return range.interval === "1D"
    ? readManyDays(deps, instruments, range)
    : readManyStretches(deps, instruments, range);
}

/** Days that are over from the table, and of stocks the running one, whose session may be over before it is. */
async function readManyDays(
  deps: ManyDeps,
  instruments: readonly Instrument[],
  { startMs }: BarRange,
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  const dayOf = (assetType: AssetType) => dayAt(assetType, new Date(startMs));
  const symbols = instruments.map(({ symbol }) => symbol);
  const stored = await deps.repository.readMany(symbols, dayOf("stock"));
  const found = new Map<string, readonly Bar[]>();
  for (const [assetType, ofType] of Map.groupBy(instruments, (one) => one.assetType)) {
    const { throughDay } = keptDays(assetType, deps.now());
    const wanted = { fromDay: dayOf(assetType), throughDay };
    const lacking = ofType
      .map((instrument) => ({ instrument, span: stored.get(instrument.symbol)?.span ?? null }))
      .filter(({ span }) => !covers(span, wanted));
    const told = await fillMany(deps, assetType, lacking);
    const running =
      assetType === "stock"
        ? await readStretchOfMany(deps, ofType, runningRange(assetType, throughDay))
        : undefined;
    for (const instrument of ofType) {
      const { symbol } = instrument;
      const settled = (stored.get(symbol)?.bars ?? []).map((bar) => toBar(instrument, bar));
      const later = [...(told.get(symbol) ?? []), ...(running?.get(symbol) ?? [])];
      found.set(symbol, joinBars(settled, later));
    }
  }
  return found;
}

/** Stores what it is told batch by batch, so that a venue which bears no more is asked for the rest only. */
async function fillMany(
  { repository, source, now }: ManyDeps,
  assetType: AssetType,
  lacking: readonly { readonly instrument: Instrument; readonly span: SymbolSpan["span"] }[],
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  const spans = new Map(lacking.map(({ instrument, span }) => [instrument.symbol, span]));
  const told = new Map<string, readonly Bar[]>();
  for (const batch of source.batchesOf(lacking.map(({ instrument }) => instrument))) {
    const bars = (symbols: readonly string[], range: BarRange) =>
      source.barsOfBatch(
        batch.filter(({ symbol }) => symbols.includes(symbol)),
        range,
      );
    const targets = batch.map(({ symbol }) => ({ symbol, span: spans.get(symbol) ?? null }));
    const filled = await fillDailyBars({ repository, bars, now }, assetType, targets);
    for (const [symbol, ofSymbol] of filled) told.set(symbol, ofSymbol);
  }
  return told;
}

async function readManyStretches(
  deps: StretchDeps,
  instruments: readonly Instrument[],
  { interval, startMs, endMs }: BarRange,
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  const found = new Map<string, Bar[]>();
  const [first] = instruments;
  if (first === undefined) return found;
  // Stretches are cut at the same times for all.
  for (const stretch of stretchesOf(first, interval, startMs, endMs)) {
    for (const [symbol, bars] of await readStretchOfMany(deps, instruments, stretch)) {
      const own = found.get(symbol);
      if (own === undefined) found.set(symbol, [...bars]);
      else own.push(...bars);
    }
  }
  return found;
}
