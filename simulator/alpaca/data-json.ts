/** Market data in Alpaca's words: JSON numbers, times with nanoseconds. */

import type { Bar } from "../market/bars.ts";
import { newYorkText } from "../market/calendar.ts";
import { type Instrument, numberOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import type { Print } from "../market/walk.ts";

const EXCHANGE = "V";

/** RFC 3339 in UTC with nine digits; the last three tell apart what shares a microsecond. */
export function nanoText(us: number, within: number): string {
  const seconds = new Date(Math.floor(us / 1e6) * 1000).toISOString().slice(0, 19);
  const micros = String(Math.floor(us % 1e6)).padStart(6, "0");
  return `${seconds}.${micros}${String(within % 1000).padStart(3, "0")}Z`;
}

const tapeOf = (instrument: Instrument): string => (instrument.exchange === "NASDAQ" ? "C" : "A");

export function quoteJson({ instrument, walk }: Listing) {
  return {
    t: nanoText(walk.quoteAtUs, walk.quoteId),
    ax: EXCHANGE,
    ap: numberOf(walk.ask, instrument.priceScale),
    as: walk.askSize,
    bx: EXCHANGE,
    bp: numberOf(walk.bid, instrument.priceScale),
    bs: walk.bidSize,
    c: ["R"],
    z: tapeOf(instrument),
  };
}

export function tradeJson({ instrument, walk }: Listing) {
  return printJson(instrument, {
    atUs: walk.tradeAtUs,
    price: walk.last,
    size: walk.lastSize,
    taker: walk.lastTaker,
    tradeId: walk.lastTradeId,
  });
}

export function printJson(instrument: Instrument, print: Print) {
  return {
    t: nanoText(print.atUs, print.tradeId),
    x: EXCHANGE,
    p: numberOf(print.price, instrument.priceScale),
    s: print.size,
    c: ["@"],
    i: print.tradeId,
    z: tapeOf(instrument),
  };
}

export function barJson(instrument: Instrument, bar: Bar) {
  const price = (ticks: number) => numberOf(ticks, instrument.priceScale);
  // In hundredths of a tick.
  const average = bar.volume === 0 ? 100 * bar.close : Math.round((100 * bar.value) / bar.volume);
  return {
    t: `${new Date(bar.startMs).toISOString().slice(0, 19)}Z`,
    o: price(bar.open),
    h: price(bar.high),
    l: price(bar.low),
    c: price(bar.close),
    v: bar.volume,
    n: bar.count,
    vw: numberOf(average, instrument.priceScale + 2),
  };
}

/** Daily bars carry midnight in New York, whenever their session opened. */
export function dailyBarJson(instrument: Instrument, bar: Bar) {
  const offset = newYorkText(bar.startMs);
  const midnightMs = Date.parse(`${offset.slice(0, 10)}T00:00:00${offset.slice(-6)}`);
  return barJson(instrument, { ...bar, startMs: midnightMs });
}

export function snapshotJson(listing: Listing) {
  const { instrument, tape } = listing;
  const days = tape.days();
  const [previous, today] = days.slice(-2);
  const minute = tape.minute();
  return {
    latestTrade: tradeJson(listing),
    latestQuote: quoteJson(listing),
    minuteBar: minute === undefined ? null : barJson(instrument, minute),
    dailyBar: today === undefined ? null : dailyBarJson(instrument, today),
    prevDailyBar: previous === undefined ? null : dailyBarJson(instrument, previous),
  };
}
