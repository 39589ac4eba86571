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
/** Of a window: how long before a flush a batch should be there. */
const LEAD = 0.1;

/** Frames sent, and batches received. */
export interface Load {
  readonly frames: number;
  readonly batches: number;
}

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
 * How long to gather for a batch after one that took `tookMs` there and back, so that it comes just before a flush and
 * brings what is newest then. `untilFlushMs` is from when the batch was answered. Half a window at least, and a window
 * on average.
 */
export function gatherMs(windowMs: number, untilFlushMs: number, tookMs: number): number {
  const aimMs = untilFlushMs - tookMs - LEAD * windowMs;
  const early = Math.ceil((windowMs / 2 - aimMs) / windowMs);
  return aimMs + early * windowMs;
}

/** How long it is until the next flush, where `untilFlushMs` was told so long ago. */
export function untilNextFlushMs(windowMs: number, untilFlushMs: number, agoMs: number): number {
  const leftMs = untilFlushMs - agoMs;
  return leftMs >= 0 ? leftMs : windowMs - (-leftMs % windowMs);
}

/** The time that must pass for a load to stay within its part of it. */
export const budgetMs = ({ frames, batches }: Load): number =>
  (frames * FRAME_COST_MS + batches * BATCH_COST_MS) / BUDGET;

/** How long to rest after a load, to stay within its part of the time. */
export const restMs = (load: Load): number => budgetMs(load) * (1 - BUDGET);

/**
 * The window after a flush that sent `frames` and had received `batches`: wider at once, narrower by and by, down to
 * `shortestMs`.
 */
export function afterFlush(
  window: FlushWindow,
  load: Load,
  nowMs: number,
  shortestMs: number,
): FlushWindow {
  const wantedMs = Math.max(budgetMs(load), window.windowMs * NARROWING);
  const windowMs = Math.round(Math.min(WINDOW_MAX_MS, Math.max(shortestMs, wantedMs)));
  return { windowMs, flushedAtMs: nowMs };
}
