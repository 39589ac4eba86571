/** What the market's routes answer. */

import * as z from "zod";
import "../http/describable.ts";
import { closesEarly, type TradingSession } from "../domain/calendar.ts";
import { type Decimal, formatMoney } from "../domain/decimal.ts";
import type { Instrument } from "../domain/instrument.ts";
import { ageMs, changeOf } from "../domain/quote.ts";
import { type View, view } from "../http/view.ts";
import { assetTypeText } from "./schema.ts";
import type { PricedHit } from "./search.ts";
import type { ClockReading, MarketQuote, Movers, QuoteFault } from "./service.ts";

const money = view(() => z.string().openapi({ format: "decimal", example: "10.25" }));
const amount = view(() => z.string().openapi({ format: "decimal", example: "700" }));
const moment = view(() => z.iso.datetime());

export const quoteView = view(() =>
  z
    .object({
      symbol: z.string(),
      asset_type: assetTypeText,
      name: z.string(),
      currency: z.string(),
      price: money().nullable().openapi({ description: "Of the last trade." }),
      bid_price: money().nullable(),
      bid_size: amount().nullable(),
      ask_price: money().nullable(),
      ask_size: amount().nullable(),
      open: money().nullable(),
      high: money().nullable(),
      low: money().nullable(),
      previous_close: money().nullable(),
      change: money().nullable(),
      change_pct: z.string().nullable().openapi({ description: "A fraction.", example: "0.0123" }),
      volume: amount().nullable(),
      market_status: z.enum(["open", "closed"]),
      halted: z.boolean().openapi({
        description:
          "As the venue's stream has told; only what somebody watches or holds is listened to.",
      }),
      timestamp: moment().openapi({ description: "The venue's own time." }),
      age_ms: z.int().openapi({ description: "Since the venue last confirmed these prices." }),
      stale: z.boolean().openapi({ description: "No ground for a market order." }),
      source: z.enum(["stream", "poll", "cron", "rest"]),
      seq: z.int().nullable().openapi({
        description:
          "Of the message of the symbol's stream that told these prices; null where none did.",
      }),
      in_universe: z.boolean(),
    })
    .openapi("Quote"),
);

export const quotesView = view(() =>
  z.object({
    quotes: z.array(quoteView()),
    errors: z.array(
      z.object({ symbol: z.string(), code: z.enum(["symbol_not_found", "quote_unavailable"]) }),
    ),
  }),
);

export const assetView = view(() =>
  z
    .object({
      symbol: z.string(),
      asset_type: assetTypeText,
      name: z.string(),
      exchange: z.string(),
      broker: z.string(),
      quote_currency: z.string(),
      price_increment: amount().nullable().openapi({ description: "Null: depends on the price." }),
      quantity_increment: amount(),
      min_quantity: amount().nullable(),
      fractionable: z.boolean(),
      tradable: z.boolean(),
      in_universe: z.boolean(),
    })
    .openapi("Asset"),
);

export const assetsView = view(() =>
  z.object({
    assets: z.array(assetView()),
    next_page_token: z.string().nullable(),
  }),
);

export const searchView = view(() =>
  z.object({
    results: z.array(
      z
        .object({
          symbol: z.string(),
          name: z.string(),
          asset_type: assetTypeText,
          exchange: z.string(),
          price: money()
            .nullable()
            .openapi({ description: "The last one known, up to minutes old." }),
          tradable: z.boolean(),
          fractionable: z.boolean(),
          in_universe: z.boolean(),
          match: z.enum(["symbol", "prefix", "name"]).openapi({
            description: "What was found: the whole symbol, the beginning of it, or the name.",
          }),
        })
        .openapi("SearchResult"),
    ),
  }),
);

export const moversView = view(() =>
  z
    .object({
      movers: z.array(
        z
          .object({
            rank: z.int(),
            symbol: z.string(),
            name: z.string(),
            asset_type: assetTypeText,
            price: money(),
            change: money().openapi({ description: "Since the previous close." }),
            change_pct: z.string().openapi({ description: "A fraction.", example: "0.0123" }),
            volume: amount().nullable(),
          })
          .openapi("Mover"),
      ),
      last_updated: moment().nullable().openapi({
        description: "When they were computed, each minute; null before the first time.",
      }),
      universe_size: z.int().openapi({ description: "Instruments that were compared." }),
    })
    .openapi("Movers"),
);

export const clockView = view(() =>
  z
    .object({
      timestamp: moment(),
      is_open: z.boolean(),
      next_open: moment().nullable(),
      next_close: moment().nullable(),
    })
    .openapi("Clock"),
);

export const calendarView = view(() =>
  z.object({
    calendar: z.array(
      z
        .object({
          date: z.iso.date().openapi({ description: "In New York." }),
          open: moment(),
          close: moment(),
          early_close: z.boolean(),
        })
        .openapi("TradingDay"),
    ),
  }),
);

export function toQuoteView(market: MarketQuote): View<typeof quoteView> {
  const { instrument, quote, isOpen, stale, at } = market;
  const change = changeOf(quote);
  return {
    symbol: instrument.symbol,
    asset_type: instrument.assetType,
    name: instrument.name,
    currency: "USD",
    price: moneyText(quote.price),
    bid_price: moneyText(quote.bidPrice),
    bid_size: quote.bidSize,
    ask_price: moneyText(quote.askPrice),
    ask_size: quote.askSize,
    open: moneyText(quote.open),
    high: moneyText(quote.high),
    low: moneyText(quote.low),
    previous_close: moneyText(quote.previousClose),
    change: moneyText(change?.change ?? null),
    change_pct: change?.fraction ?? null,
    volume: quote.volume,
    market_status: isOpen ? "open" : "closed",
    halted: quote.halted ?? false,
    timestamp: new Date(quote.atMs).toISOString(),
    age_ms: ageMs(quote, at.getTime()),
    stale,
    source: quote.source,
    seq: quote.seq ?? null,
    in_universe: instrument.inUniverse,
  };
}

export function toQuotesView(found: {
  readonly quotes: readonly MarketQuote[];
  readonly errors: readonly QuoteFault[];
}): View<typeof quotesView> {
  return { quotes: found.quotes.map(toQuoteView), errors: [...found.errors] };
}

export function toAssetView(instrument: Instrument): View<typeof assetView> {
  return {
    symbol: instrument.symbol,
    asset_type: instrument.assetType,
    name: instrument.name,
    exchange: instrument.exchange,
    broker: instrument.venue,
    quote_currency: instrument.quoteCurrency,
    price_increment: instrument.priceIncrement,
    quantity_increment: instrument.quantityIncrement,
    min_quantity: instrument.minQuantity,
    fractionable: instrument.fractionable,
    tradable: instrument.tradable,
    in_universe: instrument.inUniverse,
  };
}

export function toSearchView(hits: readonly PricedHit[]): View<typeof searchView> {
  const results = hits.map(({ instrument, match, price }) => ({
    symbol: instrument.symbol,
    name: instrument.name,
    asset_type: instrument.assetType,
    exchange: instrument.exchange,
    price: moneyText(price),
    tradable: instrument.tradable,
    fractionable: instrument.fractionable,
    in_universe: instrument.inUniverse,
    match,
  }));
  return { results };
}

export function toMoversView(found: Movers): View<typeof moversView> {
  return {
    movers: found.movers.map((mover, i) => ({
      rank: i + 1,
      symbol: mover.symbol,
      name: mover.name,
      asset_type: mover.assetType,
      price: formatMoney(mover.price),
      change: formatMoney(mover.change),
      change_pct: mover.fraction,
      volume: mover.volume,
    })),
    last_updated: found.lastUpdated?.toISOString() ?? null,
    universe_size: found.universeSize,
  };
}

export function toCalendarView(sessions: readonly TradingSession[]): View<typeof calendarView> {
  const calendar = sessions.map((session) => ({
    date: session.day,
    open: session.open.toISOString(),
    close: session.close.toISOString(),
    early_close: closesEarly(session),
  }));
  return { calendar };
}

export function toClockView({ clock, at }: ClockReading): View<typeof clockView> {
  return {
    timestamp: at.toISOString(),
    is_open: clock.isOpen,
    next_open: clock.nextOpen?.toISOString() ?? null,
    next_close: clock.nextClose?.toISOString() ?? null,
  };
}

const moneyText = (price: Decimal | null): string | null =>
  price === null ? null : formatMoney(price);
