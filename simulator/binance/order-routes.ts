/** Signed routes of orders. Handlers get the parameters of query and body together. */

import { type Decimal, parseDecimal, places } from "../../src/domain/decimal.ts";
import type { Core } from "../core.ts";
import type { Reply } from "../http.ts";
import type { Listing } from "../market/market.ts";
import {
  isOpen,
  type OrderTerms,
  type OrderType,
  type Refusal,
  type VenueOrder,
} from "../matching/order.ts";
import { cancelReplaceRoute } from "./cancel-replace.ts";
import { toCanceledJson, toFullJson, toOrderJson, toTradeJson } from "./order-json.ts";
import { type BinanceRoute, fail, symbolUnknown } from "./route.ts";

const ORDER_TYPES: Readonly<Record<string, { type: OrderType; trigger: OrderTerms["trigger"] }>> = {
  MARKET: { type: "market", trigger: "stop" },
  LIMIT: { type: "limit", trigger: "stop" },
  LIMIT_MAKER: { type: "limit", trigger: "stop" },
  STOP_LOSS: { type: "stop", trigger: "stop" },
  STOP_LOSS_LIMIT: { type: "stop_limit", trigger: "stop" },
  TAKE_PROFIT: { type: "stop", trigger: "profit" },
  TAKE_PROFIT_LIMIT: { type: "stop_limit", trigger: "profit" },
};
const TIMES_IN_FORCE = { GTC: "gtc", IOC: "ioc", FOK: "fok" } as const;
const LIST_DEFAULT = 500;
const LIST_MAX = 1_000;

export function binanceOrderRoutes(core: Core): BinanceRoute[] {
  const { exchange } = core;
  const { orders } = exchange;

  function ordersOf(symbol: string | null): VenueOrder[] {
    const all = [...orders.all()].filter(({ venue }) => venue === "binance");
    return symbol === null ? all : all.filter(({ terms }) => terms.symbol === symbol);
  }

  const findOrder = (params: URLSearchParams) =>
    find(params, params.get("orderId"), params.get("origClientOrderId"));

  function find(params: URLSearchParams, id: string | null, clientId: string | null) {
    const order = id === null ? orders.findByClientId("binance", clientId ?? "") : orders.find(id);
    return order?.venue === "binance" && order.terms.symbol === params.get("symbol")
      ? order
      : undefined;
  }

  function place(params: URLSearchParams): Reply {
    const listing = listingOf(params);
    if (listing === undefined) return symbolUnknown;
    const terms = readTerms(params, exchange.newUuid);
    if ("message" in terms) return fail(terms.status, terms.code, terms.message);
    const outcome = exchange.submit(terms, listing);
    if (outcome.kind === "refused") {
      const { status, code, message } = outcome.refusal;
      return fail(status, code, message);
    }
    const { order } = outcome;
    return { status: 200, body: toFullJson(order, orders.executionsOf(order)) };
  }

  function listingOf(params: URLSearchParams): Listing | undefined {
    const listing = exchange.market.find(params.get("symbol") ?? "");
    return listing?.instrument.venue === "binance" ? listing : undefined;
  }

  function cancel(params: URLSearchParams): Reply {
    const order = findOrder(params);
    const cancelId = params.get("newClientOrderId") ?? exchange.newUuid().slice(0, 22);
    if (order === undefined || !exchange.cancel(order, cancelId))
      return fail(400, -2011, "Unknown order sent.");
    return { status: 200, body: toCanceledJson(order) };
  }

  function cancelAll(params: URLSearchParams): Reply {
    if (listingOf(params) === undefined) return symbolUnknown;
    const open = ordersOf(params.get("symbol")).filter(isOpen);
    if (open.length === 0) return fail(400, -2011, "Unknown order sent.");
    for (const order of open) exchange.cancel(order, exchange.newUuid().slice(0, 22));
    return { status: 200, body: open.map(toCanceledJson) };
  }

  function list(params: URLSearchParams): Reply {
    if (listingOf(params) === undefined) return symbolUnknown;
    const fromId = Number(params.get("orderId") ?? 0);
    const startMs = Number(params.get("startTime") ?? 0);
    const endMs = Number(params.get("endTime") ?? Number.POSITIVE_INFINITY);
    const found = ordersOf(params.get("symbol")).filter(
      ({ id, createdMs }) => Number(id) >= fromId && createdMs >= startMs && createdMs <= endMs,
    );
    return { status: 200, body: page(found, params, fromId > 0 || startMs > 0).map(toOrderJson) };
  }

  function trades(params: URLSearchParams): Reply {
    if (listingOf(params) === undefined) return symbolUnknown;
    const symbol = params.get("symbol");
    const orderId = params.get("orderId");
    const fromId = Number(params.get("fromId") ?? 0);
    const startMs = Number(params.get("startTime") ?? 0);
    const endMs = Number(params.get("endTime") ?? Number.POSITIVE_INFINITY);
    const found = [...orders.executions()].filter(
      (it) =>
        it.venue === "binance" &&
        it.symbol === symbol &&
        (orderId === null || it.orderId === orderId) &&
        it.tradeId >= fromId &&
        it.atMs >= startMs &&
        it.atMs <= endMs,
    );
    return { status: 200, body: page(found, params, fromId > 0 || startMs > 0).map(toTradeJson) };
  }

  return [
    cancelReplaceRoute(core, { listingOf, find, readTerms }),
    { method: "POST", path: "order", weight: 1, signed: true, submits: true, run: place },
    {
      method: "GET",
      path: "order",
      weight: 4,
      signed: true,
      run(params) {
        const order = findOrder(params);
        if (order === undefined) return fail(400, -2013, "Order does not exist.");
        return { status: 200, body: toOrderJson(order) };
      },
    },
    { method: "DELETE", path: "order", weight: 1, signed: true, run: cancel },
    {
      method: "GET",
      path: "openOrders",
      weight: 6,
      signed: true,
      run: (params) => ({
        status: 200,
        body: ordersOf(params.get("symbol")).filter(isOpen).map(toOrderJson),
      }),
    },
    { method: "DELETE", path: "openOrders", weight: 1, signed: true, run: cancelAll },
    { method: "GET", path: "allOrders", weight: 20, signed: true, run: list },
    { method: "GET", path: "myTrades", weight: 20, signed: true, run: trades },
  ];
}

/** Oldest first: from the front where a start was given, else the newest. */
function page<Item>(items: readonly Item[], params: URLSearchParams, fromFront: boolean): Item[] {
  const limit = Math.min(Number(params.get("limit")) || LIST_DEFAULT, LIST_MAX);
  return fromFront ? items.slice(0, limit) : items.slice(-limit);
}

function readTerms(params: URLSearchParams, newId: () => string): OrderTerms | Refusal {
  const label = params.get("type") ?? "";
  const kind = ORDER_TYPES[label];
  const side = params.get("side");
  const bad = (code: number, message: string): Refusal => ({ status: 400, code, message });
  if (kind === undefined) return bad(-1116, "Invalid orderType.");
  if (side !== "BUY" && side !== "SELL") return bad(-1117, "Invalid side.");
  const timed = label === "LIMIT" || label.endsWith("_LIMIT");
  const asked = params.get("timeInForce");
  if (timed && asked === null)
    return bad(
      -1102,
      "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    );
  if (!timed && asked !== null)
    return bad(-1106, "Parameter 'timeInForce' sent when not required.");
  const timeInForce = TIMES_IN_FORCE[(asked ?? "GTC") as keyof typeof TIMES_IN_FORCE];
  if (timeInForce === undefined) return bad(-1115, "Invalid timeInForce.");
  const numbers: Record<string, Decimal | null> = {};
  for (const name of ["quantity", "quoteOrderQty", "price", "stopPrice"]) {
    const text = params.get(name);
    const value = text === null ? null : parseDecimal(text);
    if (value === undefined) return bad(-1100, `Illegal characters found in parameter '${name}'.`);
    if (value !== null && places(value) > 8)
      return bad(-1111, `Parameter '${name}' has too much precision.`);
    numbers[name] = value;
  }
  return {
    clientId: params.get("newClientOrderId") ?? newId().replaceAll("-", "").slice(0, 22),
    symbol: params.get("symbol") ?? "",
    side: side === "BUY" ? "buy" : "sell",
    type: kind.type,
    timeInForce,
    quantity: numbers.quantity ?? null,
    notional: numbers.quoteOrderQty ?? null,
    limit: numbers.price ?? null,
    stop: numbers.stopPrice ?? null,
    trigger: kind.trigger,
    postOnly: label === "LIMIT_MAKER",
    extendedHours: false,
    label,
  };
}
