import { describe, expect, it } from "vitest";
import {
  closesEarly,
  nextClose,
  nextOpen,
  sessionAt,
  sessionDay,
  sessionOn,
  sessionsBetween,
} from "./calendar.ts";

const DAY_MS = 86_400_000;

function daysOf(year: number): string[] {
  const first = Date.UTC(year, 0, 1);
  const count = (Date.UTC(year + 1, 0, 1) - first) / DAY_MS;
  return Array.from({ length: count }, (_, n) => new Date(first + n * DAY_MS))
    .filter((date) => date.getUTCDay() % 6 !== 0)
    .map((date) => date.toISOString().slice(0, 10));
}

const monthDay = (day: string) => day.slice(5);
const hoursOf = (day: string) => {
  const session = sessionOn(day);
  return session && (session.close.getTime() - session.open.getTime()) / 3_600_000;
};

describe("the New York Stock Exchange", () => {
  // As the exchange published them; 2018-12-05 and 2025-01-09 were days of mourning.
  it.each([
    [2015, "01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25".split(" "), ["11-27", "12-24"]],
    [2016, "01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26".split(" "), ["11-25"]],
    [2017, "01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25".split(" "), ["07-03", "11-24"]],
    [
      2018,
      "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25".split(" "),
      ["07-03", "11-23", "12-24"],
    ],
    [
      2019,
      "01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25".split(" "),
      ["07-03", "11-29", "12-24"],
    ],
    [2020, "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25".split(" "), ["11-27", "12-24"]],
    [
      2021,
      ["01-01", "01-18", "02-15", "04-02", "05-31", "07-05", "09-06", "11-25", "12-24"],
      ["11-26"],
    ],
    [
      2022,
      ["01-17", "02-21", "04-15", "05-30", "06-20", "07-04", "09-05", "11-24", "12-26"],
      ["11-25"],
    ],
    [
      2024,
      "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25".split(" "),
      ["07-03", "11-29", "12-24"],
    ],
    [
      2025,
      "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25".split(" "),
      ["07-03", "11-28", "12-24"],
    ],
    [
      2026,
      "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25".split(" "),
      ["11-27", "12-24"],
    ],
    [2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24".split(" "), ["11-26"]],
    // New Year's Day of 2028 is a Saturday: it is not kept on the Friday before.
    [
      2028,
      ["01-17", "02-21", "04-14", "05-29", "06-19", "07-04", "09-04", "11-23", "12-25"],
      ["07-03", "11-24"],
    ],
  ])("keeps its holidays and early closes of %i", (year, closed, early) => {
    const days = daysOf(year);
    expect(days.filter((day) => sessionOn(day) === undefined).map(monthDay)).toEqual(closed);
    expect(days.filter((day) => hoursOf(day) === 3.5).map(monthDay)).toEqual(early);
    expect(new Set(days.map(hoursOf))).toEqual(new Set([undefined, 6.5, 3.5]));
  });

  // The earliest and the latest that there can be, the exceptions of the computus, and other centuries.
  it.each([
    "1886-04-23",
    "1913-03-21",
    "1943-04-23",
    "1954-04-16",
    "1961-03-31",
    "1981-04-17",
    "2000-04-21",
    "2038-04-23",
    "2049-04-16",
    "2076-04-17",
    "2100-03-26",
    "2106-04-16",
    "2133-04-17",
    "2160-03-21",
    "2200-04-04",
    "2285-03-20",
    "2299-04-14",
    "2400-04-14",
  ])("keeps one Friday of the spring, %s", (goodFriday) => {
    const spring = daysOf(Number(goodFriday.slice(0, 4))).filter(
      (day) => day.slice(5) >= "03-15" && day.slice(5) <= "04-30",
    );
    expect(spring.filter((day) => sessionOn(day) === undefined)).toEqual([goodFriday]);
  });

  it("trades on four days of Thanksgiving's week, one of them short", () => {
    const week = sessionsBetween("2026-11-23", "2026-11-27");
    expect(week.map(({ day }) => monthDay(day))).toEqual(["11-23", "11-24", "11-25", "11-27"]);
    expect(week.map(closesEarly)).toEqual([false, false, false, true]);
    expect(sessionsBetween("2026-11-26", "2026-11-26")).toEqual([]);
  });

  it("is closed on weekends", () => {
    expect([sessionOn("2026-11-21"), sessionOn("2026-11-22")]).toEqual([undefined, undefined]);
  });

  it.each([
    ["the Friday before summer time", "2026-03-06", "14:30", "21:00"],
    ["the Monday after it began", "2026-03-09", "13:30", "20:00"],
    ["the Friday before winter time", "2026-10-30", "13:30", "20:00"],
    ["the Monday after it began again", "2026-11-02", "14:30", "21:00"],
    ["the day after Thanksgiving", "2026-11-27", "14:30", "18:00"],
    ["an early close in summer", "2025-07-03", "13:30", "17:00"],
  ])("opens and closes by New York's clocks on %s", (_name, day, open, close) => {
    expect(sessionOn(day)).toEqual({
      day,
      open: new Date(`${day}T${open}:00Z`),
      close: new Date(`${day}T${close}:00Z`),
    });
  });

  it("is open from the first moment to the last, both in the session", () => {
    const { open, close } = sessionOn("2026-11-23") ?? expect.fail("a Monday is a trading day");
    const justBefore = (date: Date) => new Date(date.getTime() - 1);
    expect(sessionAt(justBefore(open))).toBeUndefined();
    expect(sessionAt(open)?.day).toBe("2026-11-23");
    expect(sessionAt(justBefore(close))?.day).toBe("2026-11-23");
    expect(sessionAt(close)).toBeUndefined();
    expect(sessionAt(new Date("2026-11-22T17:00:00Z"))).toBeUndefined();
  });

  it.each([
    [
      "before the open",
      "2026-11-23T14:00:00Z",
      "2026-11-23",
      "2026-11-23T14:30:00Z",
      "2026-11-23T21:00:00Z",
    ],
    [
      "at the open",
      "2026-11-23T14:30:00Z",
      "2026-11-23",
      "2026-11-24T14:30:00Z",
      "2026-11-23T21:00:00Z",
    ],
    [
      "at the close",
      "2026-11-23T21:00:00Z",
      "2026-11-24",
      "2026-11-24T14:30:00Z",
      "2026-11-24T21:00:00Z",
    ],
    // 23:00 on Wednesday in New York is Thursday in UTC; Thursday is Thanksgiving.
    [
      "late on the eve of a holiday",
      "2026-11-26T04:00:00Z",
      "2026-11-27",
      "2026-11-27T14:30:00Z",
      "2026-11-27T18:00:00Z",
    ],
    [
      "over a long weekend",
      "2026-12-24T18:00:00Z",
      "2026-12-28",
      "2026-12-28T14:30:00Z",
      "2026-12-28T21:00:00Z",
    ],
  ])("knows what comes next %s", (_name, at, day, open, close) => {
    const moment = new Date(at);
    expect(sessionDay(moment)).toBe(day);
    expect(nextOpen(moment)).toEqual(new Date(open));
    expect(nextClose(moment)).toEqual(new Date(close));
  });
});
