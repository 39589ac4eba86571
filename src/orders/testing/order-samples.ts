/** What tests of the order service ask for, and what may be stored of it. */

import { decimal, ZERO } from "../../domain/decimal.ts";
import type { Order } from "../../domain/order.ts";
import type { OrderRequest } from "../deps.ts";
import type { Funds, OrderDraft } from "../ports.ts";

export const NOW = new Date("2026-01-05T15:00:00Z");

export const PRINCIPAL = {
  userId: "u-1",
  sessionId: "s-1",
  apiKeyId: null,
  scopes: ["read", "trade"] as const,
  expiresAt: null,
};

export const LIMIT_BUY: OrderRequest = {
  symbol: "F",
  assetType: null,
  side: "buy",
  type: "limit",
  quantity: decimal("10"),
  notional: null,
  limitPrice: decimal("10.25"),
  stopPrice: null,
  timeInForce: null,
  clientOrderId: null,
};
export const MARKET_BUY: OrderRequest = { ...LIMIT_BUY, type: "market", limitPrice: null };
export const STOP_BUY: OrderRequest = {
  ...LIMIT_BUY,
  type: "stop",
  limitPrice: null,
  stopPrice: decimal("11"),
};

/** Ten of the stock, all of them free, and a thousand dollars. */
export const FUNDS: Funds = {
  freeCash: decimal("1000"),
  quantity: decimal("10"),
  freeQuantity: decimal("10"),
  heldBy: [],
  accountStatus: "active",
  suspendTrade: false,
  closingOnly: false,
};

export function orderOf(draft: OrderDraft): Order {
  return {
    ...draft.terms,
    id: draft.id,
    userId: draft.principal.userId,
    clientOrderId: draft.clientOrderId,
    filledQuantity: ZERO,
    filledAvgPrice: null,
    status: "pending_new",
    rejectionReason: null,
    cancelReason: null,
    reservedAmount: draft.reservation.amount,
    reservedQuantity: draft.reservation.quantity,
    fees: ZERO,
    broker: draft.venue,
    brokerOrderId: null,
    sentAs: draft.reservation.sentAs,
    replaces: null,
    replacedBy: null,
    version: 1,
    createdAt: NOW,
    submittedAt: null,
    triggeredAt: null,
    filledAt: null,
    cancelledAt: null,
    expiredAt: null,
    updatedAt: NOW,
  };
}

/** A limit buy as it may be stored. */
export const stored = (status: Order["status"], change: Partial<Order> = {}): Order => ({
  ...orderOf({
    id: "o-1",
    principal: PRINCIPAL,
    clientOrderId: null,
    terms: { ...LIMIT_BUY, assetType: "stock", timeInForce: "day" },
    venue: "alpaca",
    feeRate: ZERO,
    reservation: { amount: ZERO, quantity: ZERO, price: null, sentAs: null },
    denial: null,
  }),
  status,
  ...change,
});
