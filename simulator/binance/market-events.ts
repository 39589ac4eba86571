/** What the public streams say of a quote, a trade and a minute. */

import type { Bar } from "../market/bars.ts";
import type { Listing } from "../market/market.ts";
import type { Print } from "../market/walk.ts";
import { priceText, sizeText, valueText } from "./exchange-info.ts";
import { aggregateTradeJson } from "./market-routes.ts";

/** Carries neither an event type nor a time, as the venue's does not. */
export function bookTickerEvent(pair: Listing) {
  const { walk } = pair;
  return {
    u: walk.quoteId,
    s: pair.instrument.symbol,
    b: priceText(pair, walk.bid),
    B: sizeText(pair, walk.bidSize),
    a: priceText(pair, walk.ask),
    A: sizeText(pair, walk.askSize),
  };
}

export function tradeEvent(pair: Listing, print: Print) {
  const atMs = Math.floor(print.atUs / 1000);
  return {
    e: "trade",
    E: atMs,
    s: pair.instrument.symbol,
    t: print.tradeId,
    p: priceText(pair, print.price),
    q: sizeText(pair, print.size),
    T: atMs,
    m: print.taker === "sell",
    M: true,
  };
}

export function aggregateEvent(pair: Listing, print: Print) {
  const atMs = Math.floor(print.atUs / 1000);
  return { e: "aggTrade", E: atMs, s: pair.instrument.symbol, ...aggregateTradeJson(pair, print) };
}

export function klineEvent(pair: Listing, bar: Bar | undefined, finished: boolean) {
  if (bar === undefined) return null;
  const { symbol } = pair.instrument;
  return {
    e: "kline",
    E: Math.floor(pair.walk.tradeAtUs / 1000),
    s: symbol,
    k: {
      t: bar.startMs,
      T: bar.startMs + 59_999,
      s: symbol,
      i: "1m",
      f: pair.walk.tradeId - bar.count + 1,
      L: pair.walk.tradeId,
      o: priceText(pair, bar.open),
      c: priceText(pair, bar.close),
      h: priceText(pair, bar.high),
      l: priceText(pair, bar.low),
      v: sizeText(pair, bar.volume),
      n: bar.count,
      x: finished,
      q: valueText(pair, bar.value),
      V: sizeText(pair, Math.floor(bar.volume / 2)),
      Q: valueText(pair, Math.floor(bar.value / 2)),
      B: "0",
    },
  };
}
