/** Bars of any period, read from a tape. */

import { aggregate, type Bar } from "./bars.ts";
import { type Calendar, DAY_MS } from "./calendar.ts";
import type { Tape } from "./tape.ts";

export type BarPeriod =
  | { readonly unit: "minute"; readonly count: number }
  | { readonly unit: "day"; readonly count: number }
  | { readonly unit: "week" | "month" };

export interface BarRange {
  /** Bars that start in [startMs, endMs]. */
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
  readonly newestFirst: boolean;
}

/** At most `limit` bars of the range, from its beginning, or from its end if `newestFirst`. */
export function readBars(
  tape: Tape,
  calendar: Calendar,
  period: BarPeriod,
  range: BarRange,
): readonly Bar[] {
  const bars =
    period.unit === "minute"
      ? minuteBars(tape, period.count * 60_000, range)
      : dayBars(tape, calendar, period).filter((bar) => inRange(bar, range));
  if (period.unit !== "minute" && range.newestFirst) bars.reverse();
  return bars.slice(0, range.limit);
}

function minuteBars(tape: Tape, stepMs: number, range: BarRange): Bar[] {
  const days = tape.days().filter((day) => {
    const { startMs } = day;
    return startMs <= range.endMs && startMs + DAY_MS > range.startMs - stepMs;
  });
  if (range.newestFirst) days.reverse();
  const found: Bar[] = [];
  for (const day of days) {
    // Steps are counted from the hour, so the first bar of a session may be shorter.
    const bars = aggregate(tape.minutesOf(day), (ms) => Math.floor(ms / stepMs) * stepMs);
    if (range.newestFirst) bars.reverse();
    for (const bar of bars) if (inRange(bar, range)) found.push(bar);
    if (found.length >= range.limit) break;
  }
  return found;
}

function dayBars(
  tape: Tape,
  calendar: Calendar,
  period: Exclude<BarPeriod, { unit: "minute" }>,
): Bar[] {
  return aggregate(tape.days(), (startMs) => {
    const day = calendar.dayAt(startMs);
    // Daily bars carry midnight of their date in the market's own zone.
    const midnight = (date: number) => date * DAY_MS + (midnightOffset(calendar, date) ?? 0);
    if (period.unit === "week") return midnight(day - ((day + 3) % 7));
    if (period.unit === "month") return midnight(day - new Date(day * DAY_MS).getUTCDate() + 1);
    return midnight(period.unit === "day" ? day - (day % period.count) : day);
  });
}

/** Milliseconds between midnight in UTC and midnight in the market's zone, on that date. */
function midnightOffset(calendar: Calendar, day: number): number | undefined {
  for (let hours = 0; hours <= 12; hours++) {
    const ms = hours * 3_600_000;
    if (calendar.dayAt(day * DAY_MS + ms) === day) return ms;
  }
  return undefined;
}

const inRange = (bar: Bar, range: BarRange): boolean =>
  bar.startMs >= range.startMs && bar.startMs <= range.endMs;
