/** Price bars in whole ticks and lots. */

import type { Print } from "./walk.ts";

export interface Bar {
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Lots traded. */
  readonly volume: number;
  /** Sum of price × size over the trades, in ticks × lots. */
  readonly value: number;
  readonly count: number;
}

export const barOf = (startMs: number, print: Print): Bar => ({
  startMs,
  open: print.price,
  high: print.price,
  low: print.price,
  close: print.price,
  volume: print.size,
  value: print.price * print.size,
  count: 1,
});

/** The bar after one more trade. */
export const withPrint = (bar: Bar, print: Print): Bar => ({
  startMs: bar.startMs,
  open: bar.open,
  high: Math.max(bar.high, print.price),
  low: Math.min(bar.low, print.price),
  close: print.price,
  volume: bar.volume + print.size,
  value: bar.value + print.price * print.size,
  count: bar.count + 1,
});

/** One bar over both; `later` follows `earlier`. */
export const joinBars = (earlier: Bar, later: Bar): Bar => ({
  startMs: earlier.startMs,
  open: earlier.open,
  high: Math.max(earlier.high, later.high),
  low: Math.min(earlier.low, later.low),
  close: later.close,
  volume: earlier.volume + later.volume,
  value: earlier.value + later.value,
  count: earlier.count + later.count,
});

/** Joins bars, oldest first, that `startOf` puts into the same period. */
export function aggregate(bars: Iterable<Bar>, startOf: (startMs: number) => number): Bar[] {
  const periods: Bar[] = [];
  for (const bar of bars) {
    const startMs = startOf(bar.startMs);
    const last = periods.at(-1);
    if (last !== undefined && last.startMs === startMs)
      periods[periods.length - 1] = joinBars(last, bar);
    else periods.push({ ...bar, startMs });
  }
  return periods;
}
