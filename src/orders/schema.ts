import * as z from "zod";
import "../http/describable.ts";
import { type Decimal, decimal, greaterThan, ONE } from "../domain/decimal.ts";
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
import { idempotencyHeaders, idempotencyKey } from "../http/idempotency-key.ts";
import { timeQuery } from "../http/moment.ts";
import { pageQuery } from "../http/paging.ts";
import { symbolText } from "../http/symbol-text.ts";
import { strictBody } from "../http/validated.ts";
import type { OrderRequest } from "./deps.ts";
import type { ReplaceRequest } from "./replace.ts";

// Far above any real order; their product still fits the database's money.
const MAX = {
  quantity: decimal("100000000000"),
  notional: decimal("100000000000"),
  limit_price: decimal("100000000"),
  stop_price: decimal("100000000"),
};
const clientOrderId = idempotencyKey.openapi({ example: "my-1" });

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
    for (const path of findTooBig(body)) fault(path, "too_big", `must be at most ${MAX[path]}`);
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

function findTooBig(amounts: { readonly [Name in keyof typeof MAX]?: Decimal | undefined }) {
  return (Object.keys(MAX) as (keyof typeof MAX)[]).filter((name) => {
    const amount = amounts[name];
    return amount !== undefined && greaterThan(amount, MAX[name]);
  });
}

export const replaceOrderBody = strictBody({
  quantity: decimalText({ description: "The new total, above what has filled." }).optional(),
  limit_price: decimalText().optional(),
  stop_price: decimalText().optional(),
  time_in_force: z.enum(TIMES_IN_FORCE).optional(),
  client_order_id: clientOrderId.optional(),
})
  .superRefine((body, context) => {
    const { client_order_id: _, ...changes } = body;
    for (const path of findTooBig(changes)) {
      const message = `must be at most ${MAX[path]}`;
      context.addIssue({ code: "custom", path: [path], message, params: { code: "too_big" } });
    }
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

const flag = z
  .enum(["true", "false"])
  .optional()
  .transform((text) => text === "true");

export const closePositionQuery = z
  .strictObject({
    quantity: decimalText({
      description: "Units; all of them where left out.",
      example: "10",
    }).optional(),
    percentage: decimalText({ description: "A fraction of what is held.", example: "0.5" })
      .refine((share) => !greaterThan(share, ONE), { error: "must be a fraction, at most 1" })
      .optional(),
    cancel_orders: flag.openapi({ description: "Cancels the open sells that hold it first." }),
  })
  .refine(({ quantity, percentage }) => quantity === undefined || percentage === undefined, {
    path: ["percentage"],
    error: "can't stand beside quantity",
    params: { code: "exclusive" },
  });
export const closePositionsQuery = z.strictObject({ cancel_orders: flag });
export const closedSymbolParam = z.object({ symbol: symbolText });
// The symbol is added to it, after a colon.
export const closePositionsHeaders = z.object({
  "idempotency-key": idempotencyKey.max(111).optional().openapi({
    description: "With it, at most one order closes a symbol, however often it is repeated.",
  }),
});

export const placeOrderHeaders = idempotencyHeaders("The same thing as client_order_id.");

export const listOrdersQuery = z.strictObject({
  status: z.enum(["open", "closed", "all", ...ORDER_STATUSES]).default("all"),
  symbol: symbolText.optional(),
  side: z.enum(ORDER_SIDES).optional(),
  asset_type: z.enum(["stock", "crypto"]).optional(),
  after: timeQuery.optional(),
  until: timeQuery.optional(),
  updated_after: timeQuery.optional(),
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
