/** Between Alpaca's words of orders and ours. Pure. */

import { add, type Decimal, equals, ZERO } from "../../domain/decimal.ts";
import type { BrokerReport, Execution } from "../../domain/execution.ts";
import type {
  OrderAtVenue,
  OrderToSubmit,
  RejectionReason,
  Replacement,
  SubmitAnswer,
} from "../broker.ts";
import { toOrderId } from "../client-id.ts";
import type { WireFill, WireOpenOrder, WireOrder, WireUpdate } from "./wire.ts";

// Alpaca gives no reason for an order that it took and refused afterwards.
export const REJECTED_LATER = "rejected by the exchange";

/** Not yet at the exchange. */
const QUEUED = new Set([
  "accepted",
  "pending_new",
  "held",
  "pending_review",
  "accepted_for_bidding",
]);

export function toOrderRequest(order: OrderToSubmit) {
  return {
    clientOrderId: order.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    ...(order.quantity === null ? {} : { qty: order.quantity }),
    ...(order.notional === null ? {} : { notional: order.notional }),
    ...(order.limitPrice === null ? {} : { limitPrice: order.limitPrice }),
    ...(order.stopPrice === null ? {} : { stopPrice: order.stopPrice }),
  };
}

/**
 * What a PATCH changes. Its `qty` is "number of shares to trade" by the new order, which starts with nothing filled; left
 * out, it is the old order's whole quantity, whatever that one has filled. So it is always sent.
 */
export function toReplaceRequest({
  id,
  quantity,
  limitPrice,
  stopPrice,
  timeInForce,
}: Replacement) {
  return {
    clientOrderId: id,
    timeInForce,
    ...(quantity === null ? {} : { qty: quantity }),
    ...(limitPrice === null ? {} : { limitPrice }),
    ...(stopPrice === null ? {} : { stopPrice }),
  };
}

/** A 200 says that Alpaca has the order, which it may still have refused. */
export function toSubmitAnswer(order: WireOrder): SubmitAnswer {
  if (order.status === "rejected") {
    return { kind: "rejected", reason: "venue_rejected", message: REJECTED_LATER };
  }
  return {
    kind: "accepted",
    brokerOrderId: order.id,
    event: QUEUED.has(order.status) ? "accepted" : "new",
    at: order.submitted_at ?? order.created_at,
  };
}

export function toOrderAtVenue(order: WireOpenOrder): OrderAtVenue {
  const { id, client_order_id, symbol, status, filled_qty, created_at, submitted_at } = order;
  return {
    orderId: toOrderId(client_order_id),
    brokerOrderId: id,
    symbol,
    filled: filled_qty,
    event: QUEUED.has(status) ? "accepted" : "new",
    // Alpaca shows an election by nothing but the first fill.
    isTriggered: false,
    venueStatus: status,
    at: submitted_at ?? created_at,
  };
}

// Codes are reused across meanings, so status and text decide.
const REASONS: readonly (readonly [RegExp, RejectionReason])[] = [
  [/insufficient (buying power|qty|quantity|balance)/i, "venue_insufficient_funds"],
  [/wash trade/i, "venue_wash_trade"],
  [/sub-penny|increment|not fractionable|decimal places/i, "venue_increment"],
  [/not tradable|not active|asset .*not found|halted/i, "venue_not_tradable"],
  [/market (is )?closed|outside .*(hours|window)/i, "venue_market_closed"],
  [/forbidden|not authorized|unauthorized/i, "broker_unauthorized"],
];

/** Why Alpaca refused a submit with this answer; null where the order may have been taken all the same. */
export function toRejectionReason(status: number, message: string): RejectionReason | null {
  if (status === 429) return "broker_busy";
  if (status === 401) return "broker_unauthorized";
  // 408 and 425 come from what stands in between, 5xx from anywhere; a redirect was not asked for.
  if (status < 400 || status >= 500 || status === 408 || status === 425) return null;
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? "venue_rejected";
}

/** Whether a refused submit says that an earlier one with the same id has arrived. */
export const isDuplicate = (status: number, message: string): boolean =>
  status === 422 && /client_order_id must be unique/i.test(message);

/** One message of the trade updates. Null for a step that changes nothing of ours; undefined for a fill without its numbers. */
export function toReport(update: WireUpdate, now: Date): BrokerReport | null | undefined {
  const { order } = update;
  const event = toEvent(update);
  if (event === undefined) return null;
  const isBooked = event === "fill" || event === "partial_fill" || update.event === "trade_correct";
  const execution = isBooked ? toStreamExecution(update) : null;
  const restates = update.previous_execution_id ?? undefined;
  if (execution === undefined || (event === "restated" && restates === undefined)) return undefined;
  return {
    ...(event === "restated" && restates !== undefined ? { restates } : {}),
    ...(isEnd(event) ? { cumulative: order.filled_qty } : {}),
    orderId: order.client_order_id,
    brokerOrderId: order.id,
    event,
    execution,
    reason: event === "rejected" ? REJECTED_LATER : null,
    venueStatus: order.status,
    at: update.timestamp ?? order.updated_at ?? now,
  };
}

const isEnd = (event: BrokerReport["event"]): boolean =>
  event === "canceled" || event === "expired" || event === "replaced";

// A replacement refused late is told of the old order, which stands. Told of the new one, it is that one's rejection.
const toEvent = ({ event, order }: WireUpdate): BrokerReport["event"] | undefined =>
  event === "order_replace_rejected" && order.status === "rejected" ? "rejected" : EVENTS[event];

const EVENTS: Readonly<Record<string, BrokerReport["event"] | undefined>> = {
  accepted: "accepted",
  new: "new",
  partial_fill: "partial_fill",
  fill: "fill",
  canceled: "canceled",
  expired: "expired",
  rejected: "rejected",
  replaced: "replaced",
  order_cancel_rejected: "cancel_rejected",
  order_replace_rejected: "replace_rejected",
  trade_bust: "restated",
  trade_correct: "restated",
};

function toStreamExecution(update: WireUpdate): Execution | undefined {
  const { execution_id: id, qty, price } = update;
  return id && qty !== null && price !== null ? toExecution(id, qty, price) : undefined;
}

// Stock trades carry no commission; what regulators take of sells is charged to the account at the end of the day.
const toExecution = (id: string, quantity: Decimal, price: Decimal): Execution => ({
  id,
  quantity,
  price,
  fee: ZERO,
  feeAsset: "USD",
  liquidity: null,
});

/** An activity is named `<time>::<execution id>`; the stream names the same execution by its id alone. */
const toExecutionId = (activityId: string): string => activityId.split("::").at(-1) ?? activityId;

/**
 * The reports that bring an order up to date from its state and its executions (in order of time). While executions are
 * missing, the end is held back, and with it the release of what the order reserves: a later look-up brings both.
 * `isReplaceRefused`: the order that was to stand in its place has been rejected.
 */
export function toReports(
  order: WireOrder,
  fills: readonly WireFill[],
  isReplaceRefused = false,
): BrokerReport[] {
  const common = { orderId: order.client_order_id, brokerOrderId: order.id, reason: null };
  const state = (event: BrokerReport["event"], at: Date | null): BrokerReport => ({
    ...common,
    event,
    execution: null,
    venueStatus: order.status,
    at: at ?? order.updated_at ?? order.created_at,
  });

  const reports: BrokerReport[] = [];
  if (QUEUED.has(order.status)) reports.push(state("accepted", order.submitted_at));
  else if (needsNew(order)) reports.push(state("new", order.submitted_at));

  let cumulative = ZERO;
  for (const fill of fills) {
    cumulative = add(cumulative, fill.qty);
    const completes = order.status === "filled" && equals(cumulative, order.filled_qty);
    reports.push({
      ...common,
      event: completes ? "fill" : "partial_fill",
      execution: toExecution(toExecutionId(fill.id), fill.qty, fill.price),
      venueStatus: order.status,
      at: fill.transaction_time,
    });
  }

  const end = ENDS[order.status];
  if (end !== undefined && equals(cumulative, order.filled_qty)) {
    const report = state(end.event, order[end.at]);
    reports.push(end.event === "rejected" ? { ...report, reason: REJECTED_LATER } : report);
  }
  if (isReplaceRefused) reports.push(state("replace_rejected", order.updated_at));
  return reports;
}

/** Whether the order works on although a replacement was asked for. While that is pending, nobody knows. */
export const stands = ({ status }: WireOrder): boolean =>
  status === "new" || status === "partially_filled";

const ENDS: Readonly<
  Record<
    string,
    | {
        readonly event: BrokerReport["event"];
        readonly at: "canceled_at" | "expired_at" | "failed_at" | "replaced_at";
      }
    | undefined
  >
> = {
  canceled: { event: "canceled", at: "canceled_at" },
  expired: { event: "expired", at: "expired_at" },
  rejected: { event: "rejected", at: "failed_at" },
  replaced: { event: "replaced", at: "replaced_at" },
};

// Fills, cancels and rejections can follow a submit of unknown fate at once; the other ends need `new` before.
function needsNew({ status, filled_qty }: WireOrder): boolean {
  if (status === "filled" || status === "canceled" || status === "rejected") return false;
  return equals(filled_qty, ZERO);
}
