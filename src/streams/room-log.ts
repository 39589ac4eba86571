/** The counted messages of one symbol: what a room makes of its feed's updates. */

import { type Decimal, formatMoney } from "../domain/decimal.ts";
import type { Quote, QuoteSource, Tick } from "../domain/quote.ts";
import type { Delivery, MarketMessage } from "./delivery.ts";
import { Ring, type RingEntry } from "./ring.ts";
import type { RoomUpdate } from "./room-update.ts";
import { type Cursor, MARKET_CHANNELS, type MarketChannel, topicOf } from "./topic.ts";

/** Everything, as it is kept while the room sleeps. */
export interface RoomLogState {
  /** How many times the counters began anew. */
  readonly generation: number;
  readonly quote: Quote | null;
  readonly trade: ShownTrade | null;
  readonly channels: Readonly<
    Record<MarketChannel, { readonly seq: number; readonly ring: readonly RingEntry[] }>
  >;
}

/** The fields of a quote message. Prices have two decimals or more, as everywhere in answers. */
interface Shown {
  readonly price: string | null;
  readonly bid_price: string | null;
  readonly bid_size: Decimal | null;
  readonly ask_price: string | null;
  readonly ask_size: Decimal | null;
  readonly timestamp: string | null;
  readonly source: QuoteSource | null;
}

/** The fields of a trade message; its price like a quote's. */
interface ShownTrade {
  readonly price: string;
  readonly size: Decimal | null;
  readonly timestamp: string;
}

const NOTHING_SHOWN: Shown = {
  price: null,
  bid_price: null,
  bid_size: null,
  ask_price: null,
  ask_size: null,
  timestamp: null,
  source: null,
};

export class RoomLog {
  readonly #symbol: string;
  readonly #generation: number;
  readonly #channels: Record<MarketChannel, { seq: number; readonly ring: Ring }>;
  #quote: Quote | null;
  #trade: ShownTrade | null;

  constructor(symbol: string, state: RoomLogState) {
    const channel = (name: MarketChannel) => ({
      seq: state.channels[name].seq,
      ring: new Ring(state.channels[name].ring),
    });
    this.#symbol = symbol;
    this.#generation = state.generation;
    this.#channels = { quotes: channel("quotes"), trades: channel("trades") };
    this.#quote = state.quote;
    this.#trade = state.trade;
  }

  get generation(): number {
    return this.#generation;
  }

  get epoch(): string {
    return `k${this.#generation}`;
  }

  get quote(): Quote | null {
    return this.#quote;
  }

  position(channel: MarketChannel): Cursor {
    return { epoch: this.epoch, seq: this.#channels[channel].seq };
  }

  /**
   * Counts what is new in `update`. A trade moves the price, so it is a message of both channels. Without ticks only
   * other prices are news, and only if they are not older than what is known.
   */
  publish({ quote, ticks }: RoomUpdate, nowMs: number): Delivery[] {
    const known = this.#quote;
    if (ticks.length === 0 && known !== null && quote.atMs < known.atMs) return [];
    const before = { quotes: this.#channels.quotes.seq, trades: this.#channels.trades.seq };
    const messages: Record<MarketChannel, MarketMessage[]> = { quotes: [], trades: [] };
    const count = (channel: MarketChannel, data: unknown) => {
      const log = this.#channels[channel];
      log.seq += 1;
      const message = { seq: log.seq, data: JSON.stringify(data) };
      log.ring.push(message, nowMs);
      messages[channel].push(message);
    };

    let shown = this.#shown();
    for (const tick of ticks) {
      if (tick.kind === "status") continue;
      shown = showTick(shown, tick);
      if (tick.kind === "trade") {
        this.#trade = toShownTrade(tick.price, tick.size, tick.atMs);
        count("trades", this.#trade);
      }
      count("quotes", shown);
    }
    const final = toShown(quote);
    if (!samePrices(shown, final)) count("quotes", final);
    this.#quote = quote;

    return MARKET_CHANNELS.filter((channel) => messages[channel].length > 0).map((channel) => ({
      topic: topicOf(channel, this.#symbol),
      epoch: this.epoch,
      from: before[channel],
      messages: messages[channel],
      lost: null,
    }));
  }

  /** The present state of a channel as its newest message. */
  latest(channel: MarketChannel): Cursor & MarketMessage {
    const data = channel === "quotes" ? this.#shown() : (this.#lastTrade() ?? {});
    return { ...this.position(channel), data: JSON.stringify(data) };
  }

  /** What somebody who stopped at `cursor` has missed, or, where that is gone, the present state. */
  replay(channel: MarketChannel, cursor: Cursor, nowMs: number): Delivery {
    const topic = topicOf(channel, this.#symbol);
    const { epoch, seq, data } = this.latest(channel);
    if (cursor.epoch === epoch && cursor.seq <= seq) {
      const { ring } = this.#channels[channel];
      const messages = cursor.seq === seq ? [] : ring.after(cursor.seq, nowMs);
      if (messages !== undefined) return { topic, epoch, from: cursor.seq, messages, lost: null };
    }
    return { topic, epoch, from: seq, messages: [{ seq, data }], lost: cursor };
  }

  state(nowMs: number): RoomLogState {
    const channel = (name: MarketChannel) => ({
      seq: this.#channels[name].seq,
      ring: this.#channels[name].ring.entries(nowMs),
    });
    return {
      generation: this.#generation,
      quote: this.#quote,
      trade: this.#trade,
      channels: { quotes: channel("quotes"), trades: channel("trades") },
    };
  }

  #shown(): Shown {
    return this.#quote === null ? NOTHING_SHOWN : toShown(this.#quote);
  }

  // A symbol that has not traded while somebody listened still has a last trade, in its quote.
  #lastTrade(): ShownTrade | null {
    const quote = this.#quote;
    if (this.#trade !== null || quote === null || quote.price === null) return this.#trade;
    return toShownTrade(quote.price, quote.size, quote.atMs);
  }
}

/** Counters that begin anew: their numbers can't be mistaken for those of another generation. */
export function freshLogState(generation: number, quote: Quote | null): RoomLogState {
  const empty = { seq: 0, ring: [] };
  return { generation, quote, trade: null, channels: { quotes: empty, trades: empty } };
}

function toShown(quote: Quote): Shown {
  return {
    price: priceText(quote.price),
    bid_price: priceText(quote.bidPrice),
    bid_size: quote.bidSize,
    ask_price: priceText(quote.askPrice),
    ask_size: quote.askSize,
    timestamp: new Date(quote.atMs).toISOString(),
    source: quote.source,
  };
}

function showTick(shown: Shown, tick: Exclude<Tick, { kind: "status" }>): Shown {
  const stamped = {
    ...shown,
    timestamp: new Date(tick.atMs).toISOString(),
    source: "stream",
  } as const;
  if (tick.kind === "trade") return { ...stamped, price: formatMoney(tick.price) };
  return {
    ...stamped,
    bid_price: formatMoney(tick.bidPrice),
    bid_size: tick.bidSize,
    ask_price: formatMoney(tick.askPrice),
    ask_size: tick.askSize,
  };
}

const toShownTrade = (price: Decimal, size: Decimal | null, atMs: number): ShownTrade => ({
  price: formatMoney(price),
  size,
  timestamp: new Date(atMs).toISOString(),
});

const priceText = (price: Decimal | null): string | null =>
  price === null ? null : formatMoney(price);

function samePrices(a: Shown, b: Shown): boolean {
  return (
    a.price === b.price &&
    a.bid_price === b.bid_price &&
    a.bid_size === b.bid_size &&
    a.ask_price === b.ask_price &&
    a.ask_size === b.ask_size
  );
}
