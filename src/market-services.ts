/** What the market's services are made of: the part of the composition root that is about prices. */

import { createBarCache } from "./charts/bar-cache.ts";
import { createBarSource } from "./charts/bar-source.ts";
import { createDailyBarJob } from "./charts/daily-job.ts";
import { createDailyBarRepository } from "./charts/repository.ts";
import { createChartService } from "./charts/service.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/client.ts";
import type { VenueName } from "./domain/instrument.ts";
import { VenueClocks } from "./market/clock.ts";
import type { FeedDeps } from "./market/feed-deps.ts";
import { createInstruments } from "./market/instruments.ts";
import { createMoversStore } from "./market/movers-store.ts";
import { createQuoteCache } from "./market/quote-cache.ts";
import { createQuoteLookup } from "./market/quote-lookup.ts";
import { QuoteMemory } from "./market/quote-memory.ts";
import { createActivityReader, createAssetReader } from "./market/reader.ts";
import { createMarketRefresh } from "./market/refresh.ts";
import { createInstrumentRepository } from "./market/repository.ts";
import { createMarketService } from "./market/service.ts";
import type { Objects } from "./object-namespaces.ts";
import type { Log } from "./observability/log.ts";
import type { Metrics } from "./observability/metrics.ts";

export interface MarketParts {
  readonly db: Database;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly objects: Pick<Objects, "room" | "feed" | "link">;
  readonly marketData: FeedDeps["marketData"];
  /** With those where orders of ours may still be open. */
  readonly linked: readonly VenueName[];
  now(): Date;
  /** Lets the answer go out before the work has ended. */
  background(work: Promise<unknown>): void;
}

/** Quotes, assets, charts, and the jobs that keep them. */
export function createMarket(env: Env, config: Config, parts: MarketParts) {
  const { db, log, metrics, objects, marketData, linked, now, background } = parts;
  const { venues } = config;
  const kv = env.QUOTES;
  const repository = createInstrumentRepository(db);
  const instruments = createInstruments({ venues, kv, repository, memory: new Map(), log, now });
  const cache = createQuoteCache({ kv, memory: new Map(), log, now });
  const activity = createActivityReader(db);
  const movers = createMoversStore({ kv, memory: { known: null }, log, now });
  const clocks = new VenueClocks({
    read: (venue) => marketData(venue)?.clock(),
    now,
    onFailure: (venue, error) => log.warn("clock_unread", { venue, error }),
  });
  const lookup = createQuoteLookup({
    venues,
    rooms: { quote: (symbol) => objects.room(symbol).quote() },
    feeds: { quotes: (venue, symbols) => objects.feed(venue).quotes(symbols) },
    cache,
    marketData,
    isOpen: (venue) => clocks.isOpen(venue),
    memory: new QuoteMemory(venues),
    log,
    now,
    sleep: (ms) => scheduler.wait(ms),
  });
  const refresh = createMarketRefresh({
    venues,
    instruments,
    repository,
    activity,
    cache,
    movers,
    marketData,
    feeds: {
      async ensure(venue) {
        const { lastTickAtMs, mode } = await objects.feed(venue).ensure();
        if (lastTickAtMs !== null) {
          metrics.feedAge({ venue, mode }, now().getTime() - lastTickAtMs);
        }
      },
      watchedSymbols: (venue) => objects.feed(venue).watchedSymbols(),
      refresh: (venue, quotes) => objects.feed(venue).refresh(quotes),
      hold: (venue, symbols) => objects.feed(venue).hold(symbols),
    },
    links: { venues: linked, ensure: (venue) => objects.link(venue).ensure() },
    universeMaxPrice: config.universeMaxPrice,
    log,
    now,
  });
  const assets = createAssetReader(db);
  const market = createMarketService({
    venues,
    instruments,
    assets,
    cache,
    movers,
    lookup,
    clocks,
    now,
  });
  const bars = createDailyBarRepository(db);
  const charts = createChartService({
    instrument: (text) => market.instrument(text),
    isOpen: ({ venue }) => clocks.isOpen(venue),
    cache: createBarCache({ kv, memory: new Map(), log, now, background }),
    source: createBarSource({ marketData, budgets: new Map(), log, now }),
    repository: bars,
    now,
  });
  const dailyBars = createDailyBarJob({
    repository: bars,
    async wanted() {
      const { held, listed } = await activity.active();
      return [...held, ...listed];
    },
    venues,
    marketData,
    log,
    now,
  });
  return { market, charts, dailyBars, instruments, refresh, cache };
}
