/** What an order can take right now: the far touch, then once a level one tick behind it. */

import {
  add,
  type Decimal,
  decimal,
  divide,
  floorTo,
  greaterThan,
  isPositive,
  isZero,
  lessThan,
  min,
  mul,
  sub,
  truncate,
  ZERO,
} from "../../src/domain/decimal.ts";
import { decimalOf, type Instrument } from "../market/instruments.ts";
import type { WalkState } from "../market/walk.ts";
import type { Side } from "./order.ts";

interface Level {
  readonly price: Decimal;
  left: Decimal;
}

/** What is left of the displayed sizes since the last tick; both sides, best level first. */
export interface Depth {
  readonly quoteId: number;
  readonly bids: readonly [Level, Level];
  readonly asks: readonly [Level, Level];
}

export interface Take {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

export function depthOf(instrument: Instrument, walk: WalkState): Depth {
  const level = (ticks: number, size: number): Level => ({
    price: decimalOf(Math.max(1, ticks), instrument.priceScale),
    left: decimalOf(size, instrument.sizeScale),
  });
  return {
    quoteId: walk.quoteId,
    bids: [level(walk.bid, walk.bidSize), level(walk.bid - 1, walk.bidSize)],
    asks: [level(walk.ask, walk.askSize), level(walk.ask + 1, walk.askSize)],
  };
}

/** The side that an order of `side` trades against. */
export const farSide = (depth: Depth, side: Side): readonly [Level, Level] =>
  side === "buy" ? depth.asks : depth.bids;

/** Whether a limit reaches the price; no limit reaches every price. */
export function reaches(side: Side, limit: Decimal | null, price: Decimal): boolean {
  if (limit === null) return true;
  return side === "buy" ? !greaterThan(price, limit) : !lessThan(price, limit);
}

/** What `quantity` would take within `limit`; takes nothing yet. */
export function takeQuantity(
  depth: Depth,
  side: Side,
  quantity: Decimal,
  limit: Decimal | null,
): Take[] {
  const takes: Take[] = [];
  let rest = quantity;
  for (const { price, left } of farSide(depth, side)) {
    if (!reaches(side, limit, price)) break;
    const taken = min(rest, left);
    if (isPositive(taken)) takes.push({ price, quantity: taken });
    rest = sub(rest, taken);
  }
  return takes;
}

/** The same for an amount of money, in whole `step`s of the asset. */
export function takeNotional(
  depth: Depth,
  side: Side,
  notional: Decimal,
  limit: Decimal | null,
  step: Decimal,
): Take[] {
  const takes: Take[] = [];
  let rest = notional;
  for (const { price, left } of farSide(depth, side)) {
    if (!reaches(side, limit, price)) break;
    const affordable = floorTo(truncate(divide(rest, price, 18), 17), step);
    const taken = min(affordable, left);
    if (isPositive(taken)) takes.push({ price, quantity: taken });
    rest = sub(rest, mul(taken, price));
  }
  return takes;
}

/** Uses up what was taken. */
export function consume(depth: Depth, side: Side, take: Take): void {
  const level = farSide(depth, side).find(({ price }) => price === take.price);
  if (level !== undefined) level.left = sub(level.left, take.quantity);
}

export const quantityOf = (takes: readonly Take[]): Decimal =>
  takes.reduce((total, { quantity }) => add(total, quantity), ZERO);

/** The fraction of the takes that a partial fill leaves, in whole steps and never nothing. */
export function partOf(takes: readonly Take[], fraction: Decimal, step: Decimal): Take[] {
  const [first] = takes;
  if (first === undefined) return [];
  const wanted = floorTo(mul(quantityOf(takes), fraction), step);
  const quantity = min(first.quantity, isZero(wanted) ? step : wanted);
  return [{ price: first.price, quantity }];
}

/** The finest quantity the venue books: fractional shares go to nine places. */
export const stepOf = (instrument: Instrument): Decimal =>
  instrument.venue === "alpaca" ? decimal("0.000000001") : instrument.lot;
