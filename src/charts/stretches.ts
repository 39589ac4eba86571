import type { Bar, BarRange } from "../domain/bar.ts";
import { fewAtOnce } from "../domain/few-at-once.ts";
import type { Instrument } from "../domain/instrument.ts";
import { type BarCache, type Stretch, stretchesOf } from "./bar-cache.ts";
import type { BarSource } from "./bar-source.ts";

export interface StretchDeps {
  readonly cache: BarCache;
  readonly source: BarSource;
}

/** All bars of a stretch, from the cache where it has them. */
export async function readStretch(deps: StretchDeps, stretch: Stretch): Promise<readonly Bar[]> {
  const { instrument } = stretch;
  const found = await readStretchOfMany(deps, [instrument], stretch);
  return found.get(instrument.symbol) ?? [];
}

/** The same stretch of many, with as few requests as their venues take for those that are not known. */
export async function readStretchOfMany(
  { cache, source }: StretchDeps,
  instruments: readonly Instrument[],
  { interval, startMs, endMs }: BarRange,
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  const range = { interval, startMs, endMs };
  const stretchOf = (instrument: Instrument): Stretch => ({ instrument, ...range });
  const found = new Map<string, readonly Bar[]>();
  const lacking: Instrument[] = [];
  await fewAtOnce(instruments, async (instrument) => {
    const known = await cache.read(stretchOf(instrument));
    if (known === undefined) lacking.push(instrument);
    else found.set(instrument.symbol, known);
  });
  await fewAtOnce(source.batchesOf(lacking), async (batch) => {
    try {
      const told = await source.barsOfBatch(batch, range);
      for (const instrument of batch) {
        const bars = told.get(instrument.symbol) ?? [];
        cache.keep(stretchOf(instrument), bars);
        found.set(instrument.symbol, bars);
      }
    } catch (error) {
      for (const instrument of batch) {
        const last = cache.lastGood(stretchOf(instrument));
        if (last === undefined) throw error;
        found.set(instrument.symbol, last);
      }
    }
  });
  return found;
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
