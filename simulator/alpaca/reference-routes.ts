/** Assets, clock and calendar. */

import type { Core } from "../core.ts";
import type { Reply, Route } from "../http.ts";
import {
  type Calendar,
  DAY_MS,
  dateText,
  newYorkText,
  nextSession,
  type Session,
  sessionAt,
} from "../market/calendar.ts";
import type { Instrument } from "../market/instruments.ts";
import { assetIdOf } from "./asset-id.ts";

const CALENDAR_DAYS_MAX = 20_000;
const MARKET = {
  acronym: "NYSE",
  bic: "XNYSUS33",
  mic: "XNYS",
  name: "New York Stock Exchange",
  timezone: "America/New_York",
};

export function alpacaReferenceRoutes(core: Core): Route[] {
  const stocks = core.exchange.market.listings
    .map(({ instrument }) => instrument)
    .filter(({ venue }) => venue === "alpaca");
  const calendar = core.exchange.market.calendarOf("alpaca");

  return [
    {
      method: "GET",
      path: "/v2/assets",
      run({ query }) {
        const exchange = query.get("exchange");
        const assetClass = query.get("asset_class") ?? "us_equity";
        const status = query.get("status") ?? "active";
        if (assetClass !== "us_equity" || status !== "active") return { status: 200, body: [] };
        const listed = stocks.filter((stock) => exchange === null || stock.exchange === exchange);
        return { status: 200, body: listed.map(assetJson) };
      },
    },
    {
      method: "GET",
      path: "/v2/assets/{symbol}",
      run({ params }) {
        const stock = stocks.find(
          ({ symbol }) => symbol === params.symbol || assetIdOf(symbol) === params.symbol,
        );
        if (stock !== undefined) return { status: 200, body: assetJson(stock) };
        const message = `asset not found for ${params.symbol ?? ""}`;
        return { status: 404, body: { code: 40410000, message } };
      },
    },
    {
      method: "GET",
      path: "/v2/clock",
      run: () => ({ status: 200, body: clockJson(calendar, core.nowMs()) }),
    },
    {
      method: "GET",
      path: "/v3/clock",
      run: ({ query }) => newClock(calendar, Date.parse(query.get("time") ?? "") || core.nowMs()),
    },
    {
      method: "GET",
      path: "/v2/calendar",
      run: ({ query }) => ({
        status: 200,
        body: sessionsOf(calendar, query, core.nowMs()).map(legacyDayJson),
      }),
    },
    {
      method: "GET",
      path: "/v3/calendar/{market}",
      run: ({ query }) => ({
        status: 200,
        body: {
          market: MARKET,
          calendar: sessionsOf(calendar, query, core.nowMs()).map(dayJson),
        },
      }),
    },
  ];
}

function assetJson(stock: Instrument) {
  return {
    id: assetIdOf(stock.symbol),
    class: "us_equity",
    exchange: stock.exchange,
    symbol: stock.symbol,
    name: stock.name,
    status: "active",
    tradable: true,
    marginable: true,
    maintenance_margin_requirement: 30,
    margin_requirement_long: "30",
    margin_requirement_short: "30",
    shortable: true,
    easy_to_borrow: true,
    borrow_status: "easy_to_borrow",
    fractionable: true,
    attributes: ["fractional_eh_enabled", "has_options"],
  };
}

function clockJson(calendar: Calendar, nowMs: number) {
  const running = sessionAt(calendar, nowMs);
  const next = nextSession(calendar, nowMs);
  return {
    timestamp: newYorkText(nowMs),
    is_open: running !== undefined,
    next_open: newYorkText(next.openMs),
    next_close: newYorkText((running ?? next).closeMs),
  };
}

function newClock(calendar: Calendar, nowMs: number): Reply {
  const running = sessionAt(calendar, nowMs);
  const next = nextSession(calendar, nowMs);
  const clock = {
    timestamp: newYorkText(nowMs),
    is_market_day: calendar.session(calendar.dayAt(nowMs)) !== undefined,
    market: MARKET,
    next_market_open: newYorkText(next.openMs),
    next_market_close: newYorkText((running ?? next).closeMs),
    phase: running === undefined ? "closed" : "core",
    phase_until: newYorkText(running?.closeMs ?? next.openMs),
  };
  return { status: 200, body: { clocks: [clock] } };
}

function sessionsOf(calendar: Calendar, query: URLSearchParams, nowMs: number): Session[] {
  const dayOf = (text: string | null) => Math.floor(Date.parse(text ?? "") / DAY_MS);
  const today = calendar.dayAt(nowMs);
  const first = dayOf(query.get("start")) || today - 365;
  const last = Math.min(dayOf(query.get("end")) || today + 365, first + CALENDAR_DAYS_MAX);
  const sessions: Session[] = [];
  for (let day = first; day <= last; day++) {
    const session = calendar.session(day);
    if (session !== undefined) sessions.push(session);
  }
  return sessions;
}

function legacyDayJson(session: Session) {
  const open = newYorkText(session.openMs).slice(11, 16);
  const allDay = open === "00:00";
  return {
    date: dateText(session.day),
    open,
    // The format has no 24:00.
    close: allDay ? "23:59" : newYorkText(session.closeMs).slice(11, 16),
    session_open: allDay ? "0000" : "0400",
    session_close: allDay ? "2359" : "2000",
    settlement_date: dateText(session.day + 1),
  };
}

function dayJson(session: Session) {
  return {
    date: dateText(session.day),
    core_start: newYorkText(session.openMs),
    core_end: newYorkText(session.closeMs),
    settlement_date: dateText(session.day + 1),
  };
}
