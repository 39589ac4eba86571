/** When to send what has gathered. */

/** The shortest and the longest that a gateway can be told to keep. */
export const WINDOW_MIN_MS = 50;
export const WINDOW_MAX_MS = 1_000;

/** Part of the time that sending may take; the rest is for requests, and for the symbols of others. */
const BUDGET = 0.5;
/** CPU of one frame sent, and of one batch received, with some reserve. Time can't be measured: clocks stand still while code runs. */
const FRAME_COST_MS = 0.06;
const BATCH_COST_MS = 0.3;
/** How fast a widened window narrows again, a flush. */
const NARROWING = 0.8;

export interface FlushWindow {
  readonly windowMs: number;
  /** When the last flush was; -Infinity before the first. */
  readonly flushedAtMs: number;
}

export const OPENING_WINDOW: FlushWindow = {
  windowMs: WINDOW_MIN_MS,
  flushedAtMs: Number.NEGATIVE_INFINITY,
};

/** How long to wait with what came at `nowMs`: not at all after a quiet window, else until this one ends. */
export function delayMs({ windowMs, flushedAtMs }: FlushWindow, nowMs: number): number {
  // A clock that was set back must not delay anything by more than a window.
  return Math.min(windowMs, Math.max(0, flushedAtMs + windowMs - nowMs));
}

/**
 * The window after a flush that sent `frames` and had received `batches`: wider at once, narrower by and by, down to
 * `shortestMs`.
 */
export function afterFlush(
  window: FlushWindow,
  load: { readonly frames: number; readonly batches: number },
  nowMs: number,
  shortestMs: number,
): FlushWindow {
  const costMs = load.frames * FRAME_COST_MS + load.batches * BATCH_COST_MS;
  const wantedMs = Math.max(costMs / BUDGET, window.windowMs * NARROWING);
  const windowMs = Math.round(Math.min(WINDOW_MAX_MS, Math.max(shortestMs, wantedMs)));
  return { windowMs, flushedAtMs: nowMs };
}
