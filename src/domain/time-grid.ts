/** The moments that a history shows. Pure. */

import { type BarInterval, type BarRange, INTERVAL_MS } from "./bar.ts";
import { newYorkDate, sessionOn, sessionsBetween } from "./calendar.ts";
import type { AssetType } from "./instrument.ts";
import { dayAt, dayStart, daysAfter } from "./market-day.ts";

/** When a market trades. */
export interface Hours {
  readonly assetType: AssetType;
  /** It opens and closes by the calendar; else it never closes. */
  readonly kept: boolean;
}

/** The ends of all bars in (startMs, endMs], ascending: of a market that closes, those within its sessions. */
export function momentsOf(hours: Hours, { interval, startMs, endMs }: BarRange): number[] {
  const inRange = (ms: number) => ms > startMs && ms <= endMs;
  if (interval === "1D") return dayEnds(hours, startMs, endMs).filter(inRange);
  const stepMs = INTERVAL_MS[interval];
  if (!hours.kept) return steps(startMs, endMs, stepMs);
  return sessionsBetween(newYorkDate(new Date(startMs)), newYorkDate(new Date(endMs)))
    .flatMap(({ open, close }) => steps(open.getTime(), close.getTime(), stepMs))
    .filter(inRange);
}

/** When a bar ends, and its close is the price of the moment. */
export function barEnd(hours: Hours, interval: BarInterval, startMs: number): number {
  if (interval !== "1D") return startMs + INTERVAL_MS[interval];
  return dayEnd(hours, dayAt(hours.assetType, new Date(startMs)));
}

function dayEnd({ assetType, kept }: Hours, day: string): number {
  const session = kept ? sessionOn(day) : undefined;
  return (session?.close ?? dayStart(assetType, daysAfter(day, 1))).getTime();
}

function dayEnds(hours: Hours, startMs: number, endMs: number): number[] {
  const { assetType, kept } = hours;
  const last = dayAt(assetType, new Date(endMs));
  const ends: number[] = [];
  for (
    let day = daysAfter(dayAt(assetType, new Date(startMs)), -1);
    day <= last;
    day = daysAfter(day, 1)
  ) {
    if (!kept || sessionOn(day) !== undefined) ends.push(dayEnd(hours, day));
  }
  return ends;
}

function steps(startMs: number, endMs: number, stepMs: number): number[] {
  const moments: number[] = [];
  for (let ms = startMs - (startMs % stepMs) + stepMs; ms <= endMs; ms += stepMs) moments.push(ms);
  return moments;
}
