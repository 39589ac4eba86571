/** The past of a symbol, made up from the seed: daily bars backwards from a known price, minutes inside a known bar. */

import type { Bar } from "./bars.ts";
import type { Calendar, Session } from "./calendar.ts";
import type { Instrument } from "./instruments.ts";
import { gaussian, type RandomState, seededState, uniform } from "./random.ts";
import { dayDeviation, meanDayVolume } from "./walk.ts";

const MINUTE_MS = 60_000;
/** A year, and some more for the first day's own past. */
export const HISTORY_DAYS = 400;

/**
 * Daily bars of `days` calendar days up to and with that of `last`, oldest first. The last one closes at `price`; where its session
 * still runs at `nowMs`, it is as wide and as full as the time that has passed.
 */
export function dailyHistory(
  instrument: Instrument,
  calendar: Calendar,
  seed: number,
  last: Session,
  price: number,
  nowMs: number,
  days = HISTORY_DAYS,
): Bar[] {
  const bars: Bar[] = [];
  let close = price;
  for (let day = last.day; day > last.day - days; day--) {
    const session = calendar.session(day);
    if (session === undefined) continue;
    const random = seededState(seed, "day", instrument.symbol, day);
    const elapsed = Math.min(1, (nowMs - session.openMs) / (session.closeMs - session.openMs));
    const bar = dayBar(instrument, session, close, elapsed, random);
    bars.push(bar);
    close = Math.max(
      1,
      Math.round(bar.open * Math.exp(-0.25 * dayDeviation(instrument) * gaussian(random))),
    );
  }
  return bars.reverse();
}

/** A day on which nobody looked: it opens and closes at `price`. */
export function unseenDay(
  instrument: Instrument,
  session: Session,
  seed: number,
  price: number,
  elapsed: number,
): Bar {
  const random = seededState(seed, "unseen", instrument.symbol, session.day);
  const bar = dayBar(instrument, session, price, elapsed, random);
  return { ...bar, open: price };
}

function dayBar(
  instrument: Instrument,
  session: Session,
  close: number,
  elapsed: number,
  random: RandomState,
): Bar {
  const deviation = dayDeviation(instrument) * Math.sqrt(elapsed);
  const open = Math.max(1, Math.round(close * Math.exp(-deviation * 0.9 * gaussian(random))));
  const reach = () => 0.6 * deviation * Math.abs(gaussian(random));
  const high = Math.max(open, close, Math.round(Math.max(open, close) * Math.exp(reach())));
  const low = Math.max(
    1,
    Math.min(open, close, Math.round(Math.min(open, close) * Math.exp(-reach()))),
  );
  const seconds = ((session.closeMs - session.openMs) / 1000) * elapsed;
  const busy = Math.exp(0.35 * gaussian(random));
  const volume = Math.max(1, Math.round(meanDayVolume(instrument, seconds) * busy));
  return {
    startMs: session.openMs,
    open,
    high,
    low,
    close,
    volume,
    value: Math.round(((open + high + low + close) / 4) * volume),
    count: Math.max(1, Math.round(instrument.ticksPerSecond * 0.65 * seconds * busy)),
  };
}

/** Minute bars from `bar.startMs` to `endMs` that join to the prices, volume and count of `bar`. */
export function refine(bar: Bar, endMs: number, random: RandomState): Bar[] {
  const minutes = Math.max(1, Math.round((endMs - bar.startMs) / MINUTE_MS));
  const path = bridge(bar, minutes, random);
  const noise = Math.max(1, (bar.high - bar.low) / Math.sqrt(minutes) / 2);
  const share = shares(minutes);
  const bars = Array.from({ length: minutes }, (_, i): Bar => {
    const open = path[i] ?? bar.open;
    const close = path[i + 1] ?? bar.close;
    const high = Math.min(bar.high, Math.max(open, close) + Math.floor(noise * uniform(random)));
    const low = Math.max(bar.low, Math.min(open, close) - Math.floor(noise * uniform(random)));
    const volume = share(bar.volume, i);
    return {
      startMs: bar.startMs + i * MINUTE_MS,
      open,
      high,
      low,
      close,
      volume,
      value: Math.round(((open + high + low + close) / 4) * volume),
      count: share(bar.count, i),
    };
  });
  touch(bars, "high", bar.high, (a, b) => a > b);
  touch(bars, "low", bar.low, (a, b) => a < b);
  return bars;
}

/** Minute by minute from open to close, never outside the bar. */
function bridge(bar: Bar, minutes: number, random: RandomState): number[] {
  const steps = [0];
  for (let i = 1; i <= minutes; i++) steps.push((steps[i - 1] ?? 0) + gaussian(random));
  const drift = (steps[minutes] ?? 0) / minutes;
  const scale = (bar.high - bar.low) / (1.6 * Math.sqrt(minutes));
  return steps.map((step, i) => {
    const line = bar.open + ((bar.close - bar.open) * i) / minutes;
    const price = Math.round(line + (step - drift * i) * scale);
    return i === 0 ? bar.open : i === minutes ? bar.close : clamp(price, bar.low, bar.high);
  });
}

/** Makes the most extreme minute reach the extreme of the whole. */
function touch(
  bars: Bar[],
  side: "high" | "low",
  extreme: number,
  beyond: (a: number, b: number) => boolean,
): void {
  let best = 0;
  bars.forEach((bar, i) => {
    const top = bars[best];
    if (top !== undefined && beyond(bar[side], top[side])) best = i;
  });
  const bar = bars[best];
  if (bar !== undefined) bars[best] = { ...bar, [side]: extreme };
}

/** Splits whole numbers over the minutes, busier at both ends; the parts sum to the whole. */
function shares(minutes: number): (whole: number, minute: number) => number {
  // The integral of a parabola that stands three times as high at the ends as in the middle.
  const before = (minute: number) => {
    const x = minute / minutes;
    return 0.6 * x + 0.4 * (4 * (x - 0.5) ** 3 + 0.5);
  };
  const upTo = (whole: number, minute: number) =>
    minute === minutes ? whole : Math.floor(whole * before(minute));
  return (whole, minute) => upTo(whole, minute + 1) - upTo(whole, minute);
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));
