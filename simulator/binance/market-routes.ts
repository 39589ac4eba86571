/** Public market data over REST. */

import type { Core } from "../core.ts";
import type { Reply } from "../http.ts";
import { type BarPeriod, readBars } from "../market/bar-query.ts";
import type { Bar } from "../market/bars.ts";
import { DAY_MS } from "../market/calendar.ts";
import type { Listing } from "../market/market.ts";
import type { Print } from "../market/walk.ts";
import { exchangeInfoJson, priceText, sizeText, valueText } from "./exchange-info.ts";
import { dayTickerJson } from "./rolling-day.ts";
import { type BinanceRoute, fail, symbolUnknown } from "./route.ts";

const INTERVAL = /^(\d{1,2})([mhdwM])$/;
const KLINES_DEFAULT = 500;
const KLINES_MAX = 1_000;
const LEVELS_MAX = 100;

export function binanceMarketRoutes(core: Core): BinanceRoute[] {
  const { market } = core.exchange;
  const pairs = market.listings.filter(({ instrument }) => instrument.venue === "binance");

  /** The pairs that `symbol` or `symbols` names; all without either; undefined if one is unknown. */
  function named(params: URLSearchParams): readonly Listing[] | undefined {
    const many = params.get("symbols");
    const names = many === null ? params.getAll("symbol") : readList(many);
    if (names === undefined) return undefined;
    if (names.length === 0) return pairs;
    const found = names.flatMap((name) =>
      pairs.filter(({ instrument }) => instrument.symbol === name),
    );
    return found.length === names.length ? found : undefined;
  }

  /** One object for `symbol`, a list for `symbols` and for all. */
  function each(path: string, weight: number, toJson: (pair: Listing) => unknown): BinanceRoute {
    return {
      method: "GET",
      path,
      weight,
      run(params) {
        const found = named(params);
        if (found === undefined) return symbolUnknown;
        const bodies = found.map(toJson);
        return { status: 200, body: params.has("symbol") ? bodies[0] : bodies };
      },
    };
  }

  /** A route about one pair. */
  function one(
    path: string,
    weight: number,
    run: (pair: Listing, params: URLSearchParams) => Reply,
  ): BinanceRoute {
    return {
      method: "GET",
      path,
      weight,
      run(params) {
        const [pair] = (params.has("symbol") && named(params)) || [];
        return pair === undefined ? symbolUnknown : run(pair, params);
      },
    };
  }

  return [
    { method: "GET", path: "ping", weight: 1, run: () => ({ status: 200, body: {} }) },
    {
      method: "GET",
      path: "time",
      weight: 1,
      run: () => ({ status: 200, body: { serverTime: core.nowMs() } }),
    },
    {
      method: "GET",
      path: "exchangeInfo",
      weight: 20,
      run(params) {
        const found = named(params);
        if (found === undefined) return symbolUnknown;
        return { status: 200, body: exchangeInfoJson(found, core.nowMs()) };
      },
    },
    each("ticker/24hr", 2, (pair) => dayTickerJson(pair, core.nowMs())),
    each("ticker/bookTicker", 2, bookTickerJson),
    each("ticker/price", 2, (pair) => ({
      symbol: pair.instrument.symbol,
      price: priceText(pair, pair.walk.last),
    })),
    one("klines", 2, (pair, params) => klines(pair, params, core.nowMs())),
    one("depth", 5, depth),
    one("trades", 25, (pair, params) => ({
      status: 200,
      body: recent(pair, params).map((print) => tradeJson(pair, print)),
    })),
    one("aggTrades", 4, (pair, params) => ({
      status: 200,
      body: recent(pair, params).map((print) => aggregateTradeJson(pair, print)),
    })),
  ];
}

function readList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function bookTickerJson(pair: Listing) {
  const { walk } = pair;
  return {
    symbol: pair.instrument.symbol,
    bidPrice: priceText(pair, walk.bid),
    bidQty: sizeText(pair, walk.bidSize),
    askPrice: priceText(pair, walk.ask),
    askQty: sizeText(pair, walk.askSize),
  };
}

function depth(pair: Listing, params: URLSearchParams): Reply {
  const { walk } = pair;
  const count = Math.min(Number(params.get("limit")) || LEVELS_MAX, LEVELS_MAX);
  const levels = (best: number, size: number, step: number) =>
    Array.from({ length: count }, (_, i) => best + i * step)
      .filter((ticks) => ticks > 0)
      .map((ticks) => [priceText(pair, ticks), sizeText(pair, size)]);
  return {
    status: 200,
    body: {
      lastUpdateId: walk.quoteId,
      bids: levels(walk.bid, walk.bidSize, -1),
      asks: levels(walk.ask, walk.askSize, 1),
    },
  };
}

function recent({ tape }: Listing, params: URLSearchParams): readonly Print[] {
  const limit = Math.min(Number(params.get("limit")) || 500, 500);
  return tape.prints().slice(-limit);
}

function tradeJson(pair: Listing, print: Print) {
  return {
    id: print.tradeId,
    price: priceText(pair, print.price),
    qty: sizeText(pair, print.size),
    quoteQty: valueText(pair, print.price * print.size),
    time: Math.floor(print.atUs / 1000),
    isBuyerMaker: print.taker === "sell",
    isBestMatch: true,
  };
}

export function aggregateTradeJson(pair: Listing, print: Print) {
  return {
    a: print.tradeId,
    p: priceText(pair, print.price),
    q: sizeText(pair, print.size),
    f: print.tradeId,
    l: print.tradeId,
    T: Math.floor(print.atUs / 1000),
    m: print.taker === "sell",
    M: true,
  };
}

function klines(pair: Listing, params: URLSearchParams, nowMs: number): Reply {
  const period = readInterval(params.get("interval") ?? "");
  if (period === undefined) return fail(400, -1120, "Invalid interval.");
  const start = params.get("startTime");
  const limit = Math.min(Number(params.get("limit")) || KLINES_DEFAULT, KLINES_MAX);
  const range = {
    startMs: Number(start ?? 0),
    endMs: Math.min(Number(params.get("endTime") ?? nowMs), nowMs),
    limit,
    // Without a start the newest are wanted.
    newestFirst: start === null,
  };
  const bars = [...readBars(pair.tape, pair.calendar, period.period, range)];
  if (range.newestFirst) bars.reverse();
  return { status: 200, body: bars.map((bar) => klineJson(pair, bar, period.lengthMs)) };
}

function readInterval(text: string): { period: BarPeriod; lengthMs: number } | undefined {
  const [, digits = "", unit = ""] = INTERVAL.exec(text) ?? [];
  const count = Number(digits);
  if (count === 0) return undefined;
  if (unit === "m") return { period: { unit: "minute", count }, lengthMs: count * 60_000 };
  if (unit === "h")
    return { period: { unit: "minute", count: 60 * count }, lengthMs: count * 3_600_000 };
  if (unit === "d") return { period: { unit: "day", count }, lengthMs: count * DAY_MS };
  if (count !== 1) return undefined;
  if (unit === "w") return { period: { unit: "week" }, lengthMs: 7 * DAY_MS };
  return { period: { unit: "month" }, lengthMs: 31 * DAY_MS };
}

function klineJson(pair: Listing, bar: Bar, lengthMs: number) {
  return [
    bar.startMs,
    priceText(pair, bar.open),
    priceText(pair, bar.high),
    priceText(pair, bar.low),
    priceText(pair, bar.close),
    sizeText(pair, bar.volume),
    bar.startMs + lengthMs - 1,
    valueText(pair, bar.value),
    bar.count,
    sizeText(pair, Math.floor(bar.volume / 2)),
    valueText(pair, Math.floor(bar.value / 2)),
    "0",
  ];
}
