import { newYorkDate, sessionsBetween, type TradingSession } from "../domain/calendar.ts";
import { AppError } from "../domain/errors.ts";
import { daysAfter } from "../domain/market-day.ts";

export const CALENDAR_DAYS_MAX = 366;
const DAYS_DEFAULT = 31;

export interface CalendarQuery {
  /** Dates in New York. */
  readonly start: string | undefined;
  readonly end: string | undefined;
}

/** The trading days of the stock market, by its rules. Throws `validation_error` for what is no range, or too long a one. */
export function readCalendar({ start, end }: CalendarQuery, now: Date): TradingSession[] {
  const first = start ?? newYorkDate(now);
  const last = end ?? daysAfter(first, DAYS_DEFAULT - 1);
  if (last < first) throw invalid("must not be before start");
  if (last >= daysAfter(first, CALENDAR_DAYS_MAX))
    throw invalid(`must be within ${CALENDAR_DAYS_MAX} days of start`);
  return sessionsBetween(first, last);
}

const invalid = (message: string) =>
  new AppError({
    code: "validation_error",
    errors: [{ path: "end", code: "out_of_range", message }],
  });
