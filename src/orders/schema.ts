import { z } from "@hono/zod-openapi";
import { decimal, formatMoney, greaterThan, sub } from "../domain/decimal.ts";
import {
  CLOSED_STATUSES,
  isOpen,
  OPEN_STATUSES,
  ORDER_SIDES,
  ORDER_STATUSES,
  ORDER_TYPES,
  type Order,
  type OrderStatus,
  TIMES_IN_FORCE,
} from "../domain/order.ts";
import { decimalOut, decimalText } from "../http/decimal-text.ts";
import { pageQuery } from "../http/paging.ts";
import { symbolText } from "../http/symbol-text.ts";
import { strictBody } from "../http/validated.ts";
import type { OrderEventRecord } from "./ports.ts";
import type { OrderRequest } from "./service.ts";

// Far above any real order; their product still fits the database's money.
const QUANTITY_MAX = decimal("100000000000");
const PRICE_MAX = decimal("100000000");
const CLIENT_ORDER_ID = /^[\x21-\x7e]{1,128}$/;

const clientOrderId = z
  .string()
  .regex(CLIENT_ORDER_ID, "must be 1 to 128 printable characters without spaces")
  .openapi({ example: "my-1" });

export const placeOrderBody = strictBody({
  symbol: symbolText,
  asset_type: z.enum(["stock", "crypto"]).optional(),
  side: z.enum(ORDER_SIDES),
  type: z.enum(ORDER_TYPES),
  quantity: decimalText({ description: "Units; exactly one of quantity and notional." }).optional(),
  notional: decimalText({ description: "USD, fee included; market buys." }).optional(),
  limit_price: decimalText().optional(),
  stop_price: decimalText().optional(),
  time_in_force: z.enum(TIMES_IN_FORCE).optional(),
  client_order_id: clientOrderId.optional(),
})
  .superRefine((body, context) => {
    const fault = (path: string, code: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message, params: { code } });
    if (body.quantity === undefined && body.notional === undefined) {
      fault("quantity", "required", "is required, or notional");
    }
    if (body.quantity !== undefined && body.notional !== undefined) {
      fault("notional", "exclusive", "can't stand beside quantity");
    }
    if (body.notional !== undefined && (body.type !== "market" || body.side !== "buy")) {
      fault("notional", "unexpected", "goes with market buys");
    }
    if (body.notional !== undefined && !/^\d+(\.\d{1,2})?$/.test(body.notional)) {
      fault("notional", "invalid_decimal", "must be in whole cents");
    }
    for (const [path, max] of [
      ["quantity", QUANTITY_MAX],
      ["notional", QUANTITY_MAX],
      ["limit_price", PRICE_MAX],
      ["stop_price", PRICE_MAX],
    ] as const) {
      const amount = body[path];
      if (amount !== undefined && greaterThan(amount, max)) {
        fault(path, "too_big", `must be at most ${max}`);
      }
    }
    const limited = body.type === "limit" || body.type === "stop_limit";
    const stopped = body.type === "stop" || body.type === "stop_limit";
    for (const [path, wanted] of [
      ["limit_price", limited],
      ["stop_price", stopped],
    ] as const) {
      if (wanted && body[path] === undefined) {
        fault(path, "required", `required for a ${body.type} order`);
      }
      if (!wanted && body[path] !== undefined) {
        fault(path, "unexpected", `has no meaning for a ${body.type} order`);
      }
    }
  })
  .openapi("PlaceOrder");

export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,128}$/, "must be 1 to 128 printable characters")
    .optional()
    .openapi({ description: "The same thing as client_order_id." }),
});

const at = z.iso.datetime().transform((text) => new Date(text));

export const listOrdersQuery = z.strictObject({
  status: z.enum(["open", "closed", "all", ...ORDER_STATUSES]).default("all"),
  symbol: symbolText.optional(),
  side: z.enum(ORDER_SIDES).optional(),
  asset_type: z.enum(["stock", "crypto"]).optional(),
  after: at.optional(),
  until: at.optional(),
  updated_after: at.optional(),
  direction: z.enum(["asc", "desc"]).default("desc"),
  ...pageQuery(),
});

/** The statuses behind the words of the `status` filter; undefined for all. */
export function statusesOf(
  word: z.output<typeof listOrdersQuery>["status"],
): readonly OrderStatus[] | undefined {
  if (word === "all") return undefined;
  if (word === "open") return OPEN_STATUSES;
  if (word === "closed") return CLOSED_STATUSES;
  return [word];
}

export const orderIdParam = z.object({ id: z.uuid() });
export const clientOrderIdParam = z.object({ client_order_id: clientOrderId });
export const orderCursor = z.strictObject({ id: z.uuid(), direction: z.enum(["asc", "desc"]) });

const moment = z.iso.datetime();

export const orderView = z
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
    broker: z.enum(["alpaca", "binance"]),
    broker_order_id: z.string().nullable(),
    sent_as: z
      .object({
        type: z.enum(ORDER_TYPES),
        time_in_force: z.enum(TIMES_IN_FORCE),
        limit_price: decimalOut().nullable(),
      })
      .nullable(),
    waiting_for: z.enum(["market_open", "price", "venue"]).nullable(),
    replaces: z.uuid().nullable(),
    replaced_by: z.uuid().nullable(),
    version: z.int(),
    created_at: moment,
    submitted_at: moment.nullable(),
    triggered_at: moment.nullable(),
    filled_at: moment.nullable(),
    cancelled_at: moment.nullable(),
    expired_at: moment.nullable(),
    updated_at: moment,
  })
  .openapi("Order");

export const orderListView = z
  .object({ orders: z.array(orderView), next_page_token: z.string().nullable() })
  .openapi("OrderList");

export const orderEventsView = z
  .object({
    events: z.array(
      z.object({
        seq: z.int(),
        event: z.string(),
        status: z.enum(ORDER_STATUSES).nullable(),
        at: moment,
        data: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .openapi("OrderEvents");

/** `idempotencyKey` is a client order id that came as a header; the route has refused a different one in the body. */
export function toOrderRequest(
  body: z.infer<typeof placeOrderBody>,
  idempotencyKey: string | undefined,
): OrderRequest {
  return {
    symbol: body.symbol,
    assetType: body.asset_type ?? null,
    side: body.side,
    type: body.type,
    quantity: body.quantity ?? null,
    notional: body.notional ?? null,
    limitPrice: body.limit_price ?? null,
    stopPrice: body.stop_price ?? null,
    timeInForce: body.time_in_force ?? null,
    clientOrderId: body.client_order_id ?? idempotencyKey ?? null,
  };
}

const money = <T extends Order["limitPrice"]>(amount: T) =>
  (amount === null ? null : formatMoney(amount)) as T;
const iso = <T extends Date | null>(date: T) =>
  (date === null ? null : date.toISOString()) as T extends null ? string | null : string;

/** The public shape of an order. */
export function toOrderView(order: Order): z.infer<typeof orderView> {
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
    remaining_quantity: order.quantity && sub(order.quantity, order.filledQuantity),
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
    waiting_for: waitingFor(order),
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

export function toOrderEventView({ seq, event, status, at: date, data }: OrderEventRecord) {
  return { seq, event, status, at: iso(date), data: { ...data } };
}

function waitingFor({ status }: Order): "market_open" | "price" | "venue" | null {
  if (!isOpen(status)) return null;
  if (status === "accepted") return "market_open";
  return status === "new" || status === "partially_filled" ? "price" : "venue";
}
