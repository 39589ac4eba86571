import type { VenueClock } from "../clock.ts";

interface ManualClock extends VenueClock {
  /** Moves the time on and runs what falls due, in order. */
  advance(ms: number): void;
}

export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; readonly run: () => void; readonly everyMs?: number }>();

  function schedule(ms: number, run: () => void, everyMs?: number): () => void {
    const timer = { dueMs: nowMs + ms, run, ...(everyMs === undefined ? {} : { everyMs }) };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  return {
    now: () => nowMs,
    after: (ms, run) => schedule(ms, run),
    every: (ms, run) => schedule(ms, run, ms),
    advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const [due] = [...timers]
          .filter(({ dueMs }) => dueMs <= endMs)
          .sort((a, b) => a.dueMs - b.dueMs);
        if (due === undefined) break;
        nowMs = Math.max(nowMs, due.dueMs);
        if (due.everyMs === undefined) timers.delete(due);
        else due.dueMs += due.everyMs;
        due.run();
      }
      nowMs = endMs;
    },
  };
}
