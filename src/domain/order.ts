/** The life of an order. Pure: no clock, no I/O, no broker's vocabulary. */

import type { Decimal } from "./decimal.ts";
import type { AssetType, VenueName } from "./instrument.ts";

export const ORDER_SIDES = ["buy", "sell"] as const;
export const ORDER_TYPES = ["market", "limit", "stop", "stop_limit"] as const;
export const TIMES_IN_FORCE = ["day", "gtc", "ioc", "fok"] as const;
export const OPEN_STATUSES = [
  "pending_new",
  "accepted",
  "new",
  "partially_filled",
  "pending_cancel",
  "pending_replace",
] as const;
export const CLOSED_STATUSES = ["filled", "canceled", "expired", "rejected", "replaced"] as const;
export const ORDER_STATUSES = [...OPEN_STATUSES, ...CLOSED_STATUSES] as const;

export type OrderSide = (typeof ORDER_SIDES)[number];
export type OrderType = (typeof ORDER_TYPES)[number];
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What the client asked for, normalised. Exactly one of `quantity` and `notional` is set. */
export interface OrderTerms {
  readonly symbol: string;
  readonly assetType: AssetType;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly quantity: Decimal | null;
  /** USD, fee included. */
  readonly notional: Decimal | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce;
}

/** What the venue gets where that differs from the terms. */
export interface SentAs {
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly limitPrice: Decimal | null;
}

export interface Order extends OrderTerms {
  readonly id: string;
  readonly userId: string;
  readonly clientOrderId: string | null;
  readonly filledQuantity: Decimal;
  readonly filledAvgPrice: Decimal | null;
  readonly status: OrderStatus;
  readonly rejectionReason: string | null;
  readonly cancelReason: string | null;
  /** USD held for the rest of a buy. */
  readonly reservedAmount: Decimal;
  /** Units held for the rest of a sell. */
  readonly reservedQuantity: Decimal;
  /** USD. */
  readonly fees: Decimal;
  readonly broker: VenueName;
  readonly brokerOrderId: string | null;
  readonly sentAs: SentAs | null;
  readonly replaces: string | null;
  readonly replacedBy: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly submittedAt: Date | null;
  readonly triggeredAt: Date | null;
  readonly filledAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly expiredAt: Date | null;
  readonly updatedAt: Date;
}

export const isOpen = (status: OrderStatus): boolean =>
  (OPEN_STATUSES as readonly OrderStatus[]).includes(status);

/** Every event of an order's life. `denied` is our refusal, `rejected` the broker's. */
export const ORDER_EVENTS = [
  "pending_new",
  "denied",
  "new",
  "accepted",
  "rejected",
  "triggered",
  "partial_fill",
  "fill",
  "canceled",
  "pending_cancel",
  "cancel_rejected",
  "pending_replace",
  "replaced",
  "replace_rejected",
  "expired",
  "restated",
] as const;

export type OrderEvent = (typeof ORDER_EVENTS)[number];

/** `before`: the status that stood before the pending one. `keep`: unchanged. */
type Next = OrderStatus | "before" | "keep";

const FILLS_OPEN = { partial_fill: "partially_filled", fill: "filled" } as const;
const FILLS_PENDING = { partial_fill: "keep", fill: "filled" } as const;
// A fill that arrives after any end is booked all the same: filled wins.
const FILLS_CLOSED = { partial_fill: "keep", fill: "filled", restated: "keep" } as const;

const NEXT_STATUS: Record<OrderStatus, Partial<Record<OrderEvent, Next>>> = {
  pending_new: {
    ...FILLS_OPEN,
    new: "new",
    accepted: "accepted",
    rejected: "rejected",
    canceled: "canceled",
    pending_cancel: "pending_cancel",
  },
  accepted: {
    ...FILLS_OPEN,
    new: "new",
    rejected: "rejected",
    canceled: "canceled",
    pending_cancel: "pending_cancel",
    expired: "expired",
  },
  new: {
    ...FILLS_OPEN,
    triggered: "new",
    rejected: "rejected",
    canceled: "canceled",
    pending_cancel: "pending_cancel",
    pending_replace: "pending_replace",
    replaced: "replaced",
    expired: "expired",
  },
  partially_filled: {
    ...FILLS_OPEN,
    restated: "keep",
    canceled: "canceled",
    pending_cancel: "pending_cancel",
    pending_replace: "pending_replace",
    replaced: "replaced",
    expired: "expired",
  },
  pending_cancel: {
    ...FILLS_PENDING,
    restated: "keep",
    canceled: "canceled",
    cancel_rejected: "before",
    expired: "expired",
  },
  pending_replace: {
    ...FILLS_PENDING,
    restated: "keep",
    replaced: "replaced",
    replace_rejected: "before",
  },
  filled: { ...FILLS_CLOSED, partial_fill: "keep" },
  canceled: FILLS_CLOSED,
  expired: FILLS_CLOSED,
  rejected: FILLS_CLOSED,
  replaced: FILLS_CLOSED,
};

/**
 * The status that follows `event`, or undefined where the table has no such transition.
 * `before` is the status that a pending one replaced.
 */
export function nextStatus(
  from: OrderStatus,
  event: OrderEvent,
  before: OrderStatus | null = null,
): OrderStatus | undefined {
  const next = NEXT_STATUS[from][event];
  if (next === "keep") return from;
  if (next === "before") return before ?? undefined;
  return next;
}
