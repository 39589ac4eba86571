/** The one composition root: what the Worker and its objects are made of. */

import { waitUntil } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { createAccountRepository } from "./account/repository.ts";
import { type AccountService, createAccountService } from "./account/service.ts";
import type { AuthService } from "./auth/service.ts";
import { createAuth } from "./auth-services.ts";
import type { LinkDeps } from "./brokers/link-deps.ts";
import { createBrokers } from "./brokers/registry.ts";
import type { DailyBarJob } from "./charts/daily-job.ts";
import type { ChartService } from "./charts/service.ts";
import { type Config, readConfig } from "./config.ts";
import { createDatabase } from "./db/client.ts";
import { ZERO } from "./domain/decimal.ts";
import { newId } from "./domain/id.ts";
import { VENUE_NAMES, type VenueName, venueOf } from "./domain/instrument.ts";
import { isOpen, type Order } from "./domain/order.ts";
import { createHealthChecks } from "./health/checks.ts";
import type { HealthChecks } from "./health/report.ts";
import { createJournalReader, type EventViews, showEventData } from "./journal/reader.ts";
import { loggedBroker } from "./logged-broker.ts";
import type { FeedDeps } from "./market/feed-deps.ts";
import type { MarketRefresh } from "./market/refresh.ts";
import type { MarketService } from "./market/service.ts";
import { createMarket } from "./market-services.ts";
import { objectsOf } from "./object-namespaces.ts";
import { dialLink } from "./objects/link-host.ts";
import type { StreamDeps } from "./objects/stream-deps.ts";
import type { Log } from "./observability/log.ts";
import { createMetrics } from "./observability/metrics.ts";
import { type BookingDeps, bookReports } from "./orders/book.ts";
import { createOrderRepository, orderFromJson } from "./orders/repository.ts";
import { createOrderService, type OrderService } from "./orders/service.ts";
import { toOrderView } from "./orders/views.ts";
import { logFor } from "./platform-log.ts";
import { toCashEventView } from "./portfolio/ledger-views.ts";
import {
  createPortfolioRepository,
  positionFromJson,
  tradeFromJson,
} from "./portfolio/repository.ts";
import { createPortfolioService, type PortfolioService } from "./portfolio/service.ts";
import { toBookedPositionView, toTradeView } from "./portfolio/views.ts";
import { FEED_LINK } from "./streams/room-update.ts";
import { createWatchlistRepository } from "./watchlists/repository.ts";
import { createWatchlistService, type WatchlistService } from "./watchlists/service.ts";

export interface Services {
  readonly account: AccountService;
  readonly auth: AuthService;
  readonly orders: OrderService;
  readonly portfolio: PortfolioService;
  readonly market: MarketService;
  readonly charts: ChartService;
  readonly watchlists: WatchlistService;
  readonly health: HealthChecks;
  readonly refresh: MarketRefresh;
  readonly dailyBars: DailyBarJob;
  readonly feeds: FeedDeps;
  readonly links: LinkDeps;
  readonly streams: StreamDeps;
  readonly log: Log;
}

const services = new WeakMap<Env, Services>();

/** The services of an isolate. Throws where the settings are faulty: `/health` and the log say which. */
export function servicesFor(env: Env): Services {
  const known = services.get(env);
  if (known !== undefined) return known;
  const reading = readConfig(env);
  if (!reading.ok) throw new Error("the settings are faulty");
  const made = createServices(env, reading.config);
  services.set(env, made);
  return made;
}

const now = () => new Date();
const sleep = (ms: number) => scheduler.wait(ms);

const eventViews: EventViews = {
  order: (row) => toOrderView(orderFromJson(row)),
  trade: (row) => toTradeView(tradeFromJson(row)),
  position: (row) => toBookedPositionView(positionFromJson(row)),
  cash: toCashEventView,
};

function createServices(env: Env, config: Config): Services {
  const log = logFor(env);
  const metrics = createMetrics(env.METRICS);
  const db = createDatabase(config.database);
  const objects = objectsOf(env);
  const brokers = createBrokers({
    alpaca: config.alpaca,
    ...config.exchanges,
    marketsCache: env.QUOTES,
    now,
    onUnparsable: (venue, what) => log.warn("unparsable", { venue, what }),
  });
  const logged = new Map(
    VENUE_NAMES.flatMap((venue) => {
      const known = brokers[venue]?.broker;
      return known === undefined ? [] : [[venue, loggedBroker(known, log, now)] as const];
    }),
  );
  const broker = (venue: VenueName) => logged.get(venue);
  const venues = Object.values(config.venues);
  // Orders may still be open at a venue that was chosen before.
  const linked = VENUE_NAMES.filter((venue) => venues.includes(venue) || brokers[venue]);
  const marketData = (venue: VenueName) => brokers[venue]?.marketData;

  const { market, charts, dailyBars, instruments, refresh, cache } = createMarket(env, config, {
    db,
    log,
    metrics,
    objects,
    marketData,
    linked,
    now,
    background: waitUntil,
  });
  const instrumentExists = async (symbols: readonly string[]) =>
    new Set((await instruments.getMany(symbols)).keys());
  const orderRepository = createOrderRepository(db);
  const portfolios = createPortfolioRepository(db);
  const accounts = createAccountRepository(db);
  const tellAccounts = async (userIds: readonly string[]) => {
    await Promise.all(userIds.map((userId) => objects.account(userId).notify()));
  };

  // What is not told is found: by the link's own alarm, and by the heads in the heartbeats.
  const inBackground = (telling: Promise<unknown>) =>
    waitUntil(telling.catch((error: unknown) => log.warn("announcement_failed", { error })));

  function announce(order: Order): void {
    const { broker: venue, status, rejectionReason: reason } = order;
    metrics.order({ venue, status, reason });
    inBackground(tellAccounts([order.userId]));
    if (isOpen(order.status)) inBackground(objects.link(order.broker).expect([order]));
  }

  const announceAccount = (userId: string) => inBackground(tellAccounts([userId]));
  const booking: BookingDeps = {
    orders: orderRepository,
    quotes: (symbols) => market.references(symbols),
    cancel(order) {
      const venue = broker(order.broker);
      if (venue !== undefined) inBackground(venue.cancel(order));
    },
    log,
    now,
    sleep,
  };

  const auth = createAuth(config, { db, objects, log, now });
  return {
    account: createAccountService({ accounts, announce: announceAccount, now }),
    auth,
    market,
    charts,
    watchlists: createWatchlistService({
      watchlists: createWatchlistRepository(db),
      instrumentExists,
      now,
      newId,
    }),
    refresh,
    dailyBars,
    log,
    orders: createOrderService({
      orders: orderRepository,
      market: {
        instrument: (symbol) => instruments.get(symbol),
        quote: async (symbol) => (await market.references([symbol])).get(symbol),
        session: (assetType) => market.session(assetType),
        async halted(symbols) {
          try {
            const quotes = await objects.feed("alpaca").quotes(symbols);
            return new Set(quotes.filter((it) => it.halted).map(({ symbol }) => symbol));
          } catch (error) {
            log.warn("halts_unread", { error });
            return new Set();
          }
        },
      },
      broker,
      feeRate: (assetType) => (assetType === "crypto" ? config.cryptoTakerFee : ZERO),
      universeMaxPrice: config.universeMaxPrice,
      haltedVenues: config.haltedVenues,
      announce,
      holdings: portfolios.heldSymbols,
      showEvent: (data) => showEventData(data, eventViews),
      log,
      now,
      newId,
      sleep,
    }),
    portfolio: createPortfolioService({
      portfolios,
      marks: {
        quotes: (symbols) => market.references(symbols),
        instruments: (symbols) => instruments.getMany(symbols),
        lastCloses: market.lastCloses,
        stockHours: market.stockHours,
      },
      prices: { bars: charts.many, stretchesPerSymbol: charts.stretchesPerSymbol },
      histories: new Map(),
      announce: announceAccount,
      now,
    }),
    health: createHealthChecks({
      database: () => db.execute(sql`select 1`),
      kv: () => env.QUOTES.get("health"),
      venues,
      snapshotWrittenAtMs: (venue) => cache.writtenAtMs(venue),
      linked,
      link: (venue) => objects.link(venue).ensure(),
      now,
    }),
    feeds: {
      // The feed of an exchange that was chosen before rests, whatever it followed.
      marketData: (venue) => (venues.includes(venue) ? marketData(venue) : undefined),
      publish: (symbol, update) => env.SYMBOL_ROOM.getByName(symbol).publish(update),
      dial: (symbol, events) => dialLink(env.SYMBOL_ROOM.getByName(symbol), FEED_LINK, events),
      log,
    },
    links: {
      broker,
      async book(venue, reports) {
        const booked = await bookReports(booking, venue, reports);
        metrics.booked(venue, booked.booked, booked.repaired);
        return booked;
      },
      openOrders: (venue, after, limit) => orderRepository.openAt(venue, after, limit),
      orders: (venue, ids) => orderRepository.atVenue(venue, ids),
      auditStrangers: (venue, strangers) => orderRepository.auditStrangers(venue, strangers, now()),
      tellAccounts,
      deadlines: config.deadlines,
      log,
    },
    streams: {
      verifyToken: (token) => auth.verify(token),
      journal: createJournalReader(db, eventViews),
      instrumentExists,
      feed(symbol) {
        // A stub for each call: one whose object was lost fails for good, and rooms keep what they get here.
        const feed = () => objects.feed(venueOf(config.venues, symbol));
        return { watch: () => feed().watch(symbol), unwatch: () => feed().unwatch(symbol) };
      },
      windowMs: config.streamWindowMs,
      now,
      metrics,
      log,
    },
  };
}
