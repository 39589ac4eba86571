/** Where the last quote of a symbol is had from, nearest first. */

import type { MarketData } from "../brokers/broker.ts";
import { type VenueName, type Venues, venueOf } from "../domain/instrument.ts";
import { ageMs, QUOTE_STALE_MS, type Quote } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";
import { freshestBySymbol } from "./freshest.ts";
import type { QuoteCache } from "./quote-cache.ts";
import type { QuoteMemory } from "./quote-memory.ts";

/** A symbol's room that was told this recently needs nobody to vouch for it. */
const ROOM_FRESH_MS = 1_000;
const VENUE_SYMBOLS_MAX = 100;
/** How long a request waits for the answer that another request of its isolate is fetching. */
const WAIT_STEP_MS = 25;
const WAIT_STEPS_MAX = 120;

export interface QuoteLookupDeps {
  readonly venues: Venues;
  readonly rooms: {
    /** Null: the room has none. */
    quote(symbol: string): Promise<Quote | null>;
  };
  readonly feeds: {
    /** Of those that somebody watches or holds. */
    quotes(venue: VenueName, symbols: readonly string[]): Promise<readonly Quote[]>;
  };
  readonly cache: Pick<QuoteCache, "read">;
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): Pick<MarketData, "snapshots"> | undefined;
  isOpen(venue: VenueName): Promise<boolean>;
  readonly memory: QuoteMemory;
  readonly log: Log;
  now(): Date;
  sleep(ms: number): Promise<void>;
}

export type QuoteLookup = ReturnType<typeof createQuoteLookup>;

export function createQuoteLookup(deps: QuoteLookupDeps) {
  const { rooms, feeds, cache, marketData, isOpen, memory, log } = deps;
  const nowMs = () => deps.now().getTime();

  async function ofVenue(venue: VenueName, symbols: readonly string[]): Promise<Quote[]> {
    const startMs = nowMs();
    for (const symbol of symbols) memory.want(symbol, startMs);
    const remembered = symbols.flatMap((symbol) => memory.fresh(symbol, startMs) ?? []);
    const known = new Set(remembered.map(({ symbol }) => symbol));
    const asked = symbols.filter((symbol) => !known.has(symbol));
    if (asked.length === 0) return remembered;

    let found = asked.flatMap((symbol) => memory.last(symbol) ?? []);
    const fromRooms = await watched(venue, asked);
    // Nobody watches it; its feed may follow it all the same, since somebody holds it.
    const isOneWithoutRoom = asked.length === 1 && fromRooms.length === 0;
    found = join(found, fromRooms);
    const open = await isOpen(venue);
    // In a closed market nothing confirms a quote and nothing needs to: any known one is the last one.
    const lacking = (quotes: readonly Quote[]) => {
      const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
      return asked.filter((symbol) => {
        const quote = bySymbol.get(symbol);
        return quote === undefined || (open && ageMs(quote, nowMs()) > QUOTE_STALE_MS);
      });
    };
    // An old one in memory may have been overtaken by the cron's, so KV is read for all that no stream vouches for.
    const unvouched = found.filter((quote) => ageMs(quote, nowMs()) > ROOM_FRESH_MS);
    if (unvouched.length > 0 || lacking(found).length > 0) {
      found = join(found, await cached(venue, asked));
    }
    if (isOneWithoutRoom) found = join(found, await followed(venue, lacking(found)));
    const missing = lacking(found);
    if (missing.length > 0) found = join(found, await fromVenue(venue, missing));

    for (const quote of found) memory.keep(quote, nowMs());
    return [...remembered, ...found];
  }

  /**
   * A room knows the last tick, but not whether silence since then means that nothing moved: its feed does, since it
   * holds the connection. So one symbol asks its room, which is near, and the feed only where the room's quote has aged.
   */
  async function watched(venue: VenueName, symbols: readonly string[]): Promise<readonly Quote[]> {
    const [only] = symbols;
    if (only === undefined) return [];
    if (symbols.length > 1) return followed(venue, symbols);
    try {
      const quote = await rooms.quote(only);
      if (quote === null) return [];
      if (ageMs(quote, nowMs()) <= ROOM_FRESH_MS) return [quote];
      return [quote, ...(await followed(venue, symbols))];
    } catch (error) {
      log.warn("watched_quotes_failed", { venue, symbols: symbols.length, error });
      return [];
    }
  }

  async function followed(venue: VenueName, symbols: readonly string[]): Promise<readonly Quote[]> {
    if (symbols.length === 0) return [];
    try {
      return await feeds.quotes(venue, symbols);
    } catch (error) {
      log.warn("watched_quotes_failed", { venue, symbols: symbols.length, error });
      return [];
    }
  }

  async function cached(venue: VenueName, symbols: readonly string[]): Promise<readonly Quote[]> {
    const bySymbol = await cache.read(venue);
    return symbols.flatMap((symbol) => bySymbol.get(symbol) ?? []);
  }

  async function fromVenue(venue: VenueName, symbols: readonly string[]): Promise<Quote[]> {
    const startMs = nowMs();
    const othersAsk = symbols.filter((symbol) => memory.isAsking(symbol, startMs));
    const ours = symbols.filter((symbol) => !othersAsk.includes(symbol));
    const asking: Promise<Quote[]>[] = [];
    for (let from = 0; from < ours.length; from += VENUE_SYMBOLS_MAX) {
      asking.push(askVenue(venue, ours.slice(from, from + VENUE_SYMBOLS_MAX)));
    }
    await awaitOthers(othersAsk);
    const answers = (await Promise.all(asking)).flat();
    return [...answers, ...othersAsk.flatMap((symbol) => memory.last(symbol) ?? [])];
  }

  async function askVenue(venue: VenueName, symbols: readonly string[]): Promise<Quote[]> {
    const market = marketData(venue);
    if (market === undefined) return [];
    const claimed = memory.claim(venue, symbols, VENUE_SYMBOLS_MAX, nowMs());
    if (claimed === null) {
      log.warn("quote_budget_spent", { venue, symbols: symbols.length });
      return [];
    }
    try {
      const quotes = await market.snapshots(claimed);
      for (const quote of quotes) memory.keep(quote, nowMs());
      return quotes.filter(({ symbol }) => symbols.includes(symbol));
    } catch (error) {
      log.warn("venue_quotes_failed", { venue, symbols: symbols.length, error });
      return [];
    } finally {
      memory.release(claimed);
    }
  }

  // Each request waits on a timer of its own: a promise that another request resolves would never come back to this one.
  async function awaitOthers(symbols: readonly string[]): Promise<void> {
    for (let step = 0; step < WAIT_STEPS_MAX; step++) {
      if (!symbols.some((symbol) => memory.isAsking(symbol, nowMs()))) return;
      await deps.sleep(WAIT_STEP_MS);
    }
  }

  return {
    /** The freshest quotes of `symbols` (as we spell them) that can be had, by symbol. Ages are honest; never throws. */
    async find(symbols: readonly string[]): Promise<Map<string, Quote>> {
      const byVenue = Map.groupBy(new Set(symbols), (symbol) => venueOf(deps.venues, symbol));
      const found = await Promise.all(
        [...byVenue].map(([venue, ofThatVenue]) => ofVenue(venue, ofThatVenue)),
      );
      return new Map(found.flat().map((quote) => [quote.symbol, quote]));
    },
  };
}

function join(a: readonly Quote[], b: readonly Quote[]): Quote[] {
  return [...freshestBySymbol([...a, ...b]).values()];
}
