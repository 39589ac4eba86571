/** How a tick or a snapshot changes what is known of a symbol. */

import { add, type Decimal, max, min } from "../domain/decimal.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import { freshest } from "./freshest.ts";

/** What a feed knows of one symbol. */
export interface SymbolState {
  readonly quote: Quote;
  /**
   * The venue's time of the last tick of each kind. Kinds are ordered apart: venues stamp them by different clocks, and a
   * trade that arrives after a later quote is still the next trade.
   */
  readonly lastAtMs: Readonly<Partial<Record<Tick["kind"], number>>>;
}

/** Applies a tick that arrived at `nowMs`. Undefined: the venue stamped it before the last one of its kind. */
export function applyTick(
  state: SymbolState | undefined,
  tick: Tick,
  nowMs: number,
): SymbolState | undefined {
  const last = state?.lastAtMs[tick.kind];
  if (last !== undefined && tick.atMs < last) return undefined;
  const before = state?.quote ?? emptyQuote(tick.symbol);
  return {
    quote: {
      ...before,
      ...changes(before, tick, state?.lastAtMs.status ?? 0),
      atMs: Math.max(before.atMs, tick.atMs),
      confirmedAtMs: Math.max(before.confirmedAtMs, nowMs),
      source: "stream",
    },
    lastAtMs: { ...state?.lastAtMs, [tick.kind]: tick.atMs },
  };
}

/**
 * Takes in a snapshot. Prices follow `freshest`; the session's figures are always the snapshot's, since ticks can extend
 * a session but never tell that another one has begun.
 */
export function absorbSnapshot(state: SymbolState | undefined, snapshot: Quote): SymbolState {
  if (state === undefined) return { quote: snapshot, lastAtMs: {} };
  const { open, high, low, volume, previousClose } = snapshot;
  const merged = freshest(state.quote, snapshot);
  const tradedSince = (state.lastAtMs.trade ?? 0) > snapshot.atMs ? merged.price : null;
  return {
    ...state,
    quote: {
      ...merged,
      open: open ?? merged.open,
      high: high === null ? merged.high : extend(high, tradedSince, max),
      low: low === null ? merged.low : extend(low, tradedSince, min),
      volume: volume ?? merged.volume,
      previousClose: previousClose ?? merged.previousClose,
      // Halts are pushed; a snapshot does not know of them.
      halted: state.quote.halted ?? snapshot.halted,
    },
  };
}

function changes(before: Quote, tick: Tick, statusAtMs: number): Partial<Quote> {
  switch (tick.kind) {
    case "quote": {
      const { bidPrice, bidSize, askPrice, askSize } = tick;
      return { bidPrice, bidSize, askPrice, askSize };
    }
    case "trade":
      return {
        price: tick.price,
        size: tick.size,
        priceAtMs: tick.atMs,
        high: before.high === null ? null : max(before.high, tick.price),
        low: before.low === null ? null : min(before.low, tick.price),
        volume: before.volume === null ? null : add(before.volume, tick.size),
        // The message that a halt has ended may have been missed.
        halted: before.halted === true && tick.atMs > statusAtMs ? false : before.halted,
      };
    case "status":
      return { halted: tick.halted };
  }
}

function extend(
  edge: Decimal,
  price: Decimal | null,
  pick: (a: Decimal, b: Decimal) => Decimal,
): Decimal {
  return price === null ? edge : pick(edge, price);
}

function emptyQuote(symbol: string): Quote {
  return {
    symbol,
    bidPrice: null,
    bidSize: null,
    askPrice: null,
    askSize: null,
    price: null,
    size: null,
    open: null,
    high: null,
    low: null,
    volume: null,
    previousClose: null,
    halted: null,
    atMs: 0,
    confirmedAtMs: 0,
    source: "stream",
  };
}
