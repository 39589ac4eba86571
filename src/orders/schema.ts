import { z } from "@hono/zod-openapi";
import { decimal, greaterThan } from "../domain/decimal.ts";
import {
  CLOSED_STATUSES,
  OPEN_STATUSES,
  ORDER_SIDES,
  ORDER_STATUSES,
  ORDER_TYPES,
  type OrderStatus,
  TIMES_IN_FORCE,
} from "../domain/order.ts";
import { decimalText } from "../http/decimal-text.ts";
import { pageQuery } from "../http/paging.ts";
import { symbolText } from "../http/symbol-text.ts";
import { strictBody } from "../http/validated.ts";
import type { OrderRequest } from "./deps.ts";
import type { ReplaceRequest } from "./replace.ts";

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

export const replaceOrderBody = strictBody({
  quantity: decimalText({ description: "The new total, above what has filled." }).optional(),
  limit_price: decimalText().optional(),
  stop_price: decimalText().optional(),
  time_in_force: z.enum(TIMES_IN_FORCE).optional(),
  client_order_id: clientOrderId.optional(),
})
  .superRefine((body, context) => {
    const { client_order_id: _, ...changes } = body;
    if (Object.values(changes).some((value) => value !== undefined)) return;
    context.addIssue({
      code: "custom",
      message: "at least one of quantity, limit_price, stop_price, time_in_force",
      params: { code: "required" },
    });
  })
  .openapi("ReplaceOrder");

export const cancelOrdersQuery = z.strictObject({
  symbol: symbolText.optional(),
  side: z.enum(ORDER_SIDES).optional(),
});

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

export function toReplaceRequest(body: z.infer<typeof replaceOrderBody>): ReplaceRequest {
  return {
    quantity: body.quantity ?? null,
    limitPrice: body.limit_price ?? null,
    stopPrice: body.stop_price ?? null,
    timeInForce: body.time_in_force ?? null,
    clientOrderId: body.client_order_id ?? null,
  };
}
