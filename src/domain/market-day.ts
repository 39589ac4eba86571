/** Days as markets count them: New York's for stocks, UTC's for pairs, which never close. Pure. */

import { newYorkDate, newYorkMidnight, nextClose, sessionOn } from "./calendar.ts";
import type { AssetType } from "./instrument.ts";

const DAY_MS = 24 * 60 * 60_000;

/** The date of that moment, `2026-11-23`. */
export function dayAt(assetType: AssetType, at: Date): string {
  return assetType === "stock" ? newYorkDate(at) : at.toISOString().slice(0, 10);
}

/** The moment at which a date begins. */
export function dayStart(assetType: AssetType, day: string): Date {
  return assetType === "stock" ? newYorkMidnight(day) : new Date(Date.parse(day));
}

/** The date so many days later, or earlier if negative. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The same day so many months earlier, or the last one of that month if it has no such day. */
export function monthsBefore(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 - months, Math.min(date, lastOfMonth)))
    .toISOString()
    .slice(0, 10);
}

/** When trading of a date begins and ends; undefined where there is none. */
export function tradingHours(
  assetType: AssetType,
  day: string,
): { readonly open: Date; readonly close: Date } | undefined {
  if (assetType === "stock") return sessionOn(day);
  return { open: dayStart("crypto", day), close: dayStart("crypto", daysAfter(day, 1)) };
}

/** The date on which trading began last, the session that runs included. */
export function latestTradingDay(assetType: AssetType, at: Date): string {
  for (let day = dayAt(assetType, at); ; day = daysAfter(day, -1)) {
    const hours = tradingHours(assetType, day);
    if (hours !== undefined && hours.open <= at) return day;
  }
}

/** The date on which trading began last before that of a date. */
export function tradingDayBefore(assetType: AssetType, day: string): string {
  const noonBefore = dayStart(assetType, daysAfter(day, -1)).getTime() + DAY_MS / 2;
  return latestTradingDay(assetType, new Date(noonBefore));
}

export interface Close {
  readonly at: Date;
  /** Of the bar that ends with it. */
  readonly day: string;
}

/**
 * Whether a venue keeps the market's own hours, by the end of trading that its clock names (null: it has not told). One
 * that does not trades round the clock.
 */
export function keepsHours(assetType: AssetType, now: Date, closesNext: Date | null): boolean {
  if (assetType === "crypto") return false;
  return closesNext === null || closesNext.getTime() === nextClose(now).getTime();
}

/** The close before the session that runs, or ran last: what the gain of a day is measured from. */
export function lastClose(assetType: AssetType, now: Date, closesNext: Date | null): Close {
  if (!keepsHours(assetType, now, closesNext)) {
    const today = dayAt(assetType, now);
    return { at: dayStart(assetType, today), day: daysAfter(today, -1) };
  }
  const day = tradingDayBefore(assetType, latestTradingDay(assetType, now));
  const hours = tradingHours(assetType, day);
  if (hours === undefined) throw new Error(`${day} is no trading day`);
  return { at: hours.close, day };
}
