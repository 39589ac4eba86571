/** An exchange that a test moves by hand, with everything that it said. */

import { decimal } from "../../src/domain/decimal.ts";
import { createFaultBook } from "../faults.ts";
import { createInstruments, unitsOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { createExchange, type ExchangeEvent, type ExchangeState } from "../matching/exchange.ts";
import type { OrderTerms, Refusal, VenueOrder } from "../matching/order.ts";

/** A Wednesday at 12:00 in New York, with the exchange open. */
export const NOON_MS = Date.UTC(2026, 5, 10, 16);

const FEW = new Set(["F", "T", "TLRY", "DOGEUSDT", "XRPUSDT", "SHIBUSDT"]);

type Text = { readonly [Name in "quantity" | "notional" | "limit" | "stop"]?: string };
export type TestTerms = Omit<Partial<OrderTerms>, keyof Text> & Text;

export function createTestExchange(
  options: {
    seed?: number;
    startMs?: number;
    alwaysOpen?: boolean;
    saved?: ExchangeState;
    /** All instruments instead of a few. */
    wide?: boolean;
  } = {},
) {
  const events: ExchangeEvent[] = [];
  const faults = createFaultBook();
  const exchange = createExchange(
    {
      seed: options.seed ?? 1,
      startMs: options.startMs ?? NOON_MS,
      instruments: createInstruments().filter(
        ({ symbol }) => options.wide === true || FEW.has(symbol),
      ),
      alwaysOpen: options.alwaysOpen ?? true,
      cash: decimal("1000000"),
      faults,
      saved: options.saved,
    },
    (event) => void events.push(event),
  );

  function listing(symbol: string): Listing {
    const found = exchange.market.find(symbol);
    if (found === undefined) throw new Error(`no ${symbol}`);
    return found;
  }

  function submit(terms: TestTerms) {
    const symbol = terms.symbol ?? "F";
    const type = terms.type ?? (terms.limit === undefined ? "market" : "limit");
    const amount = (text: string | undefined) => (text === undefined ? null : decimal(text));
    return exchange.submit(
      {
        clientId: exchange.newUuid(),
        side: "buy",
        timeInForce: listing(symbol).instrument.venue === "alpaca" ? "day" : "gtc",
        trigger: "stop",
        postOnly: false,
        extendedHours: false,
        label: type.toUpperCase(),
        ...terms,
        symbol,
        type,
        quantity: amount(terms.quantity),
        notional: amount(terms.notional),
        limit: amount(terms.limit),
        stop: amount(terms.stop),
      },
      listing(symbol),
    );
  }

  return {
    exchange,
    faults,
    events,
    listing,

    /** Sets the market in a symbol; the displayed sizes are in lots. */
    pin(
      symbol: string,
      bid: string,
      ask: string,
      sizes: { bid?: number; ask?: number; last?: string } = {},
    ) {
      const { instrument, walk } = listing(symbol);
      const ticks = (price: string) => unitsOf(decimal(price), instrument.priceScale);
      const last = sizes.last === undefined ? null : ticks(sizes.last);
      exchange.market.pin(
        listing(symbol),
        { bid: ticks(bid), ask: ticks(ask), last },
        exchange.nowUs(),
      );
      if (sizes.bid !== undefined) walk.bidSize = sizes.bid;
      if (sizes.ask !== undefined) walk.askSize = sizes.ask;
    },

    place(terms: TestTerms): VenueOrder {
      const outcome = submit(terms);
      if (outcome.kind === "refused") throw new Error(outcome.refusal.message);
      return outcome.order;
    },

    refused(terms: TestTerms): Refusal {
      const outcome = submit(terms);
      if (outcome.kind === "taken") throw new Error(`taken: ${outcome.order.id}`);
      return outcome.refusal;
    },

    /** Lets market time pass in steps, as a running venue does. */
    run(ms: number, stepMs = 1_000) {
      const endMs = exchange.nowMs() + ms;
      while (exchange.nowMs() < endMs) exchange.advance(Math.min(endMs, exchange.nowMs() + stepMs));
    },

    causes: (order: VenueOrder): string[] =>
      events.flatMap((event) =>
        event.type === "order" && event.order.id === order.id ? event.cause : [],
      ),

    fills: (order: VenueOrder): string[] =>
      exchange.orders.executionsOf(order).map(({ quantity, price }) => `${quantity}@${price}`),
  };
}

/** An exchange's events as text, one a line: what has to be equal byte for byte. */
export function transcript(events: readonly ExchangeEvent[]): string {
  return events
    .map((event) => {
      if (!("listing" in event)) return JSON.stringify(event);
      const { listing, ...rest } = event;
      return JSON.stringify({ ...rest, symbol: listing.instrument.symbol });
    })
    .join("\n");
}
