/** Days as markets count them: New York's for stocks, UTC's for pairs, which never close. Pure. */

import {
  newYorkDate,
  newYorkMidnight,
  nextClose,
  sessionOn,
  type TradingSession,
} from "./calendar.ts";
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
  const from = new Date(day);
  const [year, month] = [from.getUTCFullYear(), from.getUTCMonth() - months];
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(from.getUTCDate(), lastOfMonth)))
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
export const latestTradingDay = (assetType: AssetType, at: Date): string =>
  latestSession(assetType, at).day;

/** The date on which trading began last before that of a date. */
export const tradingDayBefore = (assetType: AssetType, day: string): string =>
  sessionBefore(assetType, day).day;

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
  const { day, close } = sessionBefore(assetType, latestTradingDay(assetType, now));
  return { at: close, day };
}

function latestSession(assetType: AssetType, at: Date): TradingSession {
  for (let day = dayAt(assetType, at); ; day = daysAfter(day, -1)) {
    const hours = tradingHours(assetType, day);
    if (hours !== undefined && hours.open <= at) return { day, ...hours };
  }
}

function sessionBefore(assetType: AssetType, day: string): TradingSession {
  const noonBefore = dayStart(assetType, daysAfter(day, -1)).getTime() + DAY_MS / 2;
  return latestSession(assetType, new Date(noonBefore));
}
