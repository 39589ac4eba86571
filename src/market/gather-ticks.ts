import type { Tick } from "../domain/quote.ts";

/** More ticks of one symbol than this are not kept for a room that is still busy with the last batch. */
const GATHERED_TICKS_MAX = 256;

/**
 * Adds ticks to those that wait for a room. Beyond `max`, quotes are conflated first (only the newest one stays), since a
 * later quote says all that an earlier one said; then the oldest trades go.
 */
export function gatherTicks(
  waiting: readonly Tick[],
  next: readonly Tick[],
  max: number = GATHERED_TICKS_MAX,
): readonly Tick[] {
  const all = [...waiting, ...next];
  if (all.length <= max) return all;
  const newestQuote = all.findLastIndex((tick) => tick.kind === "quote");
  const conflated = all.filter((tick, i) => tick.kind !== "quote" || i === newestQuote);
  const excess = conflated.length - max;
  if (excess <= 0) return conflated;
  let dropped = 0;
  return conflated.filter((tick) => tick.kind !== "trade" || dropped++ >= excess).slice(-max);
}
