/** The control API: what tests and developers do to the venue. Its own port, no keys, never part of the product. */

import { type Decimal, isPositive, parseDecimal, places } from "../../src/domain/decimal.ts";
import type { Core } from "../core.ts";
import { FAULT_KINDS } from "../faults.ts";
import { type Face, type FaceRequest, listen, type Reply, type Route } from "../http.ts";
import { parseJsonObject } from "../json-object.ts";
import { decimalOf, type Instrument, unitsOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { isOpen } from "../matching/order.ts";
import { readFault } from "./fault-body.ts";
import { applyFault, undoFault } from "./market-faults.ts";

const EVENTS_DEFAULT = 1_000;

export async function startControlFace(core: Core, port: number) {
  const face: Face = {
    name: "control",
    routes: [
      ...stateRoutes(core),
      ...quoteRoutes(core),
      ...faultRoutes(core),
      bustRoute(core),
      executionRoute(core),
    ],
    problem: (_status, message) => ({ error: message }),
  };
  const { server, url } = await listen(core, face, port);
  return {
    url,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok = (body: unknown): Reply => ({ status: 200, body });
const wrong = (error: string): Reply => ({ status: 422, body: { error } });

function stateRoutes(core: Core): Route[] {
  const { exchange, counters, log } = core;
  return [
    {
      method: "GET",
      path: "/state",
      run: () =>
        ok({
          now: new Date(core.nowMs()).toISOString(),
          always_open: core.alwaysOpen,
          symbols: exchange.market.listings.length,
          open_orders: exchange.orders.openCount(),
          events: log.count(),
          accounts: exchange.accounts,
        }),
    },
    {
      method: "POST",
      path: "/clock",
      run(request) {
        const ms = parseJsonObject(request.body)?.advance_ms;
        if (typeof ms !== "number" || !(ms > 0)) return wrong("advance_ms must be above 0");
        core.putForward(Math.round(ms));
        return ok({ now: new Date(core.nowMs()).toISOString() });
      },
    },
    { method: "GET", path: "/counters", run: () => ok(counters.read()) },
    {
      method: "POST",
      path: "/counters/reset",
      run() {
        counters.reset();
        return ok(counters.read());
      },
    },
    {
      method: "GET",
      path: "/events",
      run({ query }) {
        const limit = Number(query.get("limit")) || EVENTS_DEFAULT;
        return ok({ events: log.after(Number(query.get("after") ?? 0), limit) });
      },
    },
    {
      method: "GET",
      path: "/orders",
      run({ query }) {
        const wanted = ["venue", "symbol", "client_id"].map((name) => query.get(name));
        const [venue, symbol, clientId] = wanted;
        const orders = [...exchange.orders.all()].filter(
          (order) =>
            (!venue || order.venue === venue) &&
            (!symbol || order.terms.symbol === symbol) &&
            (!clientId || order.terms.clientId === clientId) &&
            (query.get("status") !== "open" || isOpen(order)),
        );
        const executions = (order: (typeof orders)[number]) => exchange.orders.executionsOf(order);
        return ok({ orders: orders.map((it) => ({ ...it, executions: executions(it) })) });
      },
    },
  ];
}

function quoteRoutes(core: Core): Route[] {
  const { market, nowUs } = core.exchange;

  function pin(request: FaceRequest): Reply {
    const body = parseJsonObject(request.body);
    const listing = typeof body?.symbol === "string" ? market.find(body.symbol) : undefined;
    if (body === undefined || listing === undefined) return wrong("unknown symbol");
    const { instrument } = listing;
    const bid = ticksOf(body.bid, instrument);
    const ask = ticksOf(body.ask, instrument);
    const last = body.last === undefined ? null : ticksOf(body.last, instrument);
    if (bid === undefined || ask === undefined || last === undefined)
      return wrong(`bid, ask and last must be multiples of ${instrument.tick} above 0`);
    market.pin(listing, { bid, ask, last }, nowUs());
    return ok(quoteJson(listing));
  }

  return [
    { method: "GET", path: "/quotes", run: () => ok({ quotes: market.listings.map(quoteJson) }) },
    { method: "POST", path: "/quotes", run: pin },
    {
      method: "DELETE",
      path: "/quotes/{symbol}",
      run({ params }) {
        const listing = market.find(params.symbol ?? "");
        if (listing === undefined) return wrong("unknown symbol");
        market.pin(listing, null, nowUs());
        return ok(quoteJson(listing));
      },
    },
  ];
}

function faultRoutes(core: Core): Route[] {
  const { faults } = core;
  return [
    {
      method: "GET",
      path: "/faults",
      run: () => ok({ faults: faults.list(), kinds: FAULT_KINDS }),
    },
    {
      method: "POST",
      path: "/faults",
      run({ body }) {
        const fault = readFault(parseJsonObject(body) ?? {});
        if (typeof fault === "string") return wrong(fault);
        if (!applyFault(core, fault)) return wrong("unknown symbol");
        const once = fault.kind === "drop_sockets" || fault.kind === "price_gap";
        return ok(once ? fault : faults.add(fault));
      },
    },
    {
      method: "DELETE",
      path: "/faults",
      run({ query }) {
        const cleared = faults.clear(Object.fromEntries(query));
        for (const fault of cleared) undoFault(core, fault);
        return ok({ cleared });
      },
    },
  ];
}

/** Takes an execution back, or corrects it where a price and a quantity are given. */
function bustRoute({ exchange }: Core): Route {
  return {
    method: "POST",
    path: "/busts",
    run(request) {
      const body = parseJsonObject(request.body);
      const id = String(body?.execution_id ?? "");
      if (exchange.orders.execution(id)?.venue !== "alpaca")
        return wrong("execution_id must be one of alpaca's; binance takes no execution back");
      if (body?.price === undefined && body?.quantity === undefined)
        return ok(exchange.restate(id));
      const price = parseDecimal(String(body.price));
      const quantity = parseDecimal(String(body.quantity));
      if (price === undefined || quantity === undefined)
        return wrong("a correction needs price and quantity");
      return ok(exchange.restate(id, { price, quantity }));
    },
  };
}

/** Trades an order, whatever its state and whatever is left of it, at `price` or else at its limit. */
function executionRoute({ exchange }: Core): Route {
  return {
    method: "POST",
    path: "/executions",
    run(request) {
      const body = parseJsonObject(request.body);
      const clientId = String(body?.client_id ?? "");
      const order =
        exchange.orders.findByClientId("alpaca", clientId) ??
        exchange.orders.findByClientId("binance", clientId);
      if (order === undefined) return wrong("unknown client_id");
      const quantity = parseDecimal(String(body?.quantity));
      const price = parseDecimal(String(body?.price ?? order.terms.limit));
      if (quantity === undefined || price === undefined || !isPositive(quantity))
        return wrong("quantity must be above 0, and price given where the order has no limit");
      exchange.execute(order, { quantity, price });
      return ok(order);
    },
  };
}

function quoteJson({ instrument, walk }: Listing) {
  const price = (ticks: number): Decimal => decimalOf(ticks, instrument.priceScale);
  const size = (lots: number): Decimal => decimalOf(lots, instrument.sizeScale);
  return {
    symbol: instrument.symbol,
    venue: instrument.venue,
    bid: price(walk.bid),
    bid_size: size(walk.bidSize),
    ask: price(walk.ask),
    ask_size: size(walk.askSize),
    last: price(walk.last),
    at: new Date(walk.quoteAtUs / 1000).toISOString(),
    pinned: walk.pin !== null,
    halted: walk.halted,
    stale: walk.frozen,
  };
}

function ticksOf(value: unknown, instrument: Instrument): number | undefined {
  const price = parseDecimal(String(value));
  if (price === undefined || places(price) > instrument.priceScale) return undefined;
  const ticks = unitsOf(price, instrument.priceScale);
  return ticks > 0 ? ticks : undefined;
}
