/** The movers in KV: one value for all venues, written by the cron. */

import { type Decimal, decimal } from "../domain/decimal.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";
import type { Mover, MoversByVenue, VenueMovers } from "./movers.ts";

export const MOVERS_KEY = "movers";
/** They change once a minute. */
const MEMORY_MS = 10_000;
/** The smallest that KV takes. */
const KV_CACHE_S = 30;

/** A mover: symbol, price, change, fraction, volume. */
type Row = readonly [string, string, string, string, string | null];
type Stored = Partial<Record<VenueName, Omit<VenueMovers, "movers"> & { readonly movers: Row[] }>>;

/** Plain memory: one an isolate. */
export interface MoversMemory {
  known: { readonly movers: MoversByVenue; readonly untilMs: number } | null;
}

export interface MoversStoreDeps {
  readonly kv: KVNamespace;
  readonly memory: MoversMemory;
  readonly log: Log;
  now(): Date;
}

export interface MoversStore {
  /** Empty before the first run. Ages are the venues' own. */
  read(): Promise<MoversByVenue>;
  /** Writes those of some venues; the others' stay as they were. */
  publish(movers: MoversByVenue): Promise<void>;
}

export function createMoversStore({ kv, memory, log, now }: MoversStoreDeps): MoversStore {
  async function load(): Promise<MoversByVenue> {
    try {
      const options = { type: "json", cacheTtl: KV_CACHE_S } as const;
      return fromStored((await kv.get<Stored>(MOVERS_KEY, options)) ?? {});
    } catch (error) {
      log.warn("movers_kv_failed", { error });
      return memory.known?.movers ?? {};
    }
  }

  return {
    async read() {
      const nowMs = now().getTime();
      if (memory.known !== null && nowMs < memory.known.untilMs) return memory.known.movers;
      const movers = await load();
      memory.known = { movers, untilMs: nowMs + MEMORY_MS };
      return movers;
    },

    async publish(movers) {
      const all = { ...(await load()), ...movers };
      await kv.put(MOVERS_KEY, JSON.stringify(toStored(all)));
      memory.known = null;
    },
  };
}

function toStored(byVenue: MoversByVenue): Stored {
  return mapVenues(byVenue, ({ movers, ...facts }) => ({
    ...facts,
    movers: movers.map(
      ({ symbol, price, change, fraction, volume }): Row => [
        symbol,
        price,
        change,
        fraction,
        volume,
      ],
    ),
  }));
}

function fromStored(stored: Stored): MoversByVenue {
  return mapVenues(stored, ({ movers, ...facts }) => ({
    ...facts,
    movers: movers.map(
      ([symbol, price, change, fraction, volume]): Mover => ({
        symbol,
        price: decimal(price),
        change: decimal(change),
        fraction: decimal(fraction),
        volume: optional(volume),
      }),
    ),
  }));
}

function mapVenues<From, To>(
  byVenue: Readonly<Partial<Record<VenueName, From>>>,
  map: (venue: From) => To,
): Partial<Record<VenueName, To>> {
  return Object.fromEntries(Object.entries(byVenue).map(([venue, one]) => [venue, map(one)]));
}

const optional = (text: string | null): Decimal | null => (text === null ? null : decimal(text));
