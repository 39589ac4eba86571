import type { MarketClock } from "../brokers/broker.ts";
import { AppError } from "../domain/errors.ts";
import {
  type AssetType,
  type Instrument,
  parseSymbol,
  type VenueName,
} from "../domain/instrument.ts";
import { type Close, keepsHours, lastClose } from "../domain/market-day.ts";
import { isStale, type Quote } from "../domain/quote.ts";
import { type CalendarQuery, readCalendar } from "./calendar.ts";
import type { Instruments } from "./instruments.ts";
import { type Mover, type MoverQuery, selectMovers } from "./movers.ts";
import type { MoversStore } from "./movers-store.ts";
import type { QuoteLookup } from "./quote-lookup.ts";
import { type SearchDeps, type SearchQuery, searchAssets } from "./search.ts";

export interface MarketServiceDeps extends SearchDeps {
  readonly instruments: Pick<Instruments, "get" | "getMany" | "all">;
  readonly lookup: QuoteLookup;
  readonly movers: Pick<MoversStore, "read">;
  readonly clocks: {
    /** Null: unknown. */
    get(venue: VenueName): Promise<MarketClock | null>;
    isOpen(venue: VenueName): Promise<boolean>;
  };
  now(): Date;
}

/** A quote beside what it is a quote of, as of `at`. */
export interface MarketQuote {
  readonly instrument: Instrument;
  readonly quote: Quote;
  readonly isOpen: boolean;
  /** No ground for a market order in session. */
  readonly stale: boolean;
  readonly at: Date;
}

export interface QuoteFault {
  /** As it was asked for. */
  readonly symbol: string;
  readonly code: "symbol_not_found" | "quote_unavailable";
}

export interface Session {
  readonly isOpen: boolean;
  readonly nextOpen: Date | null;
}

export interface ClockReading {
  readonly clock: MarketClock;
  readonly at: Date;
}

export interface Movers {
  /** The best first; `name` is that of the instrument. */
  readonly movers: readonly (Mover & Pick<Instrument, "name" | "assetType">)[];
  /** Of the venue whose ranking is the oldest; null before the first one. */
  readonly lastUpdated: Date | null;
  /** Instruments that were ranked. */
  readonly universeSize: number;
}

export interface AssetQuery {
  readonly assetType: AssetType | undefined;
  /** The symbol after which the page begins. */
  readonly after: string | undefined;
  readonly limit: number;
}

const CLOCK_RETRY_S = 10;

export type MarketService = ReturnType<typeof createMarketService>;

export function createMarketService(deps: MarketServiceDeps) {
  const { venues, instruments, lookup, clocks, now } = deps;

  async function instrument(text: string): Promise<Instrument> {
    const symbol = parseSymbol(text);
    const found = symbol === undefined ? undefined : await instruments.get(symbol);
    if (found === undefined) throw new AppError({ code: "symbol_not_found", symbol: text });
    return found;
  }

  async function toMarketQuote(of: Instrument, quote: Quote): Promise<MarketQuote> {
    const isOpen = await clocks.isOpen(of.venue);
    const at = now();
    return { instrument: of, quote, isOpen, stale: isOpen && isStale(quote, at.getTime()), at };
  }

  async function reference(symbol: string): Promise<Quote> {
    const quote = (await lookup.find([symbol])).get(symbol);
    if (quote === undefined) throw new AppError({ code: "quote_unavailable", symbol });
    return quote;
  }

  return {
    /** In any spelling. Throws `symbol_not_found`. */
    instrument,

    /** In any spelling. Throws `symbol_not_found`, `quote_unavailable`. */
    async quote(text: string): Promise<MarketQuote> {
      const of = await instrument(text);
      return toMarketQuote(of, await reference(of.symbol));
    },

    /** In any spellings; those without a quote are told apart, in the order in which they were asked. */
    async quotes(texts: readonly string[]): Promise<{
      readonly quotes: readonly MarketQuote[];
      readonly errors: readonly QuoteFault[];
    }> {
      const asked = texts.map((text) => ({ text, symbol: parseSymbol(text) }));
      const known = await instruments.getMany(asked.flatMap(({ symbol }) => symbol ?? []));
      const found = await lookup.find([...known.keys()]);
      const quotes = new Map<string, MarketQuote>();
      const errors: QuoteFault[] = [];
      for (const { text, symbol } of asked) {
        const of = symbol === undefined ? undefined : known.get(symbol);
        const quote = of === undefined ? undefined : found.get(of.symbol);
        if (of === undefined) errors.push({ symbol: text, code: "symbol_not_found" });
        else if (quote === undefined) errors.push({ symbol: text, code: "quote_unavailable" });
        else if (!quotes.has(of.symbol)) quotes.set(of.symbol, await toMarketQuote(of, quote));
      }
      return { quotes: [...quotes.values()], errors };
    },

    /** The freshest quote of a listed symbol, for an order. Throws `quote_unavailable`. */
    reference,

    /** The freshest quotes of listed symbols, for valuation; those without one are left out. Never throws. */
    references(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>> {
      return lookup.find(symbols);
    },

    /** Whether a market is in session. A market that has never told counts as open, so that prices must be fresh. */
    async session(assetType: AssetType): Promise<Session> {
      const venue = venues[assetType];
      const clock = await clocks.get(venue);
      return { isOpen: await clocks.isOpen(venue), nextOpen: clock?.nextOpen ?? null };
    },

    /** Of either market, the close before the session that runs, or ran last. */
    async lastCloses(): Promise<Readonly<Record<AssetType, Close>>> {
      const clock = await clocks.get(venues.stock);
      return {
        stock: lastClose("stock", now(), clock?.nextClose ?? null),
        crypto: lastClose("crypto", now(), null),
      };
    },

    /** Whether stocks trade now, and whether their venue keeps the hours of the calendar. */
    async stockHours(): Promise<{ readonly isOpen: boolean; readonly kept: boolean }> {
      const clock = await clocks.get(venues.stock);
      const kept = keepsHours("stock", now(), clock?.nextClose ?? null);
      return { isOpen: await clocks.isOpen(venues.stock), kept };
    },

    /** Throws `upstream_error` when the venue has never told. */
    async clock(assetType: AssetType): Promise<ClockReading> {
      const clock = await clocks.get(venues[assetType]);
      if (clock === null)
        throw new AppError({ code: "upstream_error", retryAfterS: CLOCK_RETRY_S });
      return { clock, at: now() };
    },

    calendar: (query: CalendarQuery) => readCalendar(query, now()),

    /** Best matches first. */
    search: (query: SearchQuery) => searchAssets(deps, query),

    /** Whose price has moved most, by the last ranking of each venue's universe. */
    async movers(query: MoverQuery): Promise<Movers> {
      const byVenue = await deps.movers.read();
      const ranked = Object.values(venues)
        .flatMap((venue) => byVenue[venue] ?? [])
        .filter(({ assetType }) => query.assetType === undefined || assetType === query.assetType);
      const selected = selectMovers(ranked, query);
      const known = await instruments.getMany(selected.map(({ symbol }) => symbol));
      return {
        movers: selected.flatMap((mover) => {
          const of = known.get(mover.symbol);
          return of === undefined ? [] : [{ ...mover, name: of.name, assetType: of.assetType }];
        }),
        lastUpdated:
          ranked.length === 0 ? null : new Date(Math.min(...ranked.map(({ atMs }) => atMs))),
        universeSize: ranked.reduce((total, { universeSize }) => total + universeSize, 0),
      };
    },

    /** Listed instruments by symbol, ascending, stocks and pairs together unless one is asked for. */
    async assets({ assetType, after, limit }: AssetQuery): Promise<readonly Instrument[]> {
      const lists = await Promise.all(Object.values(venues).map((venue) => instruments.all(venue)));
      return lists
        .flat()
        .filter((one) => assetType === undefined || one.assetType === assetType)
        .filter((one) => after === undefined || one.symbol > after)
        .sort((a, b) => (a.symbol < b.symbol ? -1 : 1))
        .slice(0, limit);
    },
  };
}
