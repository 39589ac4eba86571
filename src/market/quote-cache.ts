/** Last known quotes in KV: one snapshot a venue, written by the cron. Never a ground for a fill. */

import type { VenueName } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";

/** KV itself may lag a minute; asking an isolate's memory first costs the reader a second more at most. */
const MEMORY_MS = 1_000;
/** The smallest that KV takes. */
const KV_CACHE_S = 30;

export const quotesKey = (venue: VenueName): string => `quotes:${venue}`;

/** What stands in KV. */
interface QuoteSnapshot {
  readonly writtenAtMs: number;
  readonly quotes: readonly Quote[];
}

interface Reading {
  readonly bySymbol: ReadonlyMap<string, Quote>;
  readonly writtenAtMs: number | null;
  readonly untilMs: number;
}

const NOTHING = { bySymbol: new Map<string, Quote>(), writtenAtMs: null };

/** Plain memory for `createQuoteCache`: one an isolate. */
export type QuoteCacheMemory = Map<VenueName, Reading>;

export interface QuoteCacheDeps {
  readonly kv: KVNamespace;
  readonly memory: QuoteCacheMemory;
  readonly log: Log;
  now(): Date;
}

export interface QuoteCache {
  /** Ages are the quotes' own. Empty when KV cannot be read. */
  read(venue: VenueName): Promise<ReadonlyMap<string, Quote>>;
  /** Null: never, as far as KV can tell. */
  writtenAtMs(venue: VenueName): Promise<number | null>;
  write(venue: VenueName, quotes: readonly Quote[]): Promise<void>;
}

export function createQuoteCache({ kv, memory, log, now }: QuoteCacheDeps): QuoteCache {
  async function reading(venue: VenueName): Promise<Reading> {
    const nowMs = now().getTime();
    const known = memory.get(venue);
    if (known !== undefined && nowMs < known.untilMs) return known;
    const fresh = { ...(await load(venue, known)), untilMs: nowMs + MEMORY_MS };
    memory.set(venue, fresh);
    return fresh;
  }

  async function load(venue: VenueName, known: Reading | undefined) {
    try {
      const options = { type: "json", cacheTtl: KV_CACHE_S } as const;
      const stored = await kv.get<QuoteSnapshot>(quotesKey(venue), options);
      const bySymbol = new Map(stored?.quotes.map((quote) => [quote.symbol, quote]));
      return { bySymbol, writtenAtMs: stored?.writtenAtMs ?? null };
    } catch (error) {
      log.warn("quotes_kv_failed", { venue, error });
      return known ?? NOTHING;
    }
  }

  return {
    async read(venue) {
      return (await reading(venue)).bySymbol;
    },

    async writtenAtMs(venue) {
      return (await reading(venue)).writtenAtMs;
    },

    async write(venue, quotes) {
      const snapshot: QuoteSnapshot = { writtenAtMs: now().getTime(), quotes };
      await kv.put(quotesKey(venue), JSON.stringify(snapshot));
      memory.delete(venue);
    },
  };
}
