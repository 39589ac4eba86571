/** What one execution does to its order, to the holding and to the money (trading rules §1–§3). Pure. */

import {
  add,
  type Decimal,
  isZero,
  lessThan,
  max,
  min,
  mul,
  round,
  roundUp,
  sub,
  ZERO,
} from "./decimal.ts";
import type { Execution } from "./execution.ts";
import { type Entry, feeInThirdAsset, feeInUnits, fillOfBuy, fillOfSell, USD } from "./ledger.ts";
import { isOpen, nextStatus, type OrderEvent, type OrderStatus, type OrderTerms } from "./order.ts";
import { buy, type Position, payInUnits, sell } from "./position.ts";
import { reservationFor } from "./reservation.ts";

/** What a fill reads and changes of an order. */
export interface FillableOrder extends OrderTerms {
  readonly status: OrderStatus;
  /** What a pending status returns to. */
  readonly statusBefore: OrderStatus | null;
  readonly filledQuantity: Decimal;
  /** The unrounded sum of quantity × price. */
  readonly filledValue: Decimal;
  /** What a unit of the rest holds, before the fee; null for sells and notional orders. */
  readonly reservePrice: Decimal | null;
  readonly feeRate: Decimal;
  readonly reservedAmount: Decimal;
  readonly reservedQuantity: Decimal;
  /** USD, the cost of fees that were paid in units included. */
  readonly fees: Decimal;
  /** The unrounded sum of the fees that were paid in USD or at a mark. */
  readonly feesCharged: Decimal;
}

export interface Fill<O extends FillableOrder> {
  readonly order: O;
  readonly position: Position;
  readonly event: "partial_fill" | "fill";
  /** USD at eight decimals. */
  readonly value: Decimal;
  /** What it cost the user, USD: paid in cash or in units. */
  readonly fee: Decimal;
  /** USD a unit of a fee that was taken neither in USD nor in what was bought. */
  readonly feeMark: Decimal | null;
  readonly entries: readonly Entry[];
  /** The order had ended before. */
  readonly late: boolean;
  /** The fee was taken in an asset that nobody gave a price for, and is not booked. */
  readonly unpriced: boolean;
}

/**
 * Books `execution`, which was not booked before. `isLast`: the venue calls the order filled, which counts only where
 * the quantity can't tell. `mark`: USD a unit of a third asset that the fee was taken in, null where unknown.
 */
export function bookExecution<O extends FillableOrder>(
  order: O,
  position: Position,
  execution: Execution,
  isLast: boolean,
  mark: Decimal | null,
): Fill<O> {
  const { quantity, price } = execution;
  const late = !isOpen(order.status);
  const filledQuantity = add(order.filledQuantity, quantity);
  const filledValue = add(order.filledValue, mul(quantity, price));
  // On the cumulative value: many small fills cost what one fill costs.
  const value = sub(round(filledValue, 8), round(order.filledValue, 8));
  const event = isComplete(order, filledQuantity, isLast) ? "fill" : "partial_fill";

  const fee = splitFee(order, execution, mark);
  const holding = moveUnits(order, position, quantity, value, event, fee.units);
  const feeUsd = add(fee.cash, sub(holding.fees, position.fees));
  const isThird = fee.mark !== null;
  const after: O = {
    ...order,
    ...statusesAfter(order, event),
    // How many units a notional order bought is known once it has filled.
    quantity: event === "fill" && order.notional !== null ? filledQuantity : order.quantity,
    filledQuantity,
    filledValue,
    fees: add(order.fees, feeUsd),
    feesCharged: add(order.feesCharged, fee.charged),
    reservedQuantity: sub(order.reservedQuantity, sub(position.reserved, holding.reserved)),
  };
  const booked: O = { ...after, reservedAmount: event === "fill" ? ZERO : holdingOfRest(after) };
  const amounts = { symbol: order.symbol, quantity, value, fee: isThird ? ZERO : fee.cash };
  return {
    order: booked,
    position: holding,
    event,
    value,
    fee: feeUsd,
    feeMark: fee.mark,
    entries: [
      ...(order.side === "buy"
        ? fillOfBuy({ ...amounts, released: sub(order.reservedAmount, booked.reservedAmount) })
        : fillOfSell({ ...amounts, released: sub(position.reserved, holding.reserved) })),
      ...feeInUnits(order.symbol, fee.units),
      ...feeInThirdAsset(isThird ? fee.cash : ZERO),
    ],
    late,
    unpriced: fee.unpriced,
  };
}

/** The status after `event`; throws where the table has no such transition. */
export function statusAfter(
  from: OrderStatus,
  event: OrderEvent,
  before: OrderStatus | null = null,
): OrderStatus {
  const status = nextStatus(from, event, before);
  if (status === undefined) throw new Error(`an order that is ${from} cannot be ${event}`);
  return status;
}

/** Executions can come out of order: an order is filled when its quantity is, whatever the venue's last word said. */
function isComplete(order: FillableOrder, filledQuantity: Decimal, isLast: boolean): boolean {
  if (order.quantity === null) return isLast;
  return !lessThan(filledQuantity, order.quantity);
}

/** A refused cancel returns to what the order has become meanwhile. */
function statusesAfter({ status, statusBefore }: FillableOrder, event: "partial_fill" | "fill") {
  return {
    status: statusAfter(status, event),
    statusBefore:
      event === "fill" || statusBefore === null ? null : statusAfter(statusBefore, event),
  };
}

function moveUnits(
  order: FillableOrder,
  position: Position,
  quantity: Decimal,
  value: Decimal,
  event: "partial_fill" | "fill",
  feeUnits: Decimal,
): Position {
  if (order.side === "buy") {
    const bought = buy(position, quantity, value);
    return isZero(feeUnits) ? bought : payInUnits(bought, feeUnits);
  }
  const { reservedQuantity } = order;
  const fromReserved = event === "fill" ? reservedQuantity : min(quantity, reservedQuantity);
  return sell(position, quantity, value, fromReserved);
}

/** What the rest of a buy still holds, by the rule it was placed with; never more than before. */
function holdingOfRest(order: FillableOrder): Decimal {
  return min(order.reservedAmount, restOf(order));
}

function restOf(order: FillableOrder): Decimal {
  if (order.notional !== null) {
    const spent = add(round(order.filledValue, 8), roundUp(order.feesCharged, 8));
    return max(sub(order.notional, spent), ZERO);
  }
  if (order.quantity === null || order.reservePrice === null) return ZERO;
  const rest = sub(order.quantity, order.filledQuantity);
  return reservationFor(rest, order.reservePrice, order.feeRate);
}

interface FeeParts {
  /** USD, unrounded. */
  readonly charged: Decimal;
  /** USD, rounded up on the order's cumulative fee. */
  readonly cash: Decimal;
  /** Units of the bought asset. */
  readonly units: Decimal;
  /** Null where none is needed, or none is known. */
  readonly mark: Decimal | null;
  readonly unpriced: boolean;
}

const NO_FEE: FeeParts = { charged: ZERO, cash: ZERO, units: ZERO, mark: null, unpriced: false };

function splitFee(order: FillableOrder, execution: Execution, mark: Decimal | null): FeeParts {
  const { fee, feeAsset } = execution;
  if (isZero(fee)) return NO_FEE;
  if (feeAsset === USD) return feeInCash(order, fee, null);
  const isOwn = feeAsset === order.symbol.split("/")[0];
  if (isOwn && order.side === "buy") return { ...NO_FEE, units: fee };
  // The order's own asset has just traded at a price.
  const known = isOwn ? execution.price : mark;
  if (known === null) return { ...NO_FEE, unpriced: true };
  return feeInCash(order, mul(fee, known), known);
}

function feeInCash(order: FillableOrder, charged: Decimal, mark: Decimal | null): FeeParts {
  const inAll = add(order.feesCharged, charged);
  const cash = sub(roundUp(inAll, 8), roundUp(order.feesCharged, 8));
  return { ...NO_FEE, charged, cash, mark };
}
