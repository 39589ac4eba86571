import { describe, expect, it } from "vitest";
import { createTestExchange, NOON_MS } from "../testing/exchange.ts";
import { readBars } from "./bar-query.ts";
import { type Bar, joinBars } from "./bars.ts";
import { latestSession, nyseCalendar, sessionAt } from "./calendar.ts";

const prices = ({ open, high, low, close, volume, count }: Bar) => ({
  open,
  high,
  low,
  close,
  volume,
  count,
});

function joined(bars: readonly Bar[]): Bar {
  const [first, ...rest] = bars;
  if (first === undefined) throw new Error("no bars");
  return rest.reduce(joinBars, first);
}

describe.each([
  ["F", true],
  ["F", false],
  ["TLRY", true],
  ["DOGEUSDT", true],
  ["SHIBUSDT", true],
])("the bars of %s, always open %s", (symbol, alwaysOpen) => {
  const test = createTestExchange({ alwaysOpen });
  const { tape } = test.listing(symbol);

  it("go back a year, each inside its own range", () => {
    const days = tape.days();
    expect(days.length).toBeGreaterThanOrEqual(alwaysOpen ? 365 : 250);
    for (const { open, high, low, close, volume } of days) {
      expect(Math.min(open, low, close)).toBe(low);
      expect(Math.max(open, high, close)).toBe(high);
      expect(low).toBeGreaterThan(0);
      expect(volume).toBeGreaterThan(0);
    }
  });

  it("have minutes that join to their day exactly", () => {
    for (const day of tape.days().slice(-5)) {
      const minutes = tape.minutesOf(day);
      expect(prices(joined(minutes))).toEqual(prices(day));
      for (const { open, high, low, close } of minutes) {
        expect(Math.min(open, low, close)).toBe(low);
        expect(Math.max(open, high, close)).toBe(high);
      }
    }
  });

  it("follow the live trades and still join", () => {
    test.run(150_000, 500);
    const today = tape.days().at(-1);
    expect(today?.close).toBe(test.listing(symbol).walk.last);
    expect(prices(joined(tape.minutesOf(tape.state.today)))).toEqual(prices(tape.state.today));
    const trades = test.events.filter(
      (event) => event.type === "trade" && event.listing.instrument.symbol === symbol,
    );
    expect(tape.prints().length).toBe(trades.length);
  });
});

describe("a day's end", () => {
  it("closes the day's bar and starts the next one from its first trade", () => {
    const session = sessionAt(nyseCalendar, NOON_MS);
    const test = createTestExchange({
      alwaysOpen: false,
      startMs: (session?.closeMs ?? 0) - 20_000,
    });
    const { tape } = test.listing("F");
    test.run(60_000);
    const last = tape.state.today;
    expect(tape.state.closed).toEqual([]);
    test.exchange.advance((session?.closeMs ?? 0) + 17.5 * 3_600_000 - 5_000);
    test.run(60_000);
    expect(tape.state.closed).toEqual([last]);
    expect(tape.state.today.startMs).toBe(
      latestSession(nyseCalendar, test.exchange.nowMs()).openMs,
    );
  });

  it("fills days that nobody watched at the last price", () => {
    const test = createTestExchange();
    const { tape, walk } = test.listing("F");
    const before = tape.days().length;
    test.exchange.advance(NOON_MS + 3 * 86_400_000);
    expect(tape.days().length).toBe(before + 3);
    expect(tape.days().at(-1)).toMatchObject({ open: walk.last, close: walk.last });
    expect(prices(joined(tape.minutesOf(tape.state.today)))).toEqual(prices(tape.state.today));
  });
});

it("reads any period, from either end, without a gap between pages", () => {
  const { tape, calendar } = createTestExchange().listing("F");
  const range = { startMs: NOON_MS - 86_400_000, endMs: NOON_MS, limit: 1_000, newestFirst: false };
  const period = { unit: "minute", count: 15 } as const;
  const whole = readBars(tape, calendar, period, range);
  const starts = whole.map(({ startMs }) => startMs);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(starts.every((startMs) => startMs % 900_000 === 0)).toBe(true);
  const newest = readBars(tape, calendar, period, { ...range, limit: 10, newestFirst: true });
  expect(newest).toEqual(whole.slice(-10).reverse());
  const weeks = readBars(tape, calendar, { unit: "week" }, { ...range, startMs: 0 });
  expect(weeks.length).toBeGreaterThan(50);
  expect(weeks.every(({ startMs }) => new Date(startMs).getUTCDay() === 1)).toBe(true);
});
