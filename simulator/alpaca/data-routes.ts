/** Market data over REST. */

import type { Core } from "../core.ts";
import type { FaceRequest, Reply, Route } from "../http.ts";
import { type BarPeriod, readBars } from "../market/bar-query.ts";
import { numberOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { barJson, dailyBarJson, quoteJson, snapshotJson, tradeJson } from "./data-json.ts";

const BARS_DEFAULT = 1_000;
const BARS_MAX = 10_000;
const TIMEFRAME = /^(\d{1,2})(Min|T|Hour|H|Day|D|Week|W|Month|M)$/;

export function alpacaDataRoutes(core: Core): Route[] {
  const { market } = core.exchange;
  const stocks = market.listings.filter(({ instrument }) => instrument.venue === "alpaca");

  /** The listings that a request names, unknown ones left out, as the venue does. */
  function named(symbols: string | null): Listing[] | undefined {
    if (symbols === null || symbols === "") return undefined;
    return [...new Set(symbols.split(","))].flatMap((symbol) => {
      const listing = market.find(symbol);
      return listing?.instrument.venue === "alpaca" ? [listing] : [];
    });
  }

  /** Both forms of a route: many symbols in the query, or one in the path. */
  function latest(
    kind: string,
    many: string | null,
    one: string | null,
    read: (it: Listing) => unknown,
  ): Route[] {
    return [
      {
        method: "GET",
        path: `/v2/stocks/${kind}`,
        run({ query }) {
          const listings = named(query.get("symbols"));
          if (listings === undefined) return invalid("symbols is required");
          const bySymbol = Object.fromEntries(
            listings.map((listing) => [listing.instrument.symbol, read(listing)]),
          );
          return { status: 200, body: many === null ? bySymbol : { [many]: bySymbol } };
        },
      },
      {
        method: "GET",
        path: `/v2/stocks/{symbol}/${kind.replace(/s$/, "")}`,
        run({ params }) {
          const [listing] = named(params.symbol ?? null) ?? [];
          if (listing === undefined) return noSymbol(params.symbol);
          const { symbol } = listing.instrument;
          const value = read(listing);
          return {
            status: 200,
            body: one === null ? { symbol, ...(value as object) } : { symbol, [one]: value },
          };
        },
      },
    ];
  }

  return [
    ...latest("quotes/latest", "quotes", "quote", quoteJson),
    ...latest("trades/latest", "trades", "trade", tradeJson),
    ...latest("bars/latest", "bars", "bar", ({ instrument, tape }) => {
      const minute = tape.minute();
      return minute === undefined ? null : barJson(instrument, minute);
    }),
    ...latest("snapshots", null, null, snapshotJson),
    {
      method: "GET",
      path: "/v2/stocks/bars",
      run(request) {
        const listings = named(request.query.get("symbols"));
        return listings === undefined
          ? invalid("symbols is required")
          : barsReply(core, request, listings, (bars) => bars);
      },
    },
    {
      method: "GET",
      path: "/v2/stocks/{symbol}/bars",
      run(request) {
        const listings = named(request.params.symbol ?? null) ?? [];
        const [listing] = listings;
        if (listing === undefined) return noSymbol(request.params.symbol);
        const { symbol } = listing.instrument;
        return barsReply(core, request, listings, (bars) => bars[symbol] ?? [], { symbol });
      },
    },
    {
      method: "GET",
      path: "/v1beta1/screener/{market}/movers",
      run: ({ query, params }) => ({
        status: 200,
        body: moversJson(stocks, params.market ?? "", Number(query.get("top") ?? 10), core.nowMs()),
      }),
    },
    {
      method: "GET",
      path: "/v1beta1/screener/stocks/most-actives",
      run: ({ query }) => ({
        status: 200,
        body: mostActivesJson(stocks, Number(query.get("top") ?? 10), core.nowMs()),
      }),
    },
  ];
}

function barsReply(
  core: Core,
  { query }: FaceRequest,
  listings: readonly Listing[],
  shape: (bars: Record<string, unknown[]>) => unknown,
  extra: Record<string, unknown> = {},
): Reply {
  const period = readPeriod(query.get("timeframe") ?? "1Day");
  if (period === undefined) return invalid("invalid timeframe");
  const nowMs = core.nowMs();
  const startMs = readTime(query.get("start")) ?? Math.floor(nowMs / 86_400_000) * 86_400_000;
  const endMs = Math.min(readTime(query.get("end")) ?? nowMs, nowMs);
  const limit = Math.min(Number(query.get("limit")) || BARS_DEFAULT, BARS_MAX);
  const newestFirst = query.get("sort") === "desc";
  const token = readToken(query.get("page_token"));
  if (token === null) return invalid("invalid page_token");

  const bars: Record<string, unknown[]> = {};
  let left = limit;
  let next: string | null = null;
  const ordered = [...listings].sort((a, b) =>
    a.instrument.symbol < b.instrument.symbol ? -1 : 1,
  );
  for (const { instrument, tape, calendar } of ordered) {
    const { symbol } = instrument;
    if (token !== undefined && symbol < token.symbol) continue;
    const range = { startMs, endMs, limit: left + 1, newestFirst };
    if (token?.symbol === symbol && newestFirst) range.endMs = token.lastMs - 1;
    else if (token?.symbol === symbol) range.startMs = token.lastMs + 1;
    const found = readBars(tape, calendar, period, range);
    const page = found.slice(0, left);
    const toJson = period.unit === "minute" ? barJson : dailyBarJson;
    if (page.length > 0) bars[symbol] = page.map((bar) => toJson(instrument, bar));
    left -= page.length;
    if (
      found.length > page.length ||
      (left === 0 && symbol !== ordered.at(-1)?.instrument.symbol)
    ) {
      next = writeToken(symbol, page.at(-1)?.startMs ?? (newestFirst ? endMs + 1 : startMs - 1));
      break;
    }
  }
  return { status: 200, body: { ...extra, bars: shape(bars), next_page_token: next } };
}

function readPeriod(timeframe: string): BarPeriod | undefined {
  const [, digits = "", unit = ""] = TIMEFRAME.exec(timeframe) ?? [];
  const count = Number(digits);
  if (count === 0) return undefined;
  if (unit === "Min" || unit === "T") return count < 60 ? { unit: "minute", count } : undefined;
  if (unit === "Hour" || unit === "H")
    return count < 24 ? { unit: "minute", count: 60 * count } : undefined;
  if (count !== 1 && !unit.startsWith("M")) return undefined;
  if (unit === "Day" || unit === "D") return { unit: "day", count };
  return unit.startsWith("W") ? { unit: "week" } : { unit: "month" };
}

const writeToken = (symbol: string, lastMs: number): string =>
  Buffer.from(`${symbol}|${lastMs}`).toString("base64url");

/** Null for a token that is none. */
function readToken(token: string | null) {
  if (token === null || token === "") return undefined;
  const [symbol = "", lastMs = ""] = Buffer.from(token, "base64url").toString().split("|");
  return /^\d+$/.test(lastMs) ? { symbol, lastMs: Number(lastMs) } : null;
}

function readTime(text: string | null): number | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

function moversJson(stocks: readonly Listing[], market: string, top: number, nowMs: number) {
  const movers = (market === "stocks" ? stocks : []).flatMap(({ instrument, tape, walk }) => {
    const previous = tape.days().at(-2);
    if (previous === undefined) return [];
    const change = walk.last - previous.close;
    return {
      symbol: instrument.symbol,
      percent_change: Math.round((change / previous.close) * 10_000) / 100,
      change: numberOf(change, instrument.priceScale),
      price: numberOf(walk.last, instrument.priceScale),
    };
  });
  const sorted = movers.sort((a, b) => b.percent_change - a.percent_change);
  const size = Math.min(Math.max(top, 1), 50);
  return {
    gainers: sorted.filter(({ change }) => change > 0).slice(0, size),
    losers: sorted
      .filter(({ change }) => change < 0)
      .slice(-size)
      .reverse(),
    market_type: market,
    last_updated: new Date(nowMs).toISOString(),
  };
}

function mostActivesJson(stocks: readonly Listing[], top: number, nowMs: number) {
  const actives = stocks.map(({ instrument, tape }) => {
    const { volume, count } = tape.state.today;
    return { symbol: instrument.symbol, volume, trade_count: count };
  });
  actives.sort((a, b) => b.volume - a.volume);
  return {
    most_actives: actives.slice(0, Math.min(Math.max(top, 1), 100)),
    last_updated: new Date(nowMs).toISOString(),
  };
}

const invalid = (message: string): Reply => ({ status: 400, body: { message } });

const noSymbol = (symbol: string | undefined): Reply => ({
  status: 404,
  body: { message: `symbol not found: ${symbol ?? ""}` },
});
