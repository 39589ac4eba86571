/** When a market trades. Days are counted from 1970-01-01 in the market's own date; times are epoch milliseconds. */

export interface Session {
  readonly day: number;
  readonly openMs: number;
  /** Exclusive: the first moment that is closed again. */
  readonly closeMs: number;
}

export interface Calendar {
  /** The market's date at that moment. */
  dayAt(ms: number): number;
  session(day: number): Session | undefined;
}

const HOUR = 3_600_000;
export const DAY_MS = 24 * HOUR;

export const dateText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Round the clock, dates in UTC: crypto. */
export const utcCalendar: Calendar = {
  dayAt: (ms) => Math.floor(ms / DAY_MS),
  session: (day) => ({ day, openMs: day * DAY_MS, closeMs: (day + 1) * DAY_MS }),
};

/** Every day from midnight to midnight in New York: stocks for a venue that never closes. */
export const newYorkAllDay: Calendar = {
  dayAt: newYorkDay,
  session: (day) => ({ day, openMs: newYorkMs(day, 0), closeMs: newYorkMs(day + 1, 0) }),
};

/** The New York Stock Exchange: 9:30 to 16:00 with its holidays, to 13:00 on its early closes. */
export const nyseCalendar: Calendar = {
  dayAt: newYorkDay,
  session(day) {
    const weekday = weekdayOf(day);
    if (weekday === 0 || weekday === 6 || holidaysOf(yearOf(day)).has(day)) return undefined;
    const closeHour = closesEarly(day) ? 13 : 16;
    return { day, openMs: newYorkMs(day, 9.5), closeMs: newYorkMs(day, closeHour) };
  },
};

/** The session that is running at `ms`. */
export function sessionAt(calendar: Calendar, ms: number): Session | undefined {
  const session = calendar.session(calendar.dayAt(ms));
  return session !== undefined && ms >= session.openMs && ms < session.closeMs
    ? session
    : undefined;
}

/** The first session that opens after `ms`. */
export function nextSession(calendar: Calendar, ms: number): Session {
  for (let day = calendar.dayAt(ms); ; day++) {
    const session = calendar.session(day);
    if (session !== undefined && session.openMs > ms) return session;
  }
}

/** The last session that had opened by `ms`; it may still run. */
export function latestSession(calendar: Calendar, ms: number): Session {
  for (let day = calendar.dayAt(ms); ; day--) {
    const session = calendar.session(day);
    if (session !== undefined && session.openMs <= ms) return session;
  }
}

/** Epoch milliseconds of `hour` o'clock in New York on that date. */
function newYorkMs(day: number, hour: number): number {
  const local = day * DAY_MS + hour * HOUR;
  return local - newYorkOffset(local + 5 * HOUR);
}

/** RFC 3339 with New York's own offset. */
export function newYorkText(ms: number): string {
  const offset = newYorkOffset(ms);
  return `${new Date(ms + offset).toISOString().slice(0, -1)}-0${-offset / HOUR}:00`;
}

function newYorkDay(ms: number): number {
  return Math.floor((ms + newYorkOffset(ms)) / DAY_MS);
}

/** Milliseconds to add to UTC: summer time runs from the second Sunday of March to the first of November, at 2:00. */
function newYorkOffset(ms: number): number {
  const year = new Date(ms).getUTCFullYear();
  const start = nthWeekday(year, 2, 0, 2) * DAY_MS + 7 * HOUR;
  const end = nthWeekday(year, 10, 0, 1) * DAY_MS + 6 * HOUR;
  return ms >= start && ms < end ? -4 * HOUR : -5 * HOUR;
}

const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
const yearOf = (day: number): number => new Date(day * DAY_MS).getUTCFullYear();
const dayOf = (year: number, month: number, date: number): number =>
  Date.UTC(year, month, date) / DAY_MS;

function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dayOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (nth - 1) * 7;
}

const holidays = new Map<number, ReadonlySet<number>>();

function holidaysOf(year: number): ReadonlySet<number> {
  let known = holidays.get(year);
  if (known === undefined) {
    known = new Set([
      // New Year's Day on a Saturday is not moved into the old year.
      ...(weekdayOf(dayOf(year, 0, 1)) === 6 ? [] : [observed(dayOf(year, 0, 1))]),
      nthWeekday(year, 0, 1, 3),
      nthWeekday(year, 1, 1, 3),
      easterSunday(year) - 2,
      nthWeekday(year, 5, 1, 1) - 7,
      ...(year >= 2022 ? [observed(dayOf(year, 5, 19))] : []),
      observed(dayOf(year, 6, 4)),
      nthWeekday(year, 8, 1, 1),
      nthWeekday(year, 10, 4, 4),
      observed(dayOf(year, 11, 25)),
    ]);
    holidays.set(year, known);
  }
  return known;
}

function closesEarly(day: number): boolean {
  const year = yearOf(day);
  return (
    day === nthWeekday(year, 10, 4, 4) + 1 ||
    day === dayOf(year, 6, 3) ||
    day === dayOf(year, 11, 24)
  );
}

function observed(day: number): number {
  const weekday = weekdayOf(day);
  if (weekday === 6) return day - 1;
  return weekday === 0 ? day + 1 : day;
}

function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d =
    (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return dayOf(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}
