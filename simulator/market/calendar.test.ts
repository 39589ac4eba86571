import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  dateText,
  latestSession,
  newYorkAllDay,
  newYorkText,
  nextSession,
  nyseCalendar,
  sessionAt,
} from "./calendar.ts";

const dayOf = (date: string): number => Date.parse(date) / DAY_MS;

function closedWeekdays(year: number): string[] {
  const days: string[] = [];
  for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day++) {
    const weekday = new Date(day * DAY_MS).getUTCDay();
    if (weekday % 6 !== 0 && nyseCalendar.session(day) === undefined)
      days.push(dateText(day).slice(5));
  }
  return days;
}

describe("the New York Stock Exchange's calendar", () => {
  it.each([
    [
      2024,
      ["01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "11-28", "12-25"],
    ],
    [
      2026,
      ["01-01", "01-19", "02-16", "04-03", "05-25", "06-19", "07-03", "09-07", "11-26", "12-25"],
    ],
    [
      2027,
      ["01-01", "01-18", "02-15", "03-26", "05-31", "06-18", "07-05", "09-06", "11-25", "12-24"],
    ],
    // New Year's Day of 2028 is a Saturday: it is not kept on the Friday before.
    [2028, ["01-17", "02-21", "04-14", "05-29", "06-19", "07-04", "09-04", "11-23", "12-25"]],
  ])("keeps the holidays of %i", (year, holidays) => {
    expect(closedWeekdays(year)).toEqual(holidays);
  });

  it.each([
    ["2026-03-06", "2026-03-06T14:30:00.000Z", "2026-03-06T21:00:00.000Z"],
    ["2026-03-09", "2026-03-09T13:30:00.000Z", "2026-03-09T20:00:00.000Z"],
    ["2026-10-30", "2026-10-30T13:30:00.000Z", "2026-10-30T20:00:00.000Z"],
    ["2026-11-02", "2026-11-02T14:30:00.000Z", "2026-11-02T21:00:00.000Z"],
    ["2026-11-27", "2026-11-27T14:30:00.000Z", "2026-11-27T18:00:00.000Z"],
    ["2026-12-24", "2026-12-24T14:30:00.000Z", "2026-12-24T18:00:00.000Z"],
  ])("opens and closes on %s in summer and winter time", (date, open, close) => {
    const session = nyseCalendar.session(dayOf(date));
    expect(new Date(session?.openMs ?? 0).toISOString()).toBe(open);
    expect(new Date(session?.closeMs ?? 0).toISOString()).toBe(close);
  });

  it("finds the session that runs, the next and the latest", () => {
    const sunday = Date.parse("2026-11-22T15:00:00Z");
    expect(sessionAt(nyseCalendar, sunday)).toBeUndefined();
    expect(dateText(nextSession(nyseCalendar, sunday).day)).toBe("2026-11-23");
    expect(dateText(latestSession(nyseCalendar, sunday).day)).toBe("2026-11-20");
    const { closeMs } = latestSession(nyseCalendar, sunday);
    expect(sessionAt(nyseCalendar, closeMs)).toBeUndefined();
    expect(sessionAt(nyseCalendar, closeMs - 1)?.closeMs).toBe(closeMs);
  });
});

it("has days of 23 and 25 hours where the clocks change, when it never closes", () => {
  const hours = (date: string) => {
    const session = newYorkAllDay.session(dayOf(date));
    return session === undefined ? 0 : (session.closeMs - session.openMs) / 3_600_000;
  };
  expect(hours("2026-03-08")).toBe(23);
  expect(hours("2026-11-01")).toBe(25);
  expect(hours("2026-11-02")).toBe(24);
});

it("writes New York's time with its offset", () => {
  expect(newYorkText(Date.parse("2026-07-01T12:00:00Z"))).toBe("2026-07-01T08:00:00.000-04:00");
  expect(newYorkText(Date.parse("2026-12-01T02:00:00Z"))).toBe("2026-11-30T21:00:00.000-05:00");
});
