/** Orders in Binance's words. Amounts carry eight decimals. */

import { type Decimal, isZero, mul, places } from "../../src/domain/decimal.ts";
import type { Execution, VenueOrder } from "../matching/order.ts";
import type { OrderUpdate } from "../order-updates.ts";

/** Decimal text with at least eight places: 1 becomes 1.00000000. */
export function fixed(value: Decimal): string {
  const missing = 8 - places(value);
  if (missing <= 0) return value;
  return `${value}${missing === 8 ? "." : ""}${"0".repeat(missing)}`;
}

const NOTHING = "0.00000000";

function statusOf(order: VenueOrder): string {
  return order.status === "accepted" ? "NEW" : order.status.toUpperCase();
}

/** The members that every view of an order shares. */
function common(order: VenueOrder) {
  const { terms } = order;
  return {
    symbol: terms.symbol,
    orderId: Number(order.id),
    orderListId: -1,
    clientOrderId: terms.clientId,
    price: terms.limit === null ? NOTHING : fixed(terms.limit),
    // An order by amount of money has the quantity that it has bought.
    origQty: fixed(terms.quantity ?? order.filled),
    executedQty: fixed(order.filled),
    origQuoteOrderQty: terms.notional === null ? NOTHING : fixed(terms.notional),
    cummulativeQuoteQty: fixed(order.filledValue),
    status: statusOf(order),
    timeInForce: terms.timeInForce.toUpperCase(),
    type: terms.label,
    side: terms.side.toUpperCase(),
    ...(terms.stop === null ? {} : { stopPrice: fixed(terms.stop) }),
    selfTradePreventionMode: "NONE",
  };
}

/** The answer to a submit with `newOrderRespType=FULL`. */
export function toFullJson(order: VenueOrder, executions: readonly Execution[]) {
  return {
    ...common(order),
    transactTime: order.createdMs,
    workingTime: order.elected ? order.createdMs : -1,
    fills: executions.map((execution) => ({
      price: fixed(execution.price),
      qty: fixed(execution.quantity),
      commission: fixed(execution.fee),
      commissionAsset: execution.feeAsset,
      tradeId: execution.tradeId,
    })),
  };
}

/** The answer to a look-up. */
export function toOrderJson(order: VenueOrder) {
  return {
    ...common(order),
    stopPrice: order.terms.stop === null ? NOTHING : fixed(order.terms.stop),
    icebergQty: NOTHING,
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: order.elected,
    workingTime: order.elected ? order.createdMs : -1,
  };
}

/** The answer to a cancel: the order's own id moves to `origClientOrderId`. */
export function toCanceledJson(order: VenueOrder) {
  return {
    ...common(order),
    origClientOrderId: order.terms.clientId,
    clientOrderId: order.cancelId ?? order.terms.clientId,
    transactTime: order.updatedMs,
  };
}

export function toTradeJson(execution: Execution) {
  return {
    symbol: execution.symbol,
    id: execution.tradeId,
    orderId: Number(execution.orderId),
    orderListId: -1,
    price: fixed(execution.price),
    qty: fixed(execution.quantity),
    quoteQty: fixed(mul(execution.price, execution.quantity)),
    commission: fixed(execution.fee),
    commissionAsset: execution.feeAsset,
    time: execution.atMs,
    isBuyer: execution.side === "buy",
    isMaker: execution.liquidity === "maker",
    isBestMatch: true,
  };
}

const EXECUTION_TYPES: Readonly<Partial<Record<OrderUpdate["cause"], string>>> = {
  accepted: "NEW",
  new: "NEW",
  triggered: "NEW",
  partial_fill: "TRADE",
  fill: "TRADE",
  canceled: "CANCELED",
  expired: "EXPIRED",
  replaced: "CANCELED",
  rejected: "REJECTED",
};

/** The user data event of one change of an order. */
export function toExecutionReport({ cause, order, execution }: OrderUpdate, eventMs: number) {
  const { terms } = order;
  const canceled = cause === "canceled" || cause === "replaced";
  return {
    e: "executionReport",
    E: eventMs,
    s: terms.symbol,
    c: canceled ? (order.cancelId ?? terms.clientId) : terms.clientId,
    S: terms.side.toUpperCase(),
    o: terms.label,
    f: terms.timeInForce.toUpperCase(),
    q: fixed(terms.quantity ?? order.filled),
    p: terms.limit === null ? NOTHING : fixed(terms.limit),
    P: terms.stop === null ? NOTHING : fixed(terms.stop),
    F: NOTHING,
    g: -1,
    C: canceled ? terms.clientId : "",
    x: EXECUTION_TYPES[cause],
    X: statusOf(order),
    r: cause === "rejected" ? "ORDER_REJECTED" : "NONE",
    i: Number(order.id),
    l: execution === undefined ? NOTHING : fixed(execution.quantity),
    z: fixed(order.filled),
    L: execution === undefined ? NOTHING : fixed(execution.price),
    n: execution === undefined || isZero(execution.fee) ? "0" : fixed(execution.fee),
    N: execution === undefined || isZero(execution.fee) ? null : execution.feeAsset,
    T: execution?.atMs ?? order.updatedMs,
    t: execution?.tradeId ?? -1,
    I: Number(order.id) * 2,
    w: order.elected && (order.status === "new" || order.status === "partially_filled"),
    m: execution?.liquidity === "maker",
    M: false,
    O: order.createdMs,
    Z: fixed(order.filledValue),
    Y: execution === undefined ? NOTHING : fixed(mul(execution.price, execution.quantity)),
    Q: terms.notional === null ? NOTHING : fixed(terms.notional),
    W: order.createdMs,
    V: "NONE",
  };
}
