import { describe, expect, it } from "vitest";
import { BAR_INTERVALS, INTERVAL_MS, PERIODS } from "./bar.ts";
import { type ChartQuery, resolveRange, supportedWithin } from "./bar-range.ts";
import { AppError } from "./errors.ts";

// A Wednesday in session; Thursday is Thanksgiving.
const NOW = new Date("2026-11-25T16:00:00Z");
const stock = { assetType: "stock", isOpen: true } as const;
const crypto = { assetType: "crypto", isOpen: true } as const;

function refusal(query: ChartQuery) {
  try {
    resolveRange(query, stock, NOW);
  } catch (error) {
    if (error instanceof AppError) return error.refusal;
    throw error;
  }
  return undefined;
}

it("steps from bar to bar by what the interval is named for", () => {
  const [minute, hour] = [60_000, 3_600_000];
  expect(INTERVAL_MS).toEqual({
    "1m": minute,
    "5m": 5 * minute,
    "15m": 15 * minute,
    "1h": hour,
    "1D": 24 * hour,
  });
});

describe("pairs of interval and period", () => {
  const allowed: Record<string, readonly string[]> = {
    "1m": ["1D", "5D"],
    "5m": ["1D", "5D", "1M"],
    "15m": ["1D", "5D", "1M", "3M"],
    "1h": ["5D", "1M", "3M", "6M", "1Y"],
    "1D": ["1M", "3M", "6M", "1Y"],
  };
  const pairs = BAR_INTERVALS.flatMap((interval) =>
    PERIODS.map((period) => ({ interval, period })),
  );

  it.each(pairs)("$interval over $period", ({ interval, period }) => {
    if (allowed[interval]?.includes(period)) {
      expect(resolveRange({ interval, period }, stock, NOW)).toMatchObject({ interval, period });
    } else {
      expect(refusal({ interval, period })).toEqual({
        code: "interval_period_unsupported",
        interval,
        period,
        supported: allowed,
      });
    }
  });
});

it("names what fits of what is supported", () => {
  expect(supportedWithin((interval, period) => interval === "1h" && period !== "1Y")).toEqual({
    "1m": [],
    "5m": [],
    "15m": [],
    "1h": ["5D", "1M", "3M", "6M"],
    "1D": [],
  });
});

it.each([
  ["1D", "5m", "2026-11-25T05:00:00.000Z"],
  ["5D", "15m", "2026-11-19T05:00:00.000Z"],
  ["1M", "1h", "2026-10-25T04:00:00.000Z"],
  ["3M", "1D", "2026-08-25T04:00:00.000Z"],
  ["6M", "1D", "2026-05-25T04:00:00.000Z"],
  ["1Y", "1D", "2025-11-25T05:00:00.000Z"],
] as const)("takes for %s of a stock bars of %s, from %s", (period, interval, start) => {
  expect(resolveRange({ period }, stock, NOW)).toEqual({
    period,
    interval,
    startMs: Date.parse(start),
    endMs: NOW.getTime(),
  });
});

it.each([
  ["1D", "2026-11-24T16:00:00.000Z"],
  ["5D", "2026-11-20T16:00:00.000Z"],
  ["1M", "2026-10-25T00:00:00.000Z"],
] as const)("begins %s of a pair at %s", (period, start) => {
  expect(resolveRange({ period }, crypto, NOW).startMs).toBe(Date.parse(start));
});

it("shows the last trading day of a closed market, and today where the venue trades all the same", () => {
  const thanksgiving = new Date("2026-11-26T16:00:00Z");
  const closed = resolveRange({ period: "1D" }, { ...stock, isOpen: false }, thanksgiving);
  expect(new Date(closed.startMs).toISOString()).toBe("2026-11-25T05:00:00.000Z");
  const open = resolveRange({ period: "1D" }, stock, thanksgiving);
  expect(new Date(open.startMs).toISOString()).toBe("2026-11-26T05:00:00.000Z");
});

it.each([
  [{}, "5m", "1D"],
  [{ interval: "1m" }, "1m", "1D"],
  [{ interval: "1h" }, "1h", "5D"],
  [{ interval: "1D" }, "1D", "1M"],
] as const)("completes %j", (query, interval, period) => {
  expect(resolveRange(query, stock, NOW)).toMatchObject({ interval, period });
});

describe("a range of one's own", () => {
  const at = (day: string) => new Date(`${day}T00:00:00Z`);

  it.each([
    ["2026-11-24", "2026-11-25", "5m"],
    ["2026-11-01", "2026-11-08", "15m"],
    ["2026-01-01", "2026-02-01", "1h"],
    ["2025-01-01", "2026-01-02", "1D"],
    ["2019-01-01", "2019-06-01", "1D"],
  ] as const)("from %s to %s is of bars of %s", (start, end, interval) => {
    expect(resolveRange({ start: at(start), end: at(end) }, stock, NOW)).toEqual({
      period: null,
      interval,
      startMs: at(start).getTime(),
      endMs: at(end).getTime(),
    });
  });

  it("ends now if it says nothing, or more", () => {
    const start = at("2026-11-24");
    for (const end of [undefined, at("2027-01-01")]) {
      expect(resolveRange({ interval: "1m", start, end }, stock, NOW)).toMatchObject({
        interval: "1m",
        endMs: NOW.getTime(),
      });
    }
  });

  it("is not longer than the interval's periods", () => {
    expect(
      refusal({ interval: "1m", start: at("2026-11-01"), end: at("2026-11-09") }),
    ).toMatchObject({ code: "interval_period_unsupported", interval: "1m", period: null });
    // A week of minutes, to the millisecond.
    const week = { interval: "1m", start: at("2026-11-01") } as const;
    expect(refusal({ ...week, end: at("2026-11-08") })).toBeUndefined();
    const longer = new Date(at("2026-11-08").getTime() + 1);
    expect(refusal({ ...week, end: longer })?.code).toBe("interval_period_unsupported");
    expect(refusal({ start: at("2020-01-01") })).toMatchObject({
      code: "interval_period_unsupported",
      interval: "1D",
    });
  });

  it.each([
    [{ end: at("2026-11-25") }, "start", "is required beside end"],
    [{ period: "1D", start: at("2026-11-24") }, "period", "must not stand beside start"],
    [{ start: at("2026-11-24"), end: at("2026-11-24") }, "end", "must be after start"],
  ] as const)("does not take %j", (query, path, message) => {
    expect(refusal(query)).toEqual({
      code: "validation_error",
      errors: [{ path, code: "invalid", message }],
    });
  });
});
