/** Orders in Alpaca's words. */

import { divide, isZero } from "../../src/domain/decimal.ts";
import { randomUuid, seededState } from "../market/random.ts";
import type { VenueOrder } from "../matching/order.ts";
import type { OrderUpdate } from "../order-updates.ts";
import { assetIdOf } from "./asset-id.ts";

export type AlpacaStatus = VenueOrder["status"] | "pending_new";

const timeText = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();

export function toOrderJson(order: VenueOrder, status: AlpacaStatus = order.status) {
  const { terms } = order;
  return {
    id: order.id,
    client_order_id: terms.clientId,
    created_at: timeText(order.createdMs),
    updated_at: timeText(order.updatedMs),
    submitted_at: timeText(order.createdMs),
    filled_at: timeText(order.filledMs),
    expired_at: timeText(order.expiredMs),
    canceled_at: timeText(order.canceledMs),
    failed_at: order.status === "rejected" ? timeText(order.updatedMs) : null,
    replaced_at: timeText(order.replacedMs),
    replaced_by: order.replacedBy,
    replaces: order.replaces,
    asset_id: assetIdOf(terms.symbol),
    symbol: terms.symbol,
    asset_class: "us_equity",
    notional: terms.notional,
    qty: terms.quantity,
    filled_qty: order.filled,
    filled_avg_price: isZero(order.filled) ? null : divide(order.filledValue, order.filled, 9),
    order_class: "",
    order_type: terms.type,
    type: terms.type,
    side: terms.side,
    position_intent: terms.side === "buy" ? "buy_to_open" : "sell_to_close",
    time_in_force: terms.timeInForce,
    limit_price: terms.limit,
    stop_price: terms.stop,
    status,
    extended_hours: terms.extendedHours,
    legs: null,
    trail_percent: null,
    trail_price: null,
    hwm: null,
    subtag: null,
    source: "access_key",
    expires_at: timeText(order.expiresMs),
  };
}

/** The answer to a submit: Alpaca acknowledges before the order has met the market. */
export function toAcknowledgement(order: VenueOrder) {
  const taken = { ...toOrderJson(order), filled_qty: "0", filled_avg_price: null, filled_at: null };
  const ended = {
    canceled_at: null,
    expired_at: null,
    failed_at: null,
    updated_at: taken.created_at,
  };
  const status: AlpacaStatus = order.status === "accepted" ? "accepted" : "pending_new";
  return { ...taken, ...ended, status };
}

/** The payload of a `trade_updates` message; undefined for what the stream does not tell. */
export function toTradeUpdate({ cause, order, execution }: OrderUpdate) {
  if (cause === "triggered") return undefined;
  const event = { event: EVENTS[cause] ?? cause, order: toOrderJson(order) };
  // Updates that are no executions carry an id of the same form.
  if (execution === undefined)
    return { ...event, execution_id: updateId(order, cause), timestamp: timeText(order.updatedMs) };
  const previous = cause === "busted" ? execution.id : execution.corrects;
  return {
    ...event,
    ...(previous === undefined ? {} : { previous_execution_id: previous }),
    execution_id: cause === "busted" ? updateId(order, cause) : execution.id,
    timestamp: timeText(previous === undefined ? execution.atMs : order.updatedMs),
    price: execution.price,
    qty: execution.quantity,
    position_qty: execution.positionAfter,
  };
}

const EVENTS: Partial<Record<OrderUpdate["cause"], string>> = {
  replace_rejected: "order_replace_rejected",
  busted: "trade_bust",
  corrected: "trade_correct",
};

const updateId = (order: VenueOrder, cause: string): string =>
  randomUuid(seededState("update", order.id, cause, order.updatedMs));
