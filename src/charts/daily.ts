import type { Bar, BarRange } from "../domain/bar.ts";
import type { AssetType, Instrument } from "../domain/instrument.ts";
import { dayAt, dayStart, daysAfter } from "../domain/market-day.ts";
import { type FillDeps, fillDailyBars, keptDays } from "./fill.ts";
import type { DailyBar, DailyBarRepository, DaySpan } from "./repository.ts";
import { readStretch, readStretches, type StretchDeps } from "./stretches.ts";

export interface DailyDeps extends StretchDeps {
  readonly repository: Pick<DailyBarRepository, "read"> & FillDeps["repository"];
  now(): Date;
}

/**
 * The first `limit` daily bars of a range: days that are over from the table, filled where it lacks them, and the
 * running one from the venue. What is older than the table keeps comes from where intraday bars come from.
 */
export async function readDaily(
  deps: DailyDeps,
  instrument: Instrument,
  range: BarRange,
  limit: number,
): Promise<Bar[]> {
  const { symbol, assetType } = instrument;
  const { startMs, endMs } = range;
  const now = deps.now();
  const kept = keptDays(assetType, now);
  const fromDay = firstDayFrom(instrument, startMs);
  if (fromDay < kept.fromDay) return readStretches(deps, instrument, range, limit);

  const lastDay = dayAt(assetType, new Date(endMs - 1));
  const throughDay = lastDay < kept.throughDay ? lastDay : kept.throughDay;
  const stored = await deps.repository.read(symbol, fromDay, throughDay);
  const inRange = (bar: Bar) => bar.startMs >= startMs && bar.startMs < endMs;
  const settled = stored.bars.map((bar) => toBar(instrument, bar));

  if (fromDay <= throughDay && !covers(stored.span, { fromDay, throughDay })) {
    const told = await fillDailyBars(
      { ...deps, bars: async (_, wanted) => new Map([[symbol, await bars(wanted)]]) },
      assetType,
      [{ symbol, span: stored.span }],
    );
    return joinBars(settled, told.get(symbol) ?? [])
      .filter(inRange)
      .slice(0, limit);
  }
  if (lastDay <= kept.throughDay || settled.length >= limit) return settled.slice(0, limit);
  const runningDay = { instrument, ...runningRange(assetType, kept.throughDay) };
  const running = await readStretch(deps, runningDay);
  return [...settled, ...running.filter(inRange)].slice(0, limit);

  async function bars(wanted: BarRange): Promise<Bar[]> {
    return [...(await deps.source.bars(instrument, wanted))];
  }
}

/** Of the bar of the day after that one. */
export function runningRange(assetType: AssetType, yesterday: string): BarRange {
  const startOf = (days: number) => dayStart(assetType, daysAfter(yesterday, days)).getTime();
  return { interval: "1D", startMs: startOf(1), endMs: startOf(2) };
}

/** The first day that begins at that moment or later. */
function firstDayFrom({ assetType }: Instrument, startMs: number): string {
  const day = dayAt(assetType, new Date(startMs));
  return dayStart(assetType, day).getTime() < startMs ? daysAfter(day, 1) : day;
}

export const covers = (span: DaySpan | null, { fromDay, throughDay }: DaySpan): boolean =>
  span !== null && span.fromDay <= fromDay && span.throughDay >= throughDay;

/** Both, the later told ones in the place of what they repeat. */
export function joinBars(settled: readonly Bar[], told: readonly Bar[]): Bar[] {
  const byStart = new Map([...settled, ...told].map((bar) => [bar.startMs, bar]));
  return [...byStart.values()].sort((a, b) => a.startMs - b.startMs);
}

export function toBar({ assetType }: Instrument, { symbol, day, ...prices }: DailyBar): Bar {
  return { startMs: dayStart(assetType, day).getTime(), ...prices };
}
