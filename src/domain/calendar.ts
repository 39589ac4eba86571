/** When the New York Stock Exchange trades: 9:30 to 16:00 in New York, to 13:00 on its early closes. Pure. */

/** A trading day. */
export interface TradingSession {
  /** The date in New York, `2026-11-23`. */
  readonly day: string;
  readonly open: Date;
  /** Exclusive: the first moment that is closed again. */
  readonly close: Date;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const OPENS_AT = 9 * 60 + 30;
const CLOSES_AT = 16 * 60;
const CLOSES_EARLY_AT = 13 * 60;
const JUNETEENTH_SINCE = 2022;

// Days that no rule knows: of mourning, of storms.
const UNSCHEDULED: ReadonlySet<string> = new Set(["2018-12-05", "2025-01-09"]);

/** The session that runs at that moment. */
export function sessionAt(at: Date): TradingSession | undefined {
  const session = sessionOn(newYorkDate(at));
  return session !== undefined && at >= session.open && at < session.close ? session : undefined;
}

/** The first open after that moment. */
export function nextOpen(at: Date): Date {
  return firstSession(at, ({ open }) => open > at).open;
}

/** The end of the session that runs, or else of the next one. */
export function nextClose(at: Date): Date {
  return firstSession(at, ({ close }) => close > at).close;
}

/** The trading day that a `day` order of that moment is good for: the one that runs, or else the next. */
export function sessionDay(at: Date): string {
  return firstSession(at, ({ close }) => close > at).day;
}

/** The session of a New York date; undefined on weekends and holidays. */
export function sessionOn(day: string): TradingSession | undefined {
  const date = parseDate(day);
  if (isWeekend(date) || UNSCHEDULED.has(day) || holidaysOf(yearOf(date)).includes(date)) {
    return undefined;
  }
  const closesAt = isEarlyClose(date) ? CLOSES_EARLY_AT : CLOSES_AT;
  return { day, open: newYorkTime(date, OPENS_AT), close: newYorkTime(date, closesAt) };
}

/** The trading days from one New York date to another, both included. */
export function sessionsBetween(first: string, last: string): TradingSession[] {
  const sessions: TradingSession[] = [];
  for (let date = parseDate(first); date <= parseDate(last); date += 1) {
    const session = sessionOn(dateText(date));
    if (session !== undefined) sessions.push(session);
  }
  return sessions;
}

/** Whether a session ends before its usual hour. */
export const closesEarly = ({ open, close }: TradingSession): boolean =>
  close.getTime() - open.getTime() < (CLOSES_AT - OPENS_AT) * MINUTE_MS;

/** The date that New York's calendars show at that moment. */
export const newYorkDate = (at: Date): string => newYorkClock(at).slice(0, 10);

/** The moment at which that date begins in New York. */
export const newYorkMidnight = (day: string): Date => newYorkTime(parseDate(day), 0);

function firstSession(at: Date, suits: (session: TradingSession) => boolean): TradingSession {
  for (let date = parseDate(newYorkDate(at)); ; date += 1) {
    const session = sessionOn(dateText(date));
    if (session !== undefined && suits(session)) return session;
  }
}

// Dates are counted in days from 1970-01-01 on.
const parseDate = (day: string): number => Date.parse(day) / DAY_MS;
const dateText = (date: number): string => new Date(date * DAY_MS).toISOString().slice(0, 10);
const yearOf = (date: number): number => new Date(date * DAY_MS).getUTCFullYear();
const weekdayOf = (date: number): number => new Date(date * DAY_MS).getUTCDay();
const isWeekend = (date: number): boolean => weekdayOf(date) % 6 === 0;
/** `month` counts from 1. */
const dateOf = (year: number, month: number, day: number): number =>
  Date.UTC(year, month - 1, day) / DAY_MS;

function holidaysOf(year: number): number[] {
  return [
    // Of a Saturday that is in the old year, which does not ask here: it is not moved.
    observed(dateOf(year, 1, 1)),
    nthWeekday(year, 1, 1, 3),
    nthWeekday(year, 2, 1, 3),
    easterSunday(year) - 2,
    nthWeekday(year, 6, 1, 1) - 7,
    ...(year < JUNETEENTH_SINCE ? [] : [observed(dateOf(year, 6, 19))]),
    observed(dateOf(year, 7, 4)),
    nthWeekday(year, 9, 1, 1),
    thanksgiving(year),
    observed(dateOf(year, 12, 25)),
  ];
}

/** Of trading days: the eves of Independence Day and Christmas are holidays where those fall on a Saturday. */
function isEarlyClose(date: number): boolean {
  const year = yearOf(date);
  return [thanksgiving(year) + 1, dateOf(year, 7, 3), dateOf(year, 12, 24)].includes(date);
}

const thanksgiving = (year: number): number => nthWeekday(year, 11, 4, 4);

/** The Friday before a Saturday, the Monday after a Sunday. */
function observed(date: number): number {
  const weekday = weekdayOf(date);
  if (weekday === 6) return date - 1;
  return weekday === 0 ? date + 1 : date;
}

function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dateOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (nth - 1) * 7;
}

/** The anonymous Gregorian computus. */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const skipped = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - skipped + 15) % 30;
  const weekday =
    (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const correction = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const days = epact + weekday - 7 * correction + 114;
  return dateOf(year, Math.floor(days / 31), (days % 31) + 1);
}

// Made when it is first asked: it takes longer than most modules, and many isolates ask for no date.
let newYork: Intl.DateTimeFormat | undefined;

/** Swedish writes dates as ISO 8601 does: 2026-11-23 09:30:00. */
function newYorkClock(at: Date): string {
  newYork ??= new Intl.DateTimeFormat("sv-SE", {
    timeZone: "America/New_York",
    dateStyle: "short",
    timeStyle: "medium",
  });
  return newYork.format(at);
}

/**
 * The moment when New York's clocks show `minutes` after midnight. They change at two in the morning: the offset is read
 * at that time of day in UTC, which is before then for midnight, and after it for trading hours.
 */
function newYorkTime(date: number, minutes: number): Date {
  const shown = date * DAY_MS + minutes * MINUTE_MS;
  const offset = Date.parse(`${newYorkClock(new Date(shown))}Z`) - shown;
  return new Date(shown - offset);
}
