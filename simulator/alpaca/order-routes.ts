/** /v2/orders */

import { type Decimal, parseDecimal } from "../../src/domain/decimal.ts";
import type { Core } from "../core.ts";
import type { FaceRequest, Reply, Route } from "../http.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import type { OrderTerms, OrderType, Refusal, TimeInForce, VenueOrder } from "../matching/order.ts";
import { isOpen } from "../matching/order.ts";
import { toAcknowledgement, toOrderJson } from "./order-json.ts";

const TYPES = ["market", "limit", "stop", "stop_limit"] as const;
const TIMES_IN_FORCE = ["day", "gtc", "ioc", "fok", "opg", "cls"] as const;
const LIST_DEFAULT = 50;
const LIST_MAX = 500;

export function alpacaOrderRoutes(core: Core): Route[] {
  const { exchange } = core;
  const { orders } = exchange;

  const alpacaOrder = (id: string | undefined): VenueOrder | undefined => {
    const order = id === undefined ? undefined : orders.find(id);
    return order?.venue === "alpaca" ? order : undefined;
  };

  function place(request: FaceRequest): Reply {
    const body = parseJsonObject(request.body);
    const terms = body && readTerms(body, exchange.newUuid);
    if (body === undefined || terms === undefined)
      return refuse(40010000, 400, "request body format is invalid");
    if ("message" in terms) return toReply(terms);
    const listing = exchange.market.find(terms.symbol);
    if (listing?.instrument.venue !== "alpaca")
      return refuse(42210000, 422, `asset "${terms.symbol}" not found`);
    const outcome = exchange.submit(terms, listing);
    if (outcome.kind === "refused") return toReply(outcome.refusal);
    return { status: 200, body: toAcknowledgement(outcome.order) };
  }

  function replace(request: FaceRequest): Reply {
    const order = alpacaOrder(request.params.id);
    if (order === undefined) return notFound(request.params.id);
    if (!isOpen(order) || order.status === "accepted")
      return refuse(42210000, 422, "order is not open");
    if (order.quantity === null || order.quantity.includes("."))
      return refuse(42210000, 422, "only full shares can be replaced");
    const body = parseJsonObject(request.body);
    const { terms } = order;
    const changed = body && readChanges(body);
    if (body === undefined || changed === undefined || changed.quantity?.includes("."))
      return refuse(40010000, 400, "request body format is invalid");
    const outcome = exchange.replace(order, {
      ...terms,
      ...changed,
      clientId: textOf(body.client_order_id) ?? exchange.newUuid(),
    });
    if (outcome.kind === "refused") return toReply(outcome.refusal);
    return { status: 200, body: toAcknowledgement(outcome.order) };
  }

  function cancel(request: FaceRequest): Reply {
    const order = alpacaOrder(request.params.id);
    if (order === undefined) return notFound(request.params.id);
    if (exchange.cancel(order)) return { status: 204 };
    return refuse(42210000, 422, `order is already in "${order.status}" state`);
  }

  function cancelAll(): Reply {
    const open = [...orders.open()].filter(({ venue }) => venue === "alpaca");
    const body = open.map((order) => ({
      id: order.id,
      status: exchange.cancel(order) ? 200 : 500,
    }));
    return { status: 207, body };
  }

  return [
    { method: "POST", path: "/v2/orders", submits: true, run: place },
    { method: "GET", path: "/v2/orders", run: (request) => list(request, orders.all()) },
    { method: "DELETE", path: "/v2/orders", run: cancelAll },
    {
      method: "GET",
      path: "/v2/orders:by_client_order_id",
      run(request) {
        const clientId = request.query.get("client_order_id") ?? "";
        const order = orders.findByClientId("alpaca", clientId);
        return order === undefined ? notFound(clientId) : { status: 200, body: toOrderJson(order) };
      },
    },
    {
      method: "GET",
      path: "/v2/orders/{id}",
      run({ params }) {
        const order = alpacaOrder(params.id);
        return order === undefined
          ? notFound(params.id)
          : { status: 200, body: toOrderJson(order) };
      },
    },
    { method: "PATCH", path: "/v2/orders/{id}", submits: true, run: replace },
    { method: "DELETE", path: "/v2/orders/{id}", run: cancel },
  ];
}

function list({ query }: FaceRequest, all: Iterable<VenueOrder>): Reply {
  const status = query.get("status") ?? "open";
  const symbols = query.get("symbols")?.split(",");
  const side = query.get("side");
  const afterMs = timeOf(query.get("after")) ?? Number.NEGATIVE_INFINITY;
  const untilMs = timeOf(query.get("until")) ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(Number(query.get("limit") ?? LIST_DEFAULT) || LIST_DEFAULT, LIST_MAX);
  const found: VenueOrder[] = [];
  for (const order of all) {
    if (order.venue !== "alpaca") continue;
    if (status !== "all" && isOpen(order) !== (status === "open")) continue;
    if (symbols !== undefined && !symbols.includes(order.terms.symbol)) continue;
    if (side !== null && order.terms.side !== side) continue;
    if (order.createdMs <= afterMs || order.createdMs >= untilMs) continue;
    found.push(order);
  }
  if (query.get("direction") !== "asc") found.reverse();
  const afterId = query.get("after_order_id");
  if (afterId !== null) found.splice(0, found.findIndex(({ id }) => id === afterId) + 1);
  return { status: 200, body: found.slice(0, limit).map((order) => toOrderJson(order)) };
}

function readTerms(body: JsonObject, newId: () => string): OrderTerms | Refusal | undefined {
  const type = TYPES.find((known) => known === body.type);
  const timeInForce = TIMES_IN_FORCE.find((known) => known === body.time_in_force);
  const side = body.side === "buy" || body.side === "sell" ? body.side : undefined;
  const malformed = (message: string): Refusal => ({ status: 422, code: 40010001, message });
  if (typeof body.symbol !== "string") return malformed("symbol is required");
  if (side === undefined) return malformed("side must be buy or sell");
  if (type === undefined) return malformed(`invalid order type ${String(body.type)}`);
  if (timeInForce === undefined) return malformed("invalid time_in_force");
  if (body.order_class !== undefined && body.order_class !== "" && body.order_class !== "simple")
    return malformed(`order_class ${String(body.order_class)} is not supported here`);
  const numbers = readNumbers(body);
  if (numbers === undefined) return undefined;
  return {
    clientId: textOf(body.client_order_id) ?? newId(),
    symbol: body.symbol.toUpperCase(),
    side,
    type: type satisfies OrderType,
    timeInForce: timeInForce satisfies TimeInForce,
    quantity: numbers.qty,
    notional: numbers.notional,
    limit: numbers.limit_price,
    stop: numbers.stop_price,
    trigger: "stop",
    postOnly: false,
    extendedHours: body.extended_hours === true,
    label: type,
  };
}

/** The terms that a replacement changes; undefined if one is malformed. */
function readChanges(body: JsonObject): Partial<OrderTerms> | undefined {
  const numbers = readNumbers(body);
  if (numbers === undefined) return undefined;
  const timeInForce = TIMES_IN_FORCE.find((known) => known === body.time_in_force);
  return {
    ...(numbers.qty === null ? {} : { quantity: numbers.qty }),
    ...(numbers.limit_price === null ? {} : { limit: numbers.limit_price }),
    ...(numbers.stop_price === null ? {} : { stop: numbers.stop_price }),
    ...(timeInForce === undefined ? {} : { timeInForce }),
  };
}

const NUMBERS = ["qty", "notional", "limit_price", "stop_price"] as const;

function readNumbers(
  body: JsonObject,
): Record<(typeof NUMBERS)[number], Decimal | null> | undefined {
  const read = { qty: null, notional: null, limit_price: null, stop_price: null } as Record<
    (typeof NUMBERS)[number],
    Decimal | null
  >;
  for (const name of NUMBERS) {
    const value = body[name];
    if (value === undefined || value === null || value === "") continue;
    const parsed = parseDecimal(String(value));
    if (parsed === undefined) return undefined;
    read[name] = parsed;
  }
  return read;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

function timeOf(text: string | null): number | undefined {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

const refuse = (code: number, status: number, message: string): Reply => ({
  status,
  body: { code, message },
});

const notFound = (id: string | undefined): Reply =>
  refuse(40410000, 404, `order not found for ${id ?? ""}`);

const toReply = ({ status, code, message, facts }: Refusal): Reply => ({
  status,
  body: { ...facts, code, message },
});
