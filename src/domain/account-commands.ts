/** What each command makes of an account. Pure: the account that is given stays as it was. */

import {
  type Account,
  type AccountOrder,
  freeCash,
  holdUnits,
  isRestricted,
  moveOrder,
  orderOf,
  positionOf,
  post,
  recordEvent,
  settle,
  storeOrder,
  storePosition,
} from "./account.ts";
import { add, type Decimal, greaterThan, isZero, neg, sub, ZERO } from "./decimal.ts";
import type { Refusal } from "./errors.ts";
import type { BrokerReport, Execution } from "./execution.ts";
import { bookExecution, statusAfter } from "./fill.ts";
import { release, reserve } from "./ledger.ts";
import { isOpen, nextStatus, type OrderEvent, type OrderTerms } from "./order.ts";
import type { Reservation } from "./reservation.ts";

export interface Draft {
  readonly id: string;
  readonly clientOrderId: string | null;
  readonly terms: OrderTerms;
  readonly feeRate: Decimal;
  readonly reservation: Reservation;
  /** What the rules outside the account have found. */
  readonly denial: Refusal | null;
}

export interface Placed {
  readonly account: Account;
  readonly kind: "placed" | "replayed" | "conflict" | "denied";
  readonly order: AccountOrder;
}

export interface Asked {
  readonly account: Account;
  readonly kind: "pending" | "canceled" | "not_cancelable" | "not_found";
}

export interface Reported {
  readonly account: Account;
  /** `repeated`: told before, or overtaken by what came since: no event. `illegal`: the table has no such step. */
  readonly kind: "applied" | "repeated" | "illegal" | "unknown";
}

export type SubmitOutcome =
  | {
      readonly kind: "accepted";
      readonly event: "accepted" | "new";
      readonly brokerOrderId: string;
    }
  | { readonly kind: "rejected"; readonly reason: string };

/** Places an order at most once per client order id; a refused one is kept with its reason. */
export function placeOrder(account: Account, draft: Draft): Placed {
  const known = [...account.orders.values()].find(
    ({ clientOrderId }) => clientOrderId !== null && clientOrderId === draft.clientOrderId,
  );
  if (known !== undefined) {
    return { account, kind: sameTerms(known, draft.terms) ? "replayed" : "conflict", order: known };
  }
  const refusal = findRefusal(account, draft);
  const { amount, quantity } =
    refusal === null ? draft.reservation : { amount: ZERO, quantity: ZERO };
  const order: AccountOrder = {
    ...draft.terms,
    id: draft.id,
    clientOrderId: draft.clientOrderId,
    status: refusal === null ? "pending_new" : "rejected",
    statusBefore: null,
    filledQuantity: ZERO,
    filledValue: ZERO,
    reservePrice: draft.reservation.price,
    feeRate: draft.feeRate,
    reservedAmount: amount,
    reservedQuantity: quantity,
    fees: ZERO,
    feesCharged: ZERO,
    refusal,
    rejectionReason: refusal === null ? null : refusal.code,
    cancelReason: null,
    brokerOrderId: null,
    sentAs: draft.reservation.sentAs,
    triggered: false,
    version: 0,
  };
  const { symbol } = draft.terms;
  const written = recordEvent(account, order, refusal === null ? "pending_new" : "denied");
  const held = holdUnits(written, symbol, quantity);
  const placed = post(held, "reserve", reserve(symbol, amount, quantity));
  const kind = refusal === null ? "placed" : "denied";
  return { account: placed, kind, order: orderOf(placed, draft.id) };
}

/** Asks for the end of an order. The venue answers; until then what it holds stays held. */
export function requestCancel(account: Account, orderId: string): Asked {
  const order = account.orders.get(orderId);
  if (order === undefined) return { account, kind: "not_found" };
  if (nextStatus(order.status, "pending_cancel") !== undefined) {
    return { account: moveOrder(account, order, "pending_cancel"), kind: "pending" };
  }
  if (order.status === "pending_cancel") return { account, kind: "pending" };
  return { account, kind: order.status === "canceled" ? "canceled" : "not_cancelable" };
}

/** The venue refuses to cancel: the order is what it was, or what it has become meanwhile. */
export function refuseCancel(account: Account, orderId: string): Reported {
  return refuse(account, orderOf(account, orderId));
}

/** What the broker answered to a submit, where the order still waits for it. */
export function recordAnswer(account: Account, orderId: string, answer: SubmitOutcome): Reported {
  const order = orderOf(account, orderId);
  if (answer.kind === "rejected") return reject(account, order, answer.reason);
  const brokerOrderId = order.brokerOrderId ?? answer.brokerOrderId;
  return acknowledge(account, { ...order, brokerOrderId }, answer.event);
}

/** Books what a venue reports of an order, each execution once. `mark`: USD a unit of a third fee asset. */
export function applyReport(
  account: Account,
  report: BrokerReport,
  mark: Decimal | null = null,
): Reported {
  const stored = account.orders.get(report.orderId);
  if (stored === undefined) return { account, kind: "unknown" };
  const { event, execution } = report;
  const order = { ...stored, brokerOrderId: stored.brokerOrderId ?? report.brokerOrderId };
  if (execution !== null) {
    const brokerOrderId = report.brokerOrderId ?? stored.brokerOrderId;
    return fill(account, order, { ...execution, brokerOrderId }, event === "fill", mark);
  }
  if (event === "accepted" || event === "new") return acknowledge(account, order, event);
  if (event === "rejected") return reject(account, order, "venue_rejected");
  if (event === "cancel_rejected") return refuse(account, order);
  if (event === "canceled") return close(account, order, event);
  if (event !== "expired" && event !== "triggered") {
    return { account, kind: isOpen(order.status) ? "illegal" : "repeated" };
  }
  // The venue has taken what it now ends, even where its answer to the submit has not come yet.
  const taken =
    order.status === "pending_new" ? acknowledge(account, order, "new").account : account;
  const working = taken === account ? order : orderOf(taken, order.id);
  return event === "expired" ? close(taken, working, event) : trigger(taken, working);
}

function fill(
  account: Account,
  order: AccountOrder,
  execution: Execution & { readonly brokerOrderId: string | null },
  isLast: boolean,
  mark: Decimal | null,
): Reported {
  const isKnown = account.trades.some(
    ({ id, brokerOrderId }) => id === execution.id && brokerOrderId === execution.brokerOrderId,
  );
  if (isKnown) return { account, kind: "repeated" };
  const before = positionOf(account, order.symbol);
  const { value, fee, feeMark, position, ...booked } = bookExecution(
    order,
    before,
    execution,
    isLast,
    mark,
  );
  const trade = { ...execution, orderId: order.id, value, feeUsd: fee, feeMark };
  // Where the venue does not tell a stop's election, its first fill does.
  const triggered = order.triggered || order.stopPrice !== null;
  const written = recordEvent(account, { ...booked.order, triggered }, booked.event);
  const moved: Account = {
    ...storePosition(written, order.symbol, position),
    trades: [...account.trades, trade],
    fees: add(account.fees, fee),
    realized: add(account.realized, sub(position.realized, before.realized)),
  };
  return { account: settle(post(moved, "fill", booked.entries)), kind: "applied" };
}

/** The venue has the order. A cancel that was asked for before stays pending, and returns to what the venue says now. */
function acknowledge(account: Account, order: AccountOrder, event: "accepted" | "new"): Reported {
  if (nextStatus(order.status, event) !== undefined) {
    return { account: moveOrder(account, order, event), kind: "applied" };
  }
  const before = order.statusBefore;
  const statusBefore = before === null ? null : (nextStatus(before, event) ?? before);
  return { account: storeOrder(account, { ...order, statusBefore }), kind: "repeated" };
}

function refuse(account: Account, order: AccountOrder): Reported {
  if (order.status !== "pending_cancel") return { account, kind: "repeated" };
  return { account: moveOrder(account, order, "cancel_rejected"), kind: "applied" };
}

function trigger(account: Account, order: AccountOrder): Reported {
  if (nextStatus(order.status, "triggered") === undefined) return { account, kind: "illegal" };
  if (order.triggered) return { account, kind: "repeated" };
  const triggered = { ...order, triggered: true };
  return { account: moveOrder(account, triggered, "triggered"), kind: "applied" };
}

function reject(account: Account, order: AccountOrder, reason: string): Reported {
  if (!isOpen(order.status)) return { account, kind: "repeated" };
  if (nextStatus(order.status, "rejected") !== undefined) {
    return end(account, { ...order, rejectionReason: reason }, "rejected");
  }
  // What the venue never took needs no cancel any more.
  if (order.status === "pending_cancel" && isZero(order.filledQuantity)) {
    return end(account, { ...order, cancelReason: reason }, "canceled");
  }
  return { account, kind: "illegal" };
}

/** The venue has ended the order without filling all of it. */
function close(account: Account, order: AccountOrder, event: "canceled" | "expired"): Reported {
  if (!isOpen(order.status)) return { account, kind: "repeated" };
  if (nextStatus(order.status, event) === undefined) return { account, kind: "illegal" };
  if (order.status === "pending_cancel") {
    return end(account, { ...order, cancelReason: "client" }, event);
  }
  // A market buy went out as a limit at its collar: its rest ran past the collar, nobody let it expire.
  if (order.type === "market" && order.sentAs !== null) {
    return end(account, { ...order, cancelReason: "collar_reached" }, "canceled");
  }
  return end(account, order, event);
}

/** Ends an order without a fill, and gives back what it held. */
function end(account: Account, order: AccountOrder, event: OrderEvent): Reported {
  const { symbol, reservedAmount, reservedQuantity } = order;
  const ended: AccountOrder = {
    ...order,
    status: statusAfter(order.status, event),
    statusBefore: null,
    reservedAmount: ZERO,
    reservedQuantity: ZERO,
  };
  const written = holdUnits(recordEvent(account, ended, event), symbol, neg(reservedQuantity));
  const released = post(written, "release", release(symbol, reservedAmount, reservedQuantity));
  return { account: settle(released), kind: "applied" };
}

/** Whether two orders ask for the same trade. What a notional order bought is no term of it. */
function sameTerms(a: OrderTerms, b: OrderTerms): boolean {
  const written = (terms: OrderTerms) => [
    terms.symbol,
    terms.side,
    terms.type,
    terms.notional === null ? terms.quantity : null,
    terms.notional,
    terms.limitPrice,
    terms.stopPrice,
    terms.timeInForce,
  ];
  return written(a).join() === written(b).join();
}

function findRefusal(account: Account, { id, terms, reservation, denial }: Draft): Refusal | null {
  const { side, symbol } = terms;
  const buys = side === "buy";
  if (account.suspended || (account.closingOnly && buys)) {
    return { code: "trading_suspended", orderId: id };
  }
  if (isRestricted(account) && buys) return { code: "account_restricted", orderId: id };
  if (denial !== null) return denial;
  if (buys) {
    const required = reservation.amount;
    const available = freeCash(account);
    if (!greaterThan(required, available)) return null;
    return { code: "insufficient_buying_power", required, available, orderId: id };
  }
  const { quantity, reserved } = positionOf(account, symbol);
  const required = reservation.quantity;
  const available = sub(quantity, reserved);
  if (!greaterThan(required, available)) return null;
  const heldBy = [...account.orders.values()]
    .filter((order) => order.symbol === symbol && order.side === "sell" && isOpen(order.status))
    .map((order) => order.id)
    .sort();
  return { code: "insufficient_quantity", symbol, required, available, heldBy, orderId: id };
}
