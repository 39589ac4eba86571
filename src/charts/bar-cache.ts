/** Finished bars in KV, by stretches of time; the running stretch in the isolate's memory, for seconds. */

import { type Bar, type BarInterval, INTERVAL_MS } from "../domain/bar.ts";
import { decimal } from "../domain/decimal.ts";
import type { Instrument } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";

/** A stretch is one request to most venues, and short enough for those that keep few bars to have all of it in the end. */
const STRETCH_BARS = 480;
/** Trades are reported late, and bars are mended after that; later than this nothing changes but by a split. */
const SETTLE_MS = 15 * 60_000;
/** Splits restate the past of a stock between two sessions; nothing restates that of a pair. */
const TTL_S = { stock: 6 * 3_600, crypto: 7 * 86_400 } as const;
const KV_CACHE_S = 600;
const RUNNING_MS = 5_000;
/** Older than this, a running bar is no stand-in for one that can't be had. */
const LAST_GOOD_MS = 60_000;
const MEMORY_MAX = 500;

/** One bar in KV: start, open, high, low, close, volume. */
type Row = readonly [number, string, string, string, string, string];

export interface Stretch {
  readonly instrument: Instrument;
  readonly interval: BarInterval;
  readonly startMs: number;
  readonly endMs: number;
}

/** The stretches that hold the bars from `startMs` to `endMs`, in order. */
export function* stretchesOf(
  instrument: Instrument,
  interval: BarInterval,
  startMs: number,
  endMs: number,
): Generator<Stretch> {
  const lengthMs = STRETCH_BARS * INTERVAL_MS[interval];
  for (let from = startMs - (startMs % lengthMs); from < endMs; from += lengthMs)
    yield { instrument, interval, startMs: from, endMs: from + lengthMs };
}

/** Plain memory: one an isolate. */
export type RunningBars = Map<string, { readonly bars: readonly Bar[]; readonly atMs: number }>;

export interface BarCacheDeps {
  readonly kv: KVNamespace;
  readonly memory: RunningBars;
  readonly log: Log;
  now(): Date;
  /** Lets the answer go out before the work has ended. */
  background(work: Promise<unknown>): void;
}

export function createBarCache({ kv, memory, log, now, background }: BarCacheDeps) {
  const isSettled = ({ endMs }: Stretch) => endMs + SETTLE_MS <= now().getTime();

  function remembered(key: string, maxAgeMs: number): readonly Bar[] | undefined {
    const known = memory.get(key);
    return known !== undefined && now().getTime() < known.atMs + maxAgeMs ? known.bars : undefined;
  }

  return {
    /** Undefined: not known, or known for too long. */
    async read(stretch: Stretch): Promise<readonly Bar[] | undefined> {
      const key = keyOf(stretch);
      if (!isSettled(stretch)) {
        return remembered(key, RUNNING_MS);
      }
      try {
        const rows = await kv.get<Row[]>(key, { type: "json", cacheTtl: KV_CACHE_S });
        return rows?.map(fromRow);
      } catch (error) {
        log.warn("bars_kv_failed", { key, error });
        return undefined;
      }
    },

    /** What runs as it stood a minute ago or less, for when nothing newer can be had. */
    lastGood: (stretch: Stretch) => remembered(keyOf(stretch), LAST_GOOD_MS),

    keep(stretch: Stretch, bars: readonly Bar[]): void {
      const key = keyOf(stretch);
      if (!isSettled(stretch)) {
        if (memory.size >= MEMORY_MAX) memory.clear();
        memory.set(key, { bars, atMs: now().getTime() });
        return;
      }
      const expirationTtl = TTL_S[stretch.instrument.assetType];
      const written = kv
        .put(key, JSON.stringify(bars.map(toRow)), { expirationTtl })
        .catch((error: unknown) => log.warn("bars_kv_failed", { key, error }));
      background(written);
    },
  };
}

export type BarCache = ReturnType<typeof createBarCache>;

const keyOf = ({ instrument: { venue, symbol }, interval, startMs }: Stretch): string =>
  `bars:${venue}:${symbol}:${interval}:${startMs}`;

const toRow = ({ startMs, open, high, low, close, volume }: Bar): Row => [
  startMs,
  open,
  high,
  low,
  close,
  volume,
];

function fromRow([startMs, open, high, low, close, volume]: Row): Bar {
  return {
    startMs,
    open: decimal(open),
    high: decimal(high),
    low: decimal(low),
    close: decimal(close),
    volume: decimal(volume),
  };
}
