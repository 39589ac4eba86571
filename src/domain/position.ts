/** A holding as a quantity and the pool of what was paid for it (trading rules §3). Pure. */

import {
  add,
  type Decimal,
  divide,
  isNegative,
  isPositive,
  isZero,
  lessThan,
  min,
  mul,
  neg,
  sub,
  ZERO,
} from "./decimal.ts";

export interface Position {
  /** Below zero where more was sold than held: a late fill is booked all the same. */
  readonly quantity: Decimal;
  /** What open sells hold of it. */
  readonly reserved: Decimal;
  /** USD paid for what is held; zero where nothing is. */
  readonly cost: Decimal;
  /** USD, before fees. */
  readonly realized: Decimal;
  /** The cost of units that the venue took as its fee, USD. */
  readonly fees: Decimal;
}

export const NO_POSITION: Position = {
  quantity: ZERO,
  reserved: ZERO,
  cost: ZERO,
  realized: ZERO,
  fees: ZERO,
};

/** Adds `quantity` for `value`. Units that cover a shortfall are never held: their value is realized at once. */
export function buy(position: Position, quantity: Decimal, value: Decimal): Position {
  const short = isNegative(position.quantity) ? neg(position.quantity) : ZERO;
  const covering = partOf(value, min(quantity, short), quantity);
  return {
    ...position,
    quantity: add(position.quantity, quantity),
    cost: add(position.cost, sub(value, covering)),
    realized: sub(position.realized, covering),
  };
}

/** Takes out `quantity`, sold for `value`, with its part of the cost; `fromReserved` of it was held by the order. */
export function sell(
  position: Position,
  quantity: Decimal,
  value: Decimal,
  fromReserved: Decimal,
): Position {
  const cost = costOf(position, quantity);
  return {
    ...position,
    quantity: sub(position.quantity, quantity),
    reserved: sub(position.reserved, fromReserved),
    cost: sub(position.cost, cost),
    realized: add(position.realized, sub(value, cost)),
  };
}

/** Takes out what the venue kept as its fee: the cost of it is a fee, and nothing is realized. */
export function payInUnits(position: Position, quantity: Decimal): Position {
  const cost = costOf(position, quantity);
  return {
    ...position,
    quantity: sub(position.quantity, quantity),
    cost: sub(position.cost, cost),
    fees: add(position.fees, cost),
  };
}

export const hold = (position: Position, quantity: Decimal): Position => ({
  ...position,
  reserved: add(position.reserved, quantity),
});

/** Nothing is held and nothing waits to be given back: a later buy opens a new one. */
export const isEmpty = ({ quantity, reserved }: Position): boolean =>
  isZero(quantity) && isZero(reserved);

/** Open orders hold more than there is. */
export const isShort = ({ quantity, reserved }: Position): boolean => lessThan(quantity, reserved);

/** USD a unit at eight decimals; null where nothing is held. */
export const averageEntryPrice = ({ quantity, cost }: Position): Decimal | null =>
  isPositive(quantity) ? divide(cost, quantity, 8) : null;

/** All of the pool with the last unit, so that no dust stays. */
function costOf({ quantity: held, cost }: Position, quantity: Decimal): Decimal {
  return lessThan(quantity, held) ? partOf(cost, quantity, held) : cost;
}

/** `amount × part / whole`, rounded once. */
const partOf = (amount: Decimal, part: Decimal, whole: Decimal): Decimal =>
  divide(mul(amount, part), whole, 8);
