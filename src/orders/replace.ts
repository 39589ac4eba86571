import { type Decimal, greaterThan } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import type { Order, OrderTerms, TimeInForce } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import { assess } from "./assess.ts";
import { brokerOf, circumstancesOf, instrumentOf, type OrderServiceDeps } from "./deps.ts";
import { toRefusal } from "./kept-refusal.ts";
import { toSubmit } from "./place.ts";

/** What shall change; null leaves it as it is. */
export interface ReplaceRequest {
  /** The new total, above what has filled. */
  readonly quantity: Decimal | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce | null;
  readonly clientOrderId: string | null;
}

/** A fill between reading the order and asking for its change makes the new terms stale; then they are computed anew. */
const TRIES = 3;

/**
 * Puts a new order in an open one's place and returns the new one: `new` where the venue has swapped them, `pending_new`
 * while it has not confirmed, `rejected` where it refused and the old one stands.
 */
export async function replaceOrder(
  deps: OrderServiceDeps,
  principal: Principal,
  orderId: string,
  request: ReplaceRequest,
): Promise<Order> {
  for (let attempt = 1; ; attempt++) {
    const replacement = await tryReplace(deps, principal, orderId, request);
    if (replacement !== "stale") return replacement;
    if (attempt === TRIES) throw new AppError({ code: "busy" });
  }
}

async function tryReplace(
  deps: OrderServiceDeps,
  principal: Principal,
  orderId: string,
  request: ReplaceRequest,
): Promise<Order | "stale"> {
  const { orders, now, newId } = deps;
  const old = await orders.find(principal.userId, orderId);
  if (old === undefined) throw new AppError({ code: "order_not_found" });
  if (deps.haltedVenues.has(old.broker)) throw new AppError({ code: "trading_suspended" });
  const terms = changedTerms(old, request);
  const instrument = await instrumentOf(deps, old.symbol);
  if (instrument.venue !== old.broker) {
    throw notReplaceable(old, `${old.symbol} is traded at ${instrument.venue} now`);
  }
  const broker = brokerOf(deps, old.broker);
  if (broker.cannotReplace !== undefined) throw notReplaceable(old, broker.cannotReplace);
  const circumstances = await circumstancesOf(deps, terms, instrument);
  const { reservation, denial } = assess(terms, circumstances);
  if (denial !== null) throw new AppError(toRefusal(denial));

  const asked = await orders.requestReplace(
    principal,
    { id: newId(), old, clientOrderId: request.clientOrderId, terms, reservation },
    now(),
  );
  switch (asked.kind) {
    case "stale":
      return "stale";
    case "account_inactive":
      throw new AppError({ code: "account_inactive", accountStatus: asked.accountStatus });
    case "unauthenticated":
      throw new AppError({ code: "unauthenticated" });
    case "not_found":
      throw new AppError({ code: "order_not_found" });
    case "not_replaceable":
      throw notReplaceable(asked.order, null);
    case "conflict":
      throw new AppError({ code: "idempotency_conflict", orderId: asked.replacement.id });
    case "denied":
      throw new AppError(asked.refusal);
    case "replayed":
      return asked.replacement;
    case "requested":
      break;
  }

  const { order, replacement } = asked;
  const answer = await broker.replace(order, {
    ...toSubmit(replacement, circumstances.feeRate),
    filledBefore: order.filledQuantity,
  });
  const stored =
    answer.kind === "unknown" ? asked : await orders.recordReplace(asked, answer, now());
  deps.announce(stored.order);
  deps.announce(stored.replacement);
  // The old order had filled more than was known: whatever the venue answers, a report or a look-up brings the end.
  if (isOvertaken(stored.replacement)) await broker.cancel(stored.replacement);
  if (answer.kind === "incomplete") {
    throw new AppError({
      code: "replace_incomplete",
      orderId: order.id,
      replacementId: replacement.id,
      message: answer.message,
    });
  }
  return stored.replacement;
}

const isOvertaken = ({ status, cancelReason }: Order): boolean =>
  status === "pending_cancel" && cancelReason === "replace_overtaken";

/** The terms of the whole, as if it were placed now. */
function changedTerms(old: Order, request: ReplaceRequest): OrderTerms {
  if (old.quantity === null || old.type === "market") {
    throw notReplaceable(old, "market and notional orders can't be changed");
  }
  const quantity = request.quantity ?? old.quantity;
  if (!greaterThan(quantity, old.filledQuantity)) {
    const message = `must be above the ${old.filledQuantity} that has filled`;
    throw new AppError({
      code: "validation_error",
      errors: [{ path: "quantity", code: "too_small", message }],
    });
  }
  refuseMeaningless(old, request);
  return {
    symbol: old.symbol,
    assetType: old.assetType,
    side: old.side,
    type: old.type,
    quantity,
    notional: null,
    limitPrice: request.limitPrice ?? old.limitPrice,
    stopPrice: request.stopPrice ?? old.stopPrice,
    timeInForce: request.timeInForce ?? old.timeInForce,
  };
}

function refuseMeaningless(old: Order, { limitPrice, stopPrice }: ReplaceRequest): void {
  const path =
    limitPrice !== null && old.limitPrice === null
      ? "limit_price"
      : stopPrice !== null && old.stopPrice === null
        ? "stop_price"
        : null;
  if (path === null) return;
  const message = `has no meaning for a ${old.type} order`;
  throw new AppError({
    code: "validation_error",
    errors: [{ path, code: "unexpected", message }],
  });
}

function notReplaceable(order: Order, message: string | null): AppError {
  return new AppError({
    code: "order_not_replaceable",
    orderId: order.id,
    status: order.status,
    message,
  });
}
