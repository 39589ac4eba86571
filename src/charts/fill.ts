/** Keeps the table of daily bars complete. */

import type { MarketData } from "../brokers/broker.ts";
import type { Bar } from "../domain/bar.ts";
import { equals } from "../domain/decimal.ts";
import type { AssetType } from "../domain/instrument.ts";
import { dayAt, dayStart, daysAfter } from "../domain/market-day.ts";
import type { DailyBar, DailyBarRepository, DaySpan, SymbolSpan } from "./repository.ts";

/** A year for charts and what a portfolio's history looks back to, with some days to spare. */
export const KEPT_DAYS = 400;
/** Asked for again each time: where they differ, a split has restated all that is stored. */
const OVERLAP_DAYS = 7;

export interface FillDeps {
  readonly repository: Pick<DailyBarRepository, "closes" | "extend" | "replace">;
  /** Of all `symbols` at once. */
  bars: MarketData["bars"];
  now(): Date;
}

/** The first day that is kept, and the last one that is over. */
export function keptDays(assetType: AssetType, now: Date): DaySpan {
  const today = dayAt(assetType, now);
  return { fromDay: daysAfter(today, -KEPT_DAYS), throughDay: daysAfter(today, -1) };
}

/**
 * Asks the venue for the daily bars that are missing of symbols of one asset type, and stores those of days that are
 * over. Answers what it was told, the running day's included.
 */
export async function fillDailyBars(
  deps: FillDeps,
  assetType: AssetType,
  targets: readonly SymbolSpan[],
): Promise<Map<string, readonly Bar[]>> {
  const { repository, now } = deps;
  const kept = keptDays(assetType, now());
  const [behind, missing] = divide(targets, kept);
  const told = new Map<string, readonly Bar[]>();

  const since = behind.map(({ span }) => span.throughDay).sort()[0];
  if (since !== undefined) {
    const fromDay = daysAfter(since, -OVERLAP_DAYS);
    const symbols = behind.map(({ symbol }) => symbol);
    const bars = await ask(deps, assetType, symbols, fromDay);
    const restated = await findRestated(deps, assetType, symbols, fromDay, bars);
    const sound = symbols.filter((symbol) => !restated.has(symbol));
    const rows = toDailyBars(assetType, sound, bars, kept.throughDay);
    await repository.extend(sound, kept.throughDay, rows, now());
    for (const symbol of sound) told.set(symbol, bars.get(symbol) ?? []);
    missing.push(...restated);
  }
  if (missing.length > 0) {
    const bars = await ask(deps, assetType, missing, kept.fromDay);
    const rows = toDailyBars(assetType, missing, bars, kept.throughDay);
    await repository.replace(missing, kept, rows, now());
    for (const symbol of missing) told.set(symbol, bars.get(symbol) ?? []);
  }
  return told;
}

/** Those whose last days are missing, and those of which more or all is. */
function divide(targets: readonly SymbolSpan[], kept: DaySpan) {
  const behind: { readonly symbol: string; readonly span: DaySpan }[] = [];
  const missing: string[] = [];
  for (const { symbol, span } of targets) {
    const continues = span !== null && span.fromDay <= kept.fromDay;
    if (continues && span.throughDay >= kept.fromDay) behind.push({ symbol, span });
    else missing.push(symbol);
  }
  return [behind, missing] as const;
}

function ask(
  { bars, now }: FillDeps,
  assetType: AssetType,
  symbols: readonly string[],
  fromDay: string,
) {
  const startMs = dayStart(assetType, fromDay).getTime();
  return bars(symbols, { interval: "1D", startMs, endMs: now().getTime() });
}

/** Symbols whose stored closes are not what the venue says by now. */
async function findRestated(
  { repository }: FillDeps,
  assetType: AssetType,
  symbols: readonly string[],
  fromDay: string,
  bars: ReadonlyMap<string, readonly Bar[]>,
): Promise<Set<string>> {
  const closes = new Map<string, Bar["close"]>();
  for (const [symbol, ofSymbol] of bars)
    for (const bar of ofSymbol)
      closes.set(`${symbol} ${dayAt(assetType, new Date(bar.startMs))}`, bar.close);
  const stored = await repository.closes(symbols, fromDay);
  return new Set(
    stored
      .filter(({ symbol, day, close }) => {
        const now = closes.get(`${symbol} ${day}`);
        return now !== undefined && !equals(now, close);
      })
      .map(({ symbol }) => symbol),
  );
}

/** Of days that are over. */
function toDailyBars(
  assetType: AssetType,
  symbols: readonly string[],
  bars: ReadonlyMap<string, readonly Bar[]>,
  throughDay: string,
): DailyBar[] {
  return symbols
    .flatMap((symbol) =>
      (bars.get(symbol) ?? []).map(({ startMs, ...prices }) => ({
        symbol,
        day: dayAt(assetType, new Date(startMs)),
        ...prices,
      })),
    )
    .filter(({ day }) => day <= throughDay);
}
