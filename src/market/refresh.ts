/** What the cron does for the market: quotes each minute, instruments each day, feeds and links alive. */

import type { MarketData } from "../brokers/broker.ts";
import type { Decimal } from "../domain/decimal.ts";
import { type Instrument, type VenueName, type Venues, venueOf } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";
import { fetchQuotes } from "./fetch-quotes.ts";
import type { Instruments } from "./instruments.ts";
import { type MoversByVenue, rankMovers, type VenueMovers } from "./movers.ts";
import type { MoversStore } from "./movers-store.ts";
import type { QuoteCache } from "./quote-cache.ts";
import type { ActiveSymbols, ActivityReader } from "./reader.ts";
import type { InstrumentRepository } from "./repository.ts";
import { belongsToUniverse } from "./universe.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Prices were missing when the universe was drawn: not worth a whole day of waiting. */
const RETRY_MS = 10 * 60_000;

export interface MarketRefreshDeps {
  /** Those that serve an asset type now. */
  readonly venues: Venues;
  readonly instruments: Pick<Instruments, "all" | "refreshedAtMs" | "publish">;
  readonly repository: Pick<InstrumentRepository, "replaceAll">;
  readonly activity: ActivityReader;
  readonly cache: Pick<QuoteCache, "read" | "write">;
  readonly movers: Pick<MoversStore, "publish">;
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): Pick<MarketData, "snapshots" | "instruments"> | undefined;
  readonly feeds: {
    ensure(venue: VenueName): Promise<unknown>;
    watchedSymbols(venue: VenueName): Promise<readonly string[]>;
    refresh(venue: VenueName, quotes: readonly Quote[]): Promise<void>;
    /** Follows what somebody has positions or open orders in. */
    hold(venue: VenueName, symbols: readonly string[]): Promise<void>;
  };
  readonly links: {
    /** With those where orders of ours may still be open. */
    readonly venues: readonly VenueName[];
    ensure(venue: VenueName): Promise<unknown>;
  };
  /** USD; zero turns the rule off. */
  readonly universeMaxPrice: Decimal;
  readonly log: Log;
  now(): Date;
}

/** How many parts of a job went wrong; each has left a line in the log and its last good data in place. */
export interface RefreshReport {
  readonly failed: number;
}

export interface MarketRefresh {
  connections(): Promise<RefreshReport>;
  instruments(): Promise<RefreshReport>;
  quotes(): Promise<RefreshReport>;
}

export function createMarketRefresh(deps: MarketRefreshDeps): MarketRefresh {
  const { instruments, repository, activity, cache, movers, marketData, feeds, links, log } = deps;
  const { universeMaxPrice } = deps;

  async function attempt(
    what: { readonly job: string; readonly venue?: VenueName },
    run: () => Promise<void>,
  ): Promise<number> {
    try {
      await run();
      return 0;
    } catch (error) {
      log.error("refresh_failed", { ...what, error });
      return 1;
    }
  }

  async function forEachVenue(
    job: string,
    run: (venue: VenueName) => Promise<void>,
    venues: readonly VenueName[] = Object.values(deps.venues),
  ) {
    const failures = await Promise.all(
      venues.map((venue) => attempt({ job, venue }, () => run(venue))),
    );
    return { failed: failures.reduce((a, b) => a + b, 0) };
  }

  async function refreshQuotes(
    venue: VenueName,
    { held, listed }: ActiveSymbols,
    onRanked: (ranked: VenueMovers) => void,
  ): Promise<void> {
    const market = marketData(venue);
    if (market === undefined) return;
    const ofVenue = (symbol: string) => venueOf(deps.venues, symbol) === venue;
    const followed = new Set([...(await watchedOf(venue)), ...held.filter(ofVenue)]);
    const inUniverse = (await instruments.all(venue)).filter(
      (one) => one.inUniverse && one.tradable,
    );
    // What somebody holds, has ordered or keeps on a list may have left the universe, and has a price all the same.
    const others = [...followed, ...listed.filter(ofVenue)];
    const active = new Set([...inUniverse.map(({ symbol }) => symbol), ...others]);
    const { quotes, errors } = await fetchQuotes(market, [...active]);
    const fresh = quotes.map((quote): Quote => ({ ...quote, source: "cron" }));
    if (fresh.length > 0) {
      await tellFeed(
        venue,
        fresh.filter(({ symbol }) => followed.has(symbol)),
      );
      // What could not be had this time keeps its last quote, with its age.
      const before = [...(await cache.read(venue)).values()];
      const kept = before.filter(({ symbol }) => active.has(symbol));
      const bySymbol = new Map([...kept, ...fresh].map((quote) => [quote.symbol, quote]));
      onRanked(rank(venue, inUniverse, bySymbol));
      await cache.write(venue, [...bySymbol.values()]);
    }
    if (errors.length > 0)
      throw new Error(`${errors.length} requests failed`, { cause: errors[0] });
  }

  /** Reads what matters to somebody, and tells the feeds what is held; if it can't be read, they go on with what they have. */
  async function activeSymbols(): Promise<ActiveSymbols> {
    try {
      const active = await activity.active();
      await forEachVenue("feed_hold", (venue) =>
        feeds.hold(
          venue,
          active.held.filter((symbol) => venueOf(deps.venues, symbol) === venue),
        ),
      );
      return active;
    } catch (error) {
      log.error("refresh_failed", { job: "active_symbols", error });
      return { held: [], listed: [] };
    }
  }

  function rank(
    venue: VenueName,
    universe: readonly Instrument[],
    quotes: ReadonlyMap<string, Quote>,
  ): VenueMovers {
    const at = deps.now();
    return {
      atMs: at.getTime(),
      assetType: deps.venues.stock === venue ? "stock" : "crypto",
      universeSize: universe.length,
      movers: rankMovers(universe, quotes, at),
    };
  }

  // A feed that does not answer is no reason to leave the snapshot old, and the other way round.
  async function watchedOf(venue: VenueName): Promise<ReadonlySet<string>> {
    try {
      return new Set(await feeds.watchedSymbols(venue));
    } catch (error) {
      log.error("refresh_failed", { job: "watched_symbols", venue, error });
      return new Set();
    }
  }

  async function tellFeed(venue: VenueName, quotes: readonly Quote[]): Promise<void> {
    if (quotes.length === 0) return;
    await attempt({ job: "feed_refresh", venue }, () => feeds.refresh(venue, quotes));
  }

  async function refreshInstruments(venue: VenueName): Promise<void> {
    const market = marketData(venue);
    if (market === undefined) return;
    const at = deps.now();
    const refreshedAtMs = await instruments.refreshedAtMs(venue);
    if (refreshedAtMs !== null && at.getTime() - refreshedAtMs < DAY_MS) return;

    const listed = await market.instruments();
    // An empty list is a fault of the venue's, not the end of its market.
    if (listed.length === 0) throw new Error("the venue lists nothing");
    const before = new Map((await instruments.all(venue)).map((one) => [one.symbol, one]));
    const { prices, incomplete } = await pricesOf(venue, market, listed);
    const drawn = listed.map((one) => ({
      ...one,
      inUniverse: belongsToUniverse(
        prices.get(one.symbol) ?? null,
        universeMaxPrice,
        before.get(one.symbol)?.inUniverse ?? false,
      ),
    }));
    await repository.replaceAll(venue, drawn, at);
    const names = new Set(drawn.map(({ symbol }) => symbol));
    const gone = [...before.values()]
      .filter(({ symbol }) => !names.has(symbol))
      .map((one) => ({ ...one, tradable: false, inUniverse: false }));
    await instruments.publish(venue, {
      refreshedAtMs: incomplete ? at.getTime() - DAY_MS + RETRY_MS : at.getTime(),
      instruments: [...drawn, ...gone],
    });
    const universe = drawn.filter((one) => one.inUniverse).length;
    log.info("instruments_refreshed", { venue, listed: drawn.length, universe, incomplete });
  }

  async function pricesOf(
    venue: VenueName,
    market: Pick<MarketData, "snapshots">,
    listed: readonly Instrument[],
  ) {
    const cached = await cache.read(venue);
    const unknown = listed.filter((one) => one.tradable && !cached.has(one.symbol));
    const { quotes, errors } = await fetchQuotes(
      market,
      unknown.map(({ symbol }) => symbol),
    );
    const prices = new Map<string, Decimal>();
    for (const { symbol, price, bidPrice } of [...cached.values(), ...quotes]) {
      const known = price ?? bidPrice;
      if (known !== null) prices.set(symbol, known);
    }
    return { prices, incomplete: errors.length > 0 };
  }

  return {
    /** Wakes what may have been lost: the venues' price streams and order updates. */
    async connections() {
      const woken = await Promise.all([
        forEachVenue("feed", async (venue) => void (await feeds.ensure(venue))),
        forEachVenue("link", async (venue) => void (await links.ensure(venue)), links.venues),
      ]);
      return { failed: woken.reduce((total, { failed }) => total + failed, 0) };
    },

    /** Takes over each venue's list and draws the universe anew, if that was not done for a day. */
    instruments: () => forEachVenue("instruments", refreshInstruments),

    /**
     * Asks for the last quotes of every active symbol, for KV and for the rooms of those that are watched, and ranks the
     * universe by how far it has moved. A venue that tells nothing keeps its last ranking, with its age.
     */
    async quotes() {
      const ranked: { -readonly [Venue in keyof MoversByVenue]: MoversByVenue[Venue] } = {};
      const active = await activeSymbols();
      const { failed } = await forEachVenue("quotes", (venue) =>
        refreshQuotes(venue, active, (ofVenue) => {
          ranked[venue] = ofVenue;
        }),
      );
      if (Object.keys(ranked).length === 0) return { failed };
      return { failed: failed + (await attempt({ job: "movers" }, () => movers.publish(ranked))) };
    },
  };
}
