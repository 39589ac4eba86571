import { expect, it } from "vitest";
import {
  dayAt,
  dayStart,
  daysAfter,
  keepsHours,
  lastClose,
  latestTradingDay,
  monthsBefore,
} from "./market-day.ts";

it.each([
  ["2026-01-15", "2026-01-15T05:00:00.000Z"],
  ["2026-03-08", "2026-03-08T05:00:00.000Z"],
  ["2026-03-09", "2026-03-09T04:00:00.000Z"],
  ["2026-11-01", "2026-11-01T04:00:00.000Z"],
  ["2026-11-02", "2026-11-02T05:00:00.000Z"],
])("begins %s in New York at %s", (day, start) => {
  expect(dayStart("stock", day).toISOString()).toBe(start);
  expect(dayAt("stock", new Date(start))).toBe(day);
  expect(dayAt("stock", new Date(Date.parse(start) - 1))).toBe(daysAfter(day, -1));
  expect(dayStart("crypto", day).toISOString()).toBe(`${day}T00:00:00.000Z`);
});

it.each([
  ["2026-03-31", 1, "2026-02-28"],
  ["2024-03-31", 1, "2024-02-29"],
  ["2026-01-15", 1, "2025-12-15"],
  ["2026-05-31", 3, "2026-02-28"],
  ["2026-11-26", 12, "2025-11-26"],
  ["2024-02-29", 12, "2023-02-28"],
])("counts from %s %i months back", (day, months, before) => {
  expect(monthsBefore(day, months)).toBe(before);
});

it.each([
  ["in session", "2026-11-25T15:00:00Z", "2026-11-25"],
  ["at the open", "2026-11-25T14:30:00Z", "2026-11-25"],
  ["before it", "2026-11-25T14:29:59Z", "2026-11-24"],
  ["on Thanksgiving", "2026-11-26T18:00:00Z", "2026-11-25"],
  ["after an early close", "2026-11-27T20:00:00Z", "2026-11-27"],
  ["on a Sunday", "2026-11-29T18:00:00Z", "2026-11-27"],
])("knows the latest trading day %s", (_name, at, day) => {
  expect(latestTradingDay("stock", new Date(at))).toBe(day);
  expect(latestTradingDay("crypto", new Date(at))).toBe(at.slice(0, 10));
});

it.each([
  ["in session", "2026-11-25T15:00:00Z", "2026-11-24T21:00:00Z"],
  ["after that session", "2026-11-25T23:00:00Z", "2026-11-24T21:00:00Z"],
  ["before the next one", "2026-11-27T14:00:00Z", "2026-11-24T21:00:00Z"],
  ["on a day that closes early", "2026-11-27T15:00:00Z", "2026-11-25T21:00:00Z"],
  ["after one", "2026-11-30T15:00:00Z", "2026-11-27T18:00:00Z"],
  ["on a Sunday", "2026-11-29T18:00:00Z", "2026-11-25T21:00:00Z"],
])("knows the close that a stock's day is measured from %s", (_name, at, closed) => {
  const { day, at: closedAt } = lastClose("stock", new Date(at), null);
  expect(closedAt.toISOString()).toBe(new Date(closed).toISOString());
  expect(day).toBe(closed.slice(0, 10));
});

it("measures coins, and stocks of a venue that never closes, from midnight", () => {
  const now = new Date("2026-11-26T03:00:00Z");
  expect(lastClose("crypto", now, null)).toEqual({
    at: new Date("2026-11-26T00:00:00Z"),
    day: "2026-11-25",
  });
  const midnight = new Date("2026-11-26T05:00:00Z");
  expect(keepsHours("crypto", now, null)).toBe(false);
  expect(keepsHours("stock", now, midnight)).toBe(false);
  expect(keepsHours("stock", now, new Date("2026-11-27T18:00:00Z"))).toBe(true);
  expect(lastClose("stock", now, midnight)).toEqual({
    at: new Date("2026-11-25T05:00:00Z"),
    day: "2026-11-24",
  });
});
