import * as z from "zod";
import "../http/describable.ts";
import { formatMoney, max, sub, ZERO } from "../domain/decimal.ts";
import { VENUE_NAMES } from "../domain/instrument.ts";
import {
  ORDER_SIDES,
  ORDER_STATUSES,
  ORDER_TYPES,
  type Order,
  TIMES_IN_FORCE,
} from "../domain/order.ts";
import { decimalOut } from "../http/decimal-text.ts";
import { problemView } from "../http/openapi.ts";
import { toProblem } from "../http/problem.ts";
import { type View, view } from "../http/view.ts";
import type { ClosingOutcome, Outcome } from "./deps.ts";
import type { OrderEventRecord } from "./ports.ts";
import type { Preview } from "./preview.ts";
import { type Surroundings, UNKNOWN_SURROUNDINGS, WAITING_FOR, waitingFor } from "./waiting.ts";

const moment = view(() => z.iso.datetime());

export const orderView = view(() =>
  z
    .object({
      id: z.uuid(),
      client_order_id: z.string().nullable(),
      symbol: z.string(),
      asset_type: z.enum(["stock", "crypto"]),
      side: z.enum(ORDER_SIDES),
      type: z.enum(ORDER_TYPES),
      time_in_force: z.enum(TIMES_IN_FORCE),
      quantity: decimalOut("100").nullable(),
      notional: decimalOut().nullable(),
      filled_quantity: decimalOut("0"),
      remaining_quantity: decimalOut("100").nullable(),
      limit_price: decimalOut().nullable(),
      stop_price: decimalOut().nullable(),
      filled_avg_price: decimalOut().nullable(),
      status: z.enum(ORDER_STATUSES),
      rejection_reason: z.string().nullable(),
      cancel_reason: z.string().nullable(),
      reserved_amount: decimalOut("1025.00"),
      reserved_quantity: decimalOut("0"),
      fees: decimalOut("0.00"),
      broker: z.enum(VENUE_NAMES),
      broker_order_id: z.string().nullable(),
      sent_as: z
        .object({
          type: z.enum(ORDER_TYPES),
          time_in_force: z.enum(TIMES_IN_FORCE),
          limit_price: decimalOut().nullable(),
        })
        .nullable(),
      waiting_for: z.enum(WAITING_FOR).nullable().openapi({
        description:
          "Why an open order does not move. `halt` is told by reads, of symbols that somebody streams.",
      }),
      replaces: z.uuid().nullable(),
      replaced_by: z.uuid().nullable(),
      version: z.int(),
      created_at: moment(),
      submitted_at: moment().nullable(),
      triggered_at: moment().nullable(),
      filled_at: moment().nullable(),
      cancelled_at: moment().nullable(),
      expired_at: moment().nullable(),
      updated_at: moment(),
    })
    .openapi("Order"),
);

export const orderListView = view(() =>
  z
    .object({ orders: z.array(orderView()), next_page_token: z.string().nullable() })
    .openapi("OrderList"),
);

export const cancelResultsView = view(() =>
  z
    .object({
      results: z.array(
        z.object({
          id: z.uuid(),
          status: z.int().openapi({ description: "As of `DELETE /orders/{id}`." }),
          order: orderView().optional(),
          problem: problemView().optional(),
        }),
      ),
      more: z.boolean().openapi({ description: "Open orders are left: call again." }),
    })
    .openapi("CancelResults"),
);

export const closeResultsView = view(() =>
  z
    .object({
      results: z.array(
        z.object({
          symbol: z.string(),
          status: z.int().openapi({ description: "As of `DELETE /portfolio/positions/{symbol}`." }),
          order: orderView().optional(),
          problem: problemView().optional(),
        }),
      ),
      more: z.boolean().openapi({ description: "Positions are left: call again." }),
    })
    .openapi("CloseResults"),
);

export const previewView = view(() =>
  z
    .object({
      accepted: z.boolean(),
      problem: z.union([problemView(), z.null()]),
      estimated_price: decimalOut().nullable(),
      reserve: decimalOut("1025.00"),
      fee: decimalOut("0.00"),
      buying_power_before: decimalOut("100000.00"),
      buying_power_after: decimalOut("98975.00"),
      explain: z.array(z.object({ rule: z.string() }).catchall(z.string())),
    })
    .openapi("OrderPreview"),
);

export const orderEventsView = view(() =>
  z
    .object({
      events: z.array(
        z.object({
          seq: z.int(),
          event: z.string(),
          status: z.enum(ORDER_STATUSES).nullable(),
          at: moment(),
          data: z.record(z.string(), z.unknown()),
        }),
      ),
    })
    .openapi("OrderEvents"),
);

const money = <T extends Order["limitPrice"]>(amount: T) =>
  (amount === null ? null : formatMoney(amount)) as T;
const iso = <T extends Date | null>(date: T) =>
  (date === null ? null : date.toISOString()) as T extends null ? string | null : string;

/** The public shape of an order. */
export function toOrderView(
  order: Order,
  surroundings: Surroundings = UNKNOWN_SURROUNDINGS,
): View<typeof orderView> {
  return {
    id: order.id,
    client_order_id: order.clientOrderId,
    symbol: order.symbol,
    asset_type: order.assetType,
    side: order.side,
    type: order.type,
    time_in_force: order.timeInForce,
    quantity: order.quantity,
    notional: money(order.notional),
    filled_quantity: order.filledQuantity,
    // A venue may fill more than was ordered.
    remaining_quantity: order.quantity && max(sub(order.quantity, order.filledQuantity), ZERO),
    limit_price: money(order.limitPrice),
    stop_price: money(order.stopPrice),
    filled_avg_price: money(order.filledAvgPrice),
    status: order.status,
    rejection_reason: order.rejectionReason,
    cancel_reason: order.cancelReason,
    reserved_amount: money(order.reservedAmount),
    reserved_quantity: order.reservedQuantity,
    fees: money(order.fees),
    broker: order.broker,
    broker_order_id: order.brokerOrderId,
    sent_as: order.sentAs && {
      type: order.sentAs.type,
      time_in_force: order.sentAs.timeInForce,
      limit_price: money(order.sentAs.limitPrice),
    },
    waiting_for: waitingFor(order, surroundings),
    replaces: order.replaces,
    replaced_by: order.replacedBy,
    version: order.version,
    created_at: iso(order.createdAt),
    submitted_at: iso(order.submittedAt),
    triggered_at: iso(order.triggeredAt),
    filled_at: iso(order.filledAt),
    cancelled_at: iso(order.cancelledAt),
    expired_at: iso(order.expiredAt),
    updated_at: iso(order.updatedAt),
  };
}

export function toCancelResultView(outcome: Outcome) {
  const { id } = outcome;
  if ("refusal" in outcome) {
    const problem = toProblem(outcome.refusal);
    return { id, status: problem.status, problem };
  }
  const { order } = outcome;
  return { id, status: order.status === "canceled" ? 200 : 202, order: toOrderView(order) };
}

/** Of an order that was placed: it is new, its venue has not answered yet, or an earlier request has placed it. */
export function placedStatus({ status }: Order, replayed: boolean): 200 | 201 | 202 {
  if (replayed) return 200;
  return status === "pending_new" ? 202 : 201;
}

export function toCloseResultView(outcome: ClosingOutcome) {
  const { symbol } = outcome;
  if ("refusal" in outcome) {
    const problem = toProblem(outcome.refusal);
    return { symbol, status: problem.status, problem };
  }
  const { order, replayed } = outcome;
  return { symbol, status: placedStatus(order, replayed), order: toOrderView(order) };
}

export function toPreviewView(preview: Preview): View<typeof previewView> {
  const { refusal } = preview;
  return {
    accepted: refusal === null,
    problem: refusal && toProblem(refusal),
    estimated_price: money(preview.estimatedPrice),
    reserve: money(preview.reserve),
    fee: money(preview.fee),
    buying_power_before: money(preview.buyingPowerBefore),
    buying_power_after: money(preview.buyingPowerAfter),
    explain: preview.explain.map((line) => ({ ...line })),
  };
}

export function toOrderEventView({ seq, event, status, at: date, data }: OrderEventRecord) {
  return { seq, event, status, at: iso(date), data: { ...data } };
}
