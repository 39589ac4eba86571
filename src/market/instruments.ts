/** The directory of instruments: isolate, then KV, then the table. */

import { type Instrument, type VenueName, type Venues, venueOf } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";
import type { InstrumentRepository } from "./repository.ts";

/** How long an isolate trusts what it has read: an instrument changes once a day. */
const MEMORY_MS = 60_000;
/** After nobody could answer. */
const RETRY_MS = 2_000;
/** The smallest that KV takes. */
const KV_CACHE_S = 30;

export const instrumentsKey = (venue: VenueName): string => `instruments:${venue}`;

/** What stands in KV, written by the daily refresh. */
export interface InstrumentList {
  readonly refreshedAtMs: number;
  readonly instruments: readonly Instrument[];
}

type StoredList = Omit<InstrumentList, "refreshedAtMs"> & { readonly refreshedAtMs: number | null };

interface Listing {
  /** Null: never. */
  readonly refreshedAtMs: number | null;
  readonly bySymbol: ReadonlyMap<string, Instrument>;
  readonly sorted: readonly Instrument[];
  readonly untilMs: number;
}

/** Plain memory for `createInstruments`: one an isolate. */
export type InstrumentMemory = Map<VenueName, Listing>;

export interface InstrumentsDeps {
  readonly venues: Venues;
  readonly kv: KVNamespace;
  readonly repository: Pick<InstrumentRepository, "all" | "refreshedAt">;
  readonly memory: InstrumentMemory;
  readonly log: Log;
  now(): Date;
}

export interface Instruments {
  /** `symbol` as we answer with it. Undefined: no venue lists it. */
  get(symbol: string): Promise<Instrument | undefined>;
  /** Those that are listed, by symbol. */
  getMany(symbols: readonly string[]): Promise<Map<string, Instrument>>;
  /** By symbol, ascending. */
  all(venue: VenueName): Promise<readonly Instrument[]>;
  /** When the venue's list was last taken over; null if never. */
  refreshedAtMs(venue: VenueName): Promise<number | null>;
  /** Writes the list that the next readings answer from. */
  publish(venue: VenueName, list: InstrumentList): Promise<void>;
}

export function createInstruments({
  venues,
  kv,
  repository,
  memory,
  log,
  now,
}: InstrumentsDeps): Instruments {
  async function listing(venue: VenueName): Promise<Listing> {
    const nowMs = now().getTime();
    const known = memory.get(venue);
    if (known !== undefined && nowMs < known.untilMs) return known;
    try {
      return remember(venue, (await fromKv(venue)) ?? (await fromTable(venue)), nowMs + MEMORY_MS);
    } catch (error) {
      if (known === undefined) throw error;
      log.warn("instruments_unread", { venue, error });
      const kept = { ...known, untilMs: nowMs + RETRY_MS };
      memory.set(venue, kept);
      return kept;
    }
  }

  async function fromKv(venue: VenueName): Promise<StoredList | null> {
    try {
      const options = { type: "json", cacheTtl: KV_CACHE_S } as const;
      return await kv.get<InstrumentList>(instrumentsKey(venue), options);
    } catch (error) {
      log.warn("instruments_kv_failed", { venue, error });
      return null;
    }
  }

  async function fromTable(venue: VenueName): Promise<StoredList> {
    const instruments = await repository.all(venue);
    const refreshedAtMs = (await repository.refreshedAt(venue))?.getTime() ?? null;
    if (refreshedAtMs !== null) await write(venue, { refreshedAtMs, instruments });
    return { refreshedAtMs, instruments };
  }

  function remember(venue: VenueName, stored: StoredList, untilMs: number): Listing {
    const sorted = stored.instruments.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
    const fresh = {
      refreshedAtMs: stored.refreshedAtMs,
      bySymbol: new Map(sorted.map((instrument) => [instrument.symbol, instrument])),
      sorted,
      // An empty list is a platform that has just been set up: look again at once.
      untilMs: sorted.length > 0 ? untilMs : 0,
    };
    memory.set(venue, fresh);
    return fresh;
  }

  async function write(venue: VenueName, list: InstrumentList): Promise<void> {
    try {
      await kv.put(instrumentsKey(venue), JSON.stringify(list));
    } catch (error) {
      // KV takes one write a second a key; whoever wrote first wrote the same.
      log.warn("instruments_kv_failed", { venue, error });
    }
  }

  return {
    async get(symbol) {
      return (await listing(venueOf(venues, symbol))).bySymbol.get(symbol);
    },

    async getMany(symbols) {
      const found = new Map<string, Instrument>();
      for (const venue of new Set(symbols.map((symbol) => venueOf(venues, symbol)))) {
        const { bySymbol } = await listing(venue);
        for (const symbol of symbols) {
          const instrument = bySymbol.get(symbol);
          if (instrument !== undefined) found.set(symbol, instrument);
        }
      }
      return found;
    },

    async all(venue) {
      return (await listing(venue)).sorted;
    },

    async refreshedAtMs(venue) {
      return (await listing(venue)).refreshedAtMs;
    },

    async publish(venue, list) {
      memory.delete(venue);
      await write(venue, list);
    },
  };
}
