/** One symbol's bars: the live trades, continued backwards by the made-up past. */

import { type Bar, barOf, joinBars, withPrint } from "./bars.ts";
import { type Calendar, latestSession, type Session, sessionAt } from "./calendar.ts";
import { dailyHistory, HISTORY_DAYS, refine, unseenDay } from "./history.ts";
import type { Instrument } from "./instruments.ts";
import { seededState } from "./random.ts";
import type { Print } from "./walk.ts";

const MINUTE_MS = 60_000;
const LIVE_DAYS_MAX = 2;
const REFINED_DAYS_MAX = 16;
const PRINTS_MAX = 500;

/** Plain data. Minutes are not part of it: after a restart they are made up again inside the bar of their day. */
export interface TapeState {
  readonly originMs: number;
  readonly originPrice: number;
  /** Finished days since the origin, oldest first. */
  readonly closed: Bar[];
  /** The newest day, running or not. */
  today: Bar;
  /** Until when `today` is known. */
  untilMs: number;
}

export interface Tape {
  readonly state: TapeState;
  /** Books a trade; returns the minute bar that it completes, if it is the first of a new minute. */
  record(print: Print): Bar | undefined;
  /** The market has jumped to `nowMs` without trading: the days in between stay at `price`. */
  skipTo(nowMs: number, price: number): void;
  /** Daily bars, oldest first, the running one last. */
  days(): readonly Bar[];
  /** Minute bars, oldest first, of the day that has this daily bar. */
  minutesOf(day: Bar): readonly Bar[];
  /** The running or last minute. */
  minute(): Bar | undefined;
  /** The latest trades, oldest first; forgotten at a restart. */
  prints(): readonly Print[];
}

interface LiveDay {
  /** The day's bar when its live minutes began; the minutes before `endMs` are made up inside it. */
  readonly before: { readonly bar: Bar; readonly endMs: number } | undefined;
  readonly minutes: Bar[];
}

/** A tape whose past leads to `price` at `originMs`. */
export function startTape(
  instrument: Instrument,
  calendar: Calendar,
  seed: number,
  originMs: number,
  price: number,
): TapeState {
  const [today] = pastOf(instrument, calendar, seed, originMs, price, 1);
  if (today === undefined) throw new Error(`no session before ${originMs}`);
  return { originMs, originPrice: price, closed: [], today, untilMs: originMs };
}

export function createTape(
  instrument: Instrument,
  calendar: Calendar,
  seed: number,
  state: TapeState,
): Tape {
  const live = new Map<number, LiveDay>();
  const refined = new Map<string, readonly Bar[]>();
  const prints: Print[] = [];
  let past: readonly Bar[] | undefined;
  let session: Session | undefined;

  function enter(ms: number, print: Print): LiveDay {
    const opened = sessionAt(calendar, ms) ?? latestSession(calendar, ms);
    session = opened;
    const known = live.get(opened.openMs);
    if (known !== undefined) return known;
    const began = state.today.startMs === opened.openMs;
    const endMs = Math.max(opened.openMs + MINUTE_MS, floorMinute(ms));
    const day: LiveDay = { before: began ? { bar: state.today, endMs } : undefined, minutes: [] };
    if (!began) {
      state.closed.push(state.today);
      state.today = { ...barOf(opened.openMs, print), volume: 0, value: 0, count: 0 };
    }
    live.set(opened.openMs, day);
    evictOldest(live, LIVE_DAYS_MAX);
    return day;
  }

  function madeUp(bar: Bar, endMs: number): readonly Bar[] {
    const key = `${bar.startMs}:${endMs}:${bar.count}`;
    let bars = refined.get(key);
    if (bars === undefined) {
      bars = refine(bar, endMs, seededState(seed, "minutes", instrument.symbol, bar.startMs));
      refined.set(key, bars);
      evictOldest(refined, REFINED_DAYS_MAX);
    }
    return bars;
  }

  function minutesOf(day: Bar): readonly Bar[] {
    const known = live.get(day.startMs);
    if (known !== undefined) {
      const { before, minutes } = known;
      return before === undefined ? minutes : join(madeUp(before.bar, before.endMs), minutes);
    }
    const closeMs = calendar.session(calendar.dayAt(day.startMs))?.closeMs ?? day.startMs;
    const endMs = day.startMs === state.today.startMs ? Math.min(closeMs, state.untilMs) : closeMs;
    return madeUp(day, Math.max(day.startMs + MINUTE_MS, floorMinute(endMs)));
  }

  return {
    state,
    record(print) {
      const ms = Math.floor(print.atUs / 1000);
      const running = session !== undefined && ms < session.closeMs && live.get(session.openMs);
      const { minutes } = running || enter(ms, print);
      state.today = withPrint(state.today, print);
      prints.push(print);
      if (prints.length > 2 * PRINTS_MAX) prints.splice(0, prints.length - PRINTS_MAX);
      state.untilMs = ms;
      const startMs = floorMinute(ms);
      const last = minutes.at(-1);
      if (last !== undefined && last.startMs === startMs) {
        minutes[minutes.length - 1] = withPrint(last, print);
        return undefined;
      }
      minutes.push(barOf(startMs, print));
      return last;
    },
    skipTo(nowMs, price) {
      const latest = latestSession(calendar, nowMs);
      for (let day = calendar.dayAt(state.today.startMs) + 1; day <= latest.day; day++) {
        const missed = calendar.session(day);
        if (missed === undefined) continue;
        const elapsed = Math.min(1, (nowMs - missed.openMs) / (missed.closeMs - missed.openMs));
        state.closed.push(state.today);
        state.today = unseenDay(instrument, missed, seed, price, elapsed);
      }
      state.untilMs = nowMs;
    },
    days() {
      past ??= pastOf(instrument, calendar, seed, state.originMs, state.originPrice);
      return [...past.slice(0, -1), ...state.closed, state.today];
    },
    minutesOf,
    minute: () => live.get(state.today.startMs)?.minutes.at(-1) ?? minutesOf(state.today).at(-1),
    prints: () => prints,
  };
}

function pastOf(
  instrument: Instrument,
  calendar: Calendar,
  seed: number,
  originMs: number,
  price: number,
  days = HISTORY_DAYS,
): Bar[] {
  const last = latestSession(calendar, originMs);
  return dailyHistory(instrument, calendar, seed, last, price, originMs, days);
}

/** Both halves of a day; the minute in which the live one begins may stand in both. */
function join(earlier: readonly Bar[], later: readonly Bar[]): readonly Bar[] {
  const [first, ...rest] = later;
  const last = earlier.at(-1);
  if (first === undefined || last === undefined || last.startMs < first.startMs)
    return [...earlier, ...later];
  return [...earlier.slice(0, -1), joinBars(last, first), ...rest];
}

const floorMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

function evictOldest<Key, Value>(map: Map<Key, Value>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return;
    map.delete(key);
  }
}
