/** Over which times charts and histories go, and in what steps. Pure. */

import { type BarInterval, type BarRange, PERIODS, type Period } from "./bar.ts";
import { AppError } from "./errors.ts";
import type { AssetType } from "./instrument.ts";
import { dayAt, dayStart, latestTradingDay, monthsBefore, tradingDayBefore } from "./market-day.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Over which periods bars of an interval can be had, the shortest first. */
const PERIODS_OF: Readonly<Record<BarInterval, readonly [Period, ...Period[]]>> = {
  "1m": ["1D", "5D"],
  "5m": ["1D", "5D", "1M"],
  "15m": ["1D", "5D", "1M", "3M"],
  "1h": ["5D", "1M", "3M", "6M", "1Y"],
  "1D": ["1M", "3M", "6M", "1Y"],
};

const INTERVAL_OF: Readonly<Record<Period, BarInterval>> = {
  "1D": "5m",
  "5D": "15m",
  "1M": "1h",
  "3M": "1D",
  "6M": "1D",
  "1Y": "1D",
};

/** How long a range of one's own may be where a period is allowed; five trading days are a week. */
const DAYS_MAX: Readonly<Record<Period, number>> = {
  "1D": 1,
  "5D": 7,
  "1M": 31,
  "3M": 92,
  "6M": 184,
  "1Y": 366,
};

const MONTHS: Readonly<Partial<Record<Period, number>>> = { "1M": 1, "3M": 3, "6M": 6, "1Y": 12 };
const DAYS = { "1D": 1, "5D": 5 } as const;

export interface ChartQuery {
  readonly interval?: BarInterval | undefined;
  readonly period?: Period | undefined;
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
}

export interface ChartRange extends BarRange {
  /** Null: a range of the caller's own. */
  readonly period: Period | null;
}

export interface MarketState {
  readonly assetType: AssetType;
  /** By the venue's own clock, which knows better than the calendar. */
  readonly isOpen: boolean;
}

/** Throws `interval_period_unsupported`, and `validation_error` for times that make no range. */
export function resolveRange(query: ChartQuery, market: MarketState, now: Date): ChartRange {
  const { start, end } = query;
  if (start === undefined) {
    if (end !== undefined) throw invalid("start", "is required beside end");
    return ofPeriod(query, market, now);
  }
  if (query.period !== undefined) throw invalid("period", "must not stand beside start");
  if (end !== undefined && end <= start) throw invalid("end", "must be after start");
  const endMs = Math.min(end?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime());
  const days = (endMs - start.getTime()) / DAY_MS;
  const interval = query.interval ?? intervalFor(days);
  const daysMax = Math.max(...PERIODS_OF[interval].map((period) => DAYS_MAX[period]));
  if (days > daysMax) throw unsupported(interval, null);
  return { interval, period: null, startMs: start.getTime(), endMs };
}

function ofPeriod(query: ChartQuery, market: MarketState, now: Date): ChartRange {
  const period = query.period ?? (query.interval ? PERIODS_OF[query.interval][0] : "1D");
  const interval = query.interval ?? INTERVAL_OF[period];
  if (!PERIODS_OF[interval].includes(period)) throw unsupported(interval, period);
  const startMs = periodStart(period, market, now).getTime();
  return { interval, period, startMs, endMs: now.getTime() };
}

function periodStart(period: Period, { assetType, isOpen }: MarketState, now: Date): Date {
  const months = MONTHS[period];
  if (months !== undefined) return dayStart(assetType, monthsBefore(dayAt(assetType, now), months));
  const days = DAYS[period as keyof typeof DAYS];
  if (assetType === "crypto") return new Date(now.getTime() - days * DAY_MS);
  let day = isOpen ? dayAt(assetType, now) : latestTradingDay(assetType, now);
  for (let left = days - 1; left > 0; left -= 1) {
    day = tradingDayBefore(assetType, day);
  }
  return dayStart(assetType, day);
}

function intervalFor(days: number): BarInterval {
  const period = PERIODS.find((one) => days <= DAYS_MAX[one]);
  return period === undefined ? "1D" : INTERVAL_OF[period];
}

/** What a chart supports, less what is too much for once. */
export function supportedWithin(
  fits: (interval: BarInterval, period: Period) => boolean,
): Record<BarInterval, readonly Period[]> {
  const supported = Object.entries(PERIODS_OF).map(([interval, periods]) => [
    interval,
    periods.filter((period) => fits(interval as BarInterval, period)),
  ]);
  return Object.fromEntries(supported) as Record<BarInterval, readonly Period[]>;
}

const unsupported = (interval: BarInterval, period: Period | null) =>
  new AppError({ code: "interval_period_unsupported", interval, period, supported: PERIODS_OF });

const invalid = (path: string, message: string) =>
  new AppError({ code: "validation_error", errors: [{ path, code: "invalid", message }] });
