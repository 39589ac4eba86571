import { type Bar, type BarInterval, INTERVAL_MS } from "../../domain/bar.ts";
import { decimal } from "../../domain/decimal.ts";
import type { AssetType } from "../../domain/instrument.ts";
import { dayStart, daysAfter } from "../../domain/market-day.ts";

export function barAt(startMs: number, close = "10", volume = "100"): Bar {
  const price = decimal(close);
  return { startMs, open: price, high: price, low: price, close: price, volume: decimal(volume) };
}

/** A bar of each step from one moment to another. */
export function barsBetween(interval: BarInterval, startMs: number, endMs: number): Bar[] {
  const stepMs = INTERVAL_MS[interval];
  const bars: Bar[] = [];
  for (let ms = Math.ceil(startMs / stepMs) * stepMs; ms < endMs; ms += stepMs)
    bars.push(barAt(ms, String(10 + bars.length)));
  return bars;
}

/** A bar of each day, both ends included. */
export function daysBetween(
  assetType: AssetType,
  fromDay: string,
  throughDay: string,
  close = "10",
): Bar[] {
  const bars: Bar[] = [];
  for (let day = fromDay; day <= throughDay; day = daysAfter(day, 1))
    bars.push(barAt(dayStart(assetType, day).getTime(), close));
  return bars;
}
