/** Prices over a stretch of time. */

import type { Decimal } from "./decimal.ts";

export const BAR_INTERVALS = ["1m", "5m", "15m", "1h", "1D"] as const;
export type BarInterval = (typeof BAR_INTERVALS)[number];

/** From one bar to the next. A day is as long as its market's clocks make it: this is what most have. */
export const INTERVAL_MS: Readonly<Record<BarInterval, number>> = {
  "1m": 60_000,
  "5m": 5 * 60_000,
  "15m": 15 * 60_000,
  "1h": 60 * 60_000,
  "1D": 24 * 60 * 60_000,
};

/** How far back to look. Days of a market that closes are its trading days. */
export const PERIODS = ["1D", "5D", "1M", "3M", "6M", "1Y"] as const;
export type Period = (typeof PERIODS)[number];

export interface Bar {
  /** Epoch ms. Of a day: its midnight, in New York for stocks and in UTC for pairs. */
  readonly startMs: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
}

/** The bars that begin in [startMs, endMs). */
export interface BarRange {
  readonly interval: BarInterval;
  readonly startMs: number;
  readonly endMs: number;
}
