/** The last 24 hours of a pair: what Binance calls its day. */

import { decimal, divide, mul, sub } from "../../src/domain/decimal.ts";
import { readBars } from "../market/bar-query.ts";
import { type Bar, joinBars } from "../market/bars.ts";
import { DAY_MS } from "../market/calendar.ts";
import { decimalOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { priceText, sizeText, valueText } from "./exchange-info.ts";
import { fixed } from "./order-json.ts";

const MINUTE_MS = 60_000;
const MINUTES_MAX = 2_000;

/** Finished minutes of each pair, joined once a minute. */
const finished = new WeakMap<Listing, { readonly minute: number; readonly bar: Bar | undefined }>();

function rollingDay(listing: Listing, nowMs: number): Bar {
  const minute = Math.floor(nowMs / MINUTE_MS);
  let before = finished.get(listing);
  if (before?.minute !== minute) {
    const startMs = (minute + 1) * MINUTE_MS - DAY_MS;
    const range = {
      startMs,
      endMs: minute * MINUTE_MS - 1,
      limit: MINUTES_MAX,
      newestFirst: false,
    };
    const bars = readBars(listing.tape, listing.calendar, { unit: "minute", count: 1 }, range);
    const [first, ...rest] = bars;
    before = { minute, bar: first && rest.reduce(joinBars, first) };
    finished.set(listing, before);
  }
  const running = listing.tape.minute();
  const current =
    running !== undefined && running.startMs >= minute * MINUTE_MS ? running : undefined;
  if (before.bar === undefined || current === undefined)
    return before.bar ?? current ?? listing.tape.state.today;
  return joinBars(before.bar, current);
}

/** GET ticker/24hr. */
export function dayTickerJson(listing: Listing, nowMs: number) {
  const { instrument, walk } = listing;
  const day = rollingDay(listing, nowMs);
  const change = walk.last - day.open;
  return {
    symbol: instrument.symbol,
    priceChange: fixed(
      sub(decimalOf(walk.last, instrument.priceScale), decimalOf(day.open, instrument.priceScale)),
    ),
    priceChangePercent: divide(mul(decimal(change), decimal("100")), decimal(day.open), 3),
    weightedAvgPrice: priceText(listing, Math.round(day.value / Math.max(1, day.volume))),
    prevClosePrice: priceText(listing, day.open),
    lastPrice: priceText(listing, walk.last),
    lastQty: sizeText(listing, walk.lastSize),
    bidPrice: priceText(listing, walk.bid),
    bidQty: sizeText(listing, walk.bidSize),
    askPrice: priceText(listing, walk.ask),
    askQty: sizeText(listing, walk.askSize),
    openPrice: priceText(listing, day.open),
    highPrice: priceText(listing, day.high),
    lowPrice: priceText(listing, day.low),
    volume: sizeText(listing, day.volume),
    quoteVolume: valueText(listing, day.value),
    openTime: nowMs - DAY_MS,
    closeTime: nowMs,
    firstId: Math.max(0, walk.tradeId - day.count),
    lastId: walk.tradeId,
    count: day.count,
  };
}

/** The 24hrTicker event of the stream. */
export function tickerEvent(listing: Listing, nowMs: number) {
  const it = dayTickerJson(listing, nowMs);
  return {
    e: "24hrTicker",
    E: nowMs,
    s: it.symbol,
    p: it.priceChange,
    P: it.priceChangePercent,
    w: it.weightedAvgPrice,
    x: it.prevClosePrice,
    c: it.lastPrice,
    Q: it.lastQty,
    b: it.bidPrice,
    B: it.bidQty,
    a: it.askPrice,
    A: it.askQty,
    o: it.openPrice,
    h: it.highPrice,
    l: it.lowPrice,
    v: it.volume,
    q: it.quoteVolume,
    O: it.openTime,
    C: it.closeTime,
    F: it.firstId,
    L: it.lastId,
    n: it.count,
  };
}

/** The 24hrMiniTicker event of the stream. */
export function miniTickerEvent(listing: Listing, nowMs: number) {
  const { E, s, c, o, h, l, v, q } = tickerEvent(listing, nowMs);
  return { e: "24hrMiniTicker", E, s, c, o, h, l, v, q };
}
