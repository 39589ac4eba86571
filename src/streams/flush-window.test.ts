import fc from "fast-check";
import { expect, it } from "vitest";
import {
  afterFlush,
  budgetMs,
  delayMs,
  type FlushWindow,
  gatherMs,
  OPENING_WINDOW,
  restMs,
  untilNextFlushMs,
  WINDOW_MAX_MS,
  WINDOW_MIN_MS,
} from "./flush-window.ts";

const load = fc.record({ frames: fc.nat(20_000), batches: fc.nat(2_000) });
const NO_LOAD = { frames: 0, batches: 0 };

it("sends at once after a quiet window, and once a window otherwise", () => {
  expect(delayMs(OPENING_WINDOW, 5)).toBe(0);
  const window = afterFlush(OPENING_WINDOW, NO_LOAD, 1_000, WINDOW_MIN_MS);
  expect(window.windowMs).toBe(WINDOW_MIN_MS);
  expect(delayMs(window, 1_000)).toBe(WINDOW_MIN_MS);
  expect(delayMs(window, 1_020)).toBe(30);
  expect(delayMs(window, 1_050)).toBe(0);
});

it("never waits for more than a window, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(load), fc.integer(), fc.integer(), (loads, flushedAtMs, nowMs) => {
      let window: FlushWindow = OPENING_WINDOW;
      for (const each of loads) window = afterFlush(window, each, flushedAtMs, WINDOW_MIN_MS);
      expect(window.windowMs).toBeGreaterThanOrEqual(WINDOW_MIN_MS);
      expect(window.windowMs).toBeLessThanOrEqual(WINDOW_MAX_MS);
      expect(delayMs(window, nowMs)).toBeGreaterThanOrEqual(0);
      expect(delayMs(window, nowMs)).toBeLessThanOrEqual(window.windowMs);
    }),
  );
});

it("widens under load at once, and narrows again by and by, down to the shortest", () => {
  expect(budgetMs({ frames: 5_000, batches: 100 })).toBe(660);
  let window = afterFlush(OPENING_WINDOW, { frames: 5_000, batches: 100 }, 0, 200);
  expect(window).toEqual({ windowMs: 660, flushedAtMs: 0 });
  const widths: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    window = afterFlush(window, NO_LOAD, n, 200);
    widths.push(window.windowMs);
  }
  expect(widths).toEqual([...widths].sort((a, b) => b - a));
  expect(widths.slice(0, 2)).toEqual([528, 422]);
  expect(widths.at(-1)).toBe(200);
});

it("rests after a load for what the budget leaves", () => {
  expect(budgetMs({ frames: 100, batches: 1 })).toBeCloseTo(12.6);
  expect(restMs({ frames: 100, batches: 1 })).toBeCloseTo(6.3);
  expect(restMs(NO_LOAD)).toBe(0);
});

it("gathers until just before a flush, half a window at least and less than one and a half", () => {
  expect(gatherMs(100, 80, 10)).toBe(60);
  expect(gatherMs(100, 60, 10)).toBe(140);
  expect(gatherMs(100, 0, 3)).toBe(87);
  const window = fc.integer({ min: WINDOW_MIN_MS, max: WINDOW_MAX_MS });
  fc.assert(
    fc.property(window, fc.nat(1_000), fc.nat(10_000), (windowMs, untilFlushMs, tookMs) => {
      const waitMs = gatherMs(windowMs, untilFlushMs, tookMs);
      expect(waitMs).toBeGreaterThanOrEqual(windowMs / 2 - 1e-6);
      expect(waitMs).toBeLessThan(windowMs * 1.5 + 1e-6);
    }),
  );
});

it("knows when the next flush is from one that was told of some time ago", () => {
  expect(untilNextFlushMs(100, 40, 0)).toBe(40);
  expect(untilNextFlushMs(100, 40, 30)).toBe(10);
  expect(untilNextFlushMs(100, 40, 40)).toBe(0);
  expect(untilNextFlushMs(100, 40, 41)).toBe(99);
  expect(untilNextFlushMs(100, 40, 465)).toBe(75);
});
