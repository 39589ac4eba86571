import type { CancelAnswer } from "../brokers/broker.ts";
import { AppError } from "../domain/errors.ts";
import { fewAtOnce } from "../domain/few-at-once.ts";
import { OPEN_STATUSES, type Order, type OrderSide } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import { brokerOf, type OrderServiceDeps, type Outcome } from "./deps.ts";

/** One call's worth; the venue's request budget is shared by all accounts. */
const CANCEL_MAX = 100;
/** All of a request, however many orders it ends: their ends are asked for in our own books, and the link goes on asking the venue. */
const VENUES_WITHIN_MS = 8_000;

/** How long a request waits for venues, however many orders it ends; begins with the first that it asks. */
export interface Patience {
  isOver?: true;
  ended?: Promise<void>;
}

/**
 * Asks the venue to end an order. The answer's order is `canceled` only once the venue has confirmed that; a venue that is
 * silent is waited for no longer than 8 s, and the order stays `pending_cancel`.
 */
export async function cancelOrder(
  deps: OrderServiceDeps,
  principal: Principal,
  orderId: string,
  patience: Patience = {},
): Promise<Order> {
  const { orders, now } = deps;
  const request = await orders.requestCancel(principal, orderId, now());
  switch (request.kind) {
    case "unauthenticated":
      throw new AppError({ code: "unauthenticated" });
    case "not_found":
      throw new AppError({ code: "order_not_found" });
    case "not_cancelable":
      throw notCancelable(request.order);
    case "canceled":
      return request.order;
    case "pending":
      break;
  }
  const { order } = request;
  if (patience.isOver) {
    deps.announce(order);
    return order;
  }
  const answer = await askVenue(deps, order, patience);
  // Not found proves nothing while the submit may still be on its way: the link asks again until it is settled.
  const refused = answer.kind === "not_cancelable" ? answer : null;
  const stored = await orders.recordCancel(
    order,
    refused === null ? { kind: "requested" } : { kind: "refused", message: refused.message },
    now(),
  );
  deps.announce(stored);
  if (refused !== null && stored.status !== "canceled") throw notCancelable(stored);
  return stored;
}

async function askVenue(
  deps: OrderServiceDeps,
  order: Order,
  patience: Patience,
): Promise<CancelAnswer> {
  const broker = brokerOf(deps, order.broker);
  patience.ended ??= deps.sleep(VENUES_WITHIN_MS).then(() => {
    patience.isOver = true;
  });
  const tooLate = patience.ended.then(
    () => ({ kind: "unknown", cause: "no answer in time" }) as const,
  );
  return Promise.race([broker.cancel(order), tooLate]);
}

export interface CancelFilter {
  readonly symbol?: string | undefined;
  readonly side?: OrderSide | undefined;
}

/** Cancels open orders, oldest first, 100 a call; `more` says that others are left. */
export async function cancelOrders(
  deps: OrderServiceDeps,
  principal: Principal,
  filter: CancelFilter,
): Promise<{ readonly results: readonly Outcome[]; readonly more: boolean }> {
  // Those whose end is asked for already are left alone: asking again would change nothing.
  const statuses = OPEN_STATUSES.filter(
    (status) => !status.startsWith("pending_") || status === "pending_new",
  );
  const open = await deps.orders.list(principal.userId, {
    ...filter,
    statuses,
    direction: "asc",
    limit: CANCEL_MAX + 1,
  });
  const waiting = open.slice(0, CANCEL_MAX);
  const patience: Patience = {};
  const results = await fewAtOnce(waiting, ({ id }) => outcomeOf(deps, principal, id, patience));
  return { results, more: open.length > CANCEL_MAX };
}

async function outcomeOf(
  deps: OrderServiceDeps,
  principal: Principal,
  id: string,
  patience: Patience,
): Promise<Outcome> {
  try {
    return { id, order: await cancelOrder(deps, principal, id, patience) };
  } catch (error) {
    if (isUnauthenticated(error)) throw error;
    if (error instanceof AppError) return { id, refusal: error.refusal };
    // One that fails must not hide what became of the others.
    deps.log.error("cancel_failed", { order_id: id, error });
    return { id, refusal: { code: "internal" } };
  }
}

/** Of the whole request, whichever part of it found that the session or key has ended. */
export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof AppError && error.refusal.code === "unauthenticated";

function notCancelable(order: Order): AppError {
  return new AppError({ code: "order_not_cancelable", orderId: order.id, status: order.status });
}
