import { describe, expect, it } from "vitest";
import type { BarInterval } from "./bar.ts";
import { barEnd, type Hours, momentsOf } from "./time-grid.ts";

const STOCKS: Hours = { assetType: "stock", kept: true };
const ALWAYS: Hours = { assetType: "stock", kept: false };
const COINS: Hours = { assetType: "crypto", kept: false };

const shown = (hours: Hours, interval: BarInterval, start: string, end: string) =>
  momentsOf(hours, { interval, startMs: Date.parse(start), endMs: Date.parse(end) }).map((ms) =>
    new Date(ms).toISOString().slice(5, 16),
  );

describe("the moments of a history", () => {
  it("are the ends of bars, after its start and up to its end", () => {
    expect(shown(COINS, "5m", "2026-11-25T10:00:00Z", "2026-11-25T10:10:00Z")).toEqual([
      "11-25T10:05",
      "11-25T10:10",
    ]);
    expect(shown(COINS, "1h", "2026-11-25T10:20:00Z", "2026-11-25T12:59:00Z")).toEqual([
      "11-25T11:00",
      "11-25T12:00",
    ]);
  });

  it("are within the sessions of a market that closes", () => {
    const moments = shown(STOCKS, "1h", "2026-11-25T05:00:00Z", "2026-11-28T05:00:00Z");
    expect(moments).toEqual([
      ...["15", "16", "17", "18", "19", "20", "21"].map((hour) => `11-25T${hour}:00`),
      // Thanksgiving, and the early close after it.
      ...["15", "16", "17", "18"].map((hour) => `11-27T${hour}:00`),
    ]);
  });

  it("begin and end within a session where the history does", () => {
    const range = ["2026-11-25T16:10:00Z", "2026-11-25T18:30:00Z"] as const;
    expect(shown(STOCKS, "1h", ...range)).toEqual(["11-25T17:00", "11-25T18:00"]);
  });

  it("are the closes of days", () => {
    expect(shown(STOCKS, "1D", "2026-11-25T05:00:00Z", "2026-11-25T22:00:00Z")).toEqual([
      "11-25T21:00",
    ]);
    const range = ["2026-11-25T05:00:00Z", "2026-11-28T06:00:00Z"] as const;
    expect(shown(STOCKS, "1D", ...range)).toEqual(["11-25T21:00", "11-27T18:00"]);
    expect(shown(COINS, "1D", ...range)).toEqual(["11-26T00:00", "11-27T00:00", "11-28T00:00"]);
    expect(shown(ALWAYS, "1D", ...range)).toEqual(["11-26T05:00", "11-27T05:00", "11-28T05:00"]);
    expect(shown(COINS, "1D", "2026-11-25T23:00:00Z", "2026-11-26T00:00:00Z")).toEqual([
      "11-26T00:00",
    ]);
  });
});

it("ends a bar of a day with its market", () => {
  const midnight = Date.parse("2026-11-27T05:00:00Z");
  const end = (hours: Hours, startMs: number) =>
    new Date(barEnd(hours, "1D", startMs)).toISOString();
  expect(end(STOCKS, midnight)).toBe("2026-11-27T18:00:00.000Z");
  expect(end(ALWAYS, midnight)).toBe("2026-11-28T05:00:00.000Z");
  expect(end(COINS, Date.parse("2026-11-27T00:00:00Z"))).toBe("2026-11-28T00:00:00.000Z");
  expect(barEnd(STOCKS, "5m", midnight)).toBe(midnight + 300_000);
});
