import type { Bar, BarRange } from "../domain/bar.ts";
import type { Instrument } from "../domain/instrument.ts";
import { type BarCache, type Stretch, stretchesOf } from "./bar-cache.ts";
import type { BarSource } from "./bar-source.ts";

export interface StretchDeps {
  readonly cache: BarCache;
  readonly source: BarSource;
}

/** All bars of a stretch, from the cache where it has them. */
export async function readStretch(
  { cache, source }: StretchDeps,
  stretch: Stretch,
): Promise<readonly Bar[]> {
  const known = await cache.read(stretch);
  if (known !== undefined) return known;
  try {
    const bars = await source.bars(stretch.instrument, stretch);
    cache.keep(stretch, bars);
    return bars;
  } catch (error) {
    const last = cache.lastGood(stretch);
    if (last === undefined) throw error;
    return last;
  }
}

/** The first `limit` bars of a range. Reads no more stretches than that takes. */
export async function readStretches(
  deps: StretchDeps,
  instrument: Instrument,
  { interval, startMs, endMs }: BarRange,
  limit: number,
): Promise<Bar[]> {
  const found: Bar[] = [];
  for (const stretch of stretchesOf(instrument, interval, startMs, endMs)) {
    const bars = await readStretch(deps, stretch);
    found.push(...bars.filter((bar) => bar.startMs >= startMs && bar.startMs < endMs));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
