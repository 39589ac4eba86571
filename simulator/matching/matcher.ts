/** How orders meet the market: taking, resting, election. Knows no venue's words. */

import {
  add,
  type Decimal,
  decimal,
  divide,
  equals,
  isPositive,
  isZero,
  lessThan,
  max,
  min,
  mul,
  sub,
  truncate,
  ZERO,
} from "../../src/domain/decimal.ts";
import { type Fault, type FaultBook, textSetting } from "../faults.ts";
import { decimalOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { type Account, hold, settle, totalOf } from "./accounts.ts";
import type { Book } from "./book.ts";
import { isTriggered } from "./election.ts";
import { feeInAsset, feeOf } from "./fees.ts";
import {
  consume,
  type Depth,
  farSide,
  partOf,
  quantityOf,
  reaches,
  stepOf,
  type Take,
  takeNotional,
  takeQuantity,
} from "./liquidity.ts";
import { type Execution, isOpen, type OrderCause, type Side, type VenueOrder } from "./order.ts";
import type { OrderStore } from "./order-store.ts";

export interface MatcherDeps {
  readonly orders: OrderStore;
  readonly book: Book;
  readonly faults: FaultBook;
  readonly depthOf: (listing: Listing) => Depth;
  readonly accountOf: (listing: Listing) => Account;
  /** Whether the symbol trades now. */
  readonly trades: (listing: Listing) => boolean;
  readonly nowMs: () => number;
  /** Undefined where the symbol is not listed. */
  readonly lastPrice: (symbol: string) => Decimal | undefined;
  readonly newExecutionId: (listing: Listing, tradeId: number, side: Side) => string;
  readonly report: (cause: OrderCause, order: VenueOrder, execution?: Execution) => void;
}

export function createMatcher(deps: MatcherDeps) {
  const { orders, book, faults, depthOf, accountOf, trades, nowMs, report } = deps;

  /** Lets a working order take what it can, then rest, or ends it where it may not rest. */
  function work(order: VenueOrder, listing: Listing): void {
    cross(order, listing);
    if (!isOpen(order)) return;
    const takes = trades(listing) ? takesOf(order, listing) : [];
    const { timeInForce } = order.terms;
    const rest = remaining(order);
    const allOrNothing = timeInForce === "fok";
    if (!allOrNothing || (order.quantity !== null && equals(quantityOf(takes), rest)))
      for (const take of takes) {
        consume(depthOf(listing), order.terms.side, take);
        fill(order, listing, take, "taker");
      }
    if (!isOpen(order)) return;
    if (timeInForce === "ioc" || allOrNothing || neverRests(order))
      end(order, listing, order.venue === "alpaca" ? "canceled" : "expired");
    else rests(order, listing);
  }

  /**
   * At Binance own orders trade with each other, at the price of the one that rests, where that is at least as good as
   * the far touch. Alpaca refuses them at entry.
   */
  function cross(order: VenueOrder, listing: Listing): void {
    const { side, symbol, limit, timeInForce } = order.terms;
    if (order.venue !== "binance" || order.quantity === null || timeInForce === "fok") return;
    if (!trades(listing)) return;
    const [touch] = farSide(depthOf(listing), side);
    for (const resting of book.working(symbol, side === "buy" ? "sell" : "buy")) {
      const price = resting.terms.limit;
      if (price === null || resting.quantity === null || !isOpen(order)) continue;
      if (!reaches(side, limit, price) || !reaches(side, touch.price, price)) return;
      const take = { price, quantity: min(remaining(order), remaining(resting)) };
      listing.walk.tradeId += 1;
      fill(resting, listing, take, "maker", listing.walk.tradeId);
      fill(order, listing, take, "taker", listing.walk.tradeId);
    }
  }

  function takesOf(order: VenueOrder, listing: Listing): Take[] {
    const { side, limit, symbol, notional } = order.terms;
    const depth = depthOf(listing);
    const step = stepOf(listing.instrument);
    const takes =
      order.quantity === null
        ? takeNotional(depth, side, sub(notional ?? ZERO, order.filledValue), limit, step)
        : takeQuantity(depth, side, remaining(order), limit);
    const fault = isZero(quantityOf(takes))
      ? undefined
      : faults.strike("partial_fill", { venue: order.venue, symbol });
    return fault === undefined ? takes : partOf(takes, fractionOf(fault), step);
  }

  function rests(order: VenueOrder, listing: Listing): void {
    const [touch] = farSide(depthOf(listing), order.terms.side);
    order.passive = !reaches(order.terms.side, order.terms.limit, touch.price);
    holdRest(order, listing);
    book.insert(order);
  }

  /** After a tick: what waits on its own side is filled where the far touch has come to it. */
  function sweep(listing: Listing): void {
    if (!trades(listing)) return;
    const { symbol } = listing.instrument;
    for (const side of ["buy", "sell"] as const) {
      let reached = true;
      for (const order of book.working(symbol, side)) {
        const [touch] = farSide(depthOf(listing), side);
        // Sorted by price: behind the first that is out of reach all are.
        reached = reached && reaches(side, order.terms.limit, touch.price);
        if (!reached) {
          order.passive = true;
        } else if (!order.passive) {
          book.remove(order);
          work(order, listing);
        } else if (isPositive(touch.left) && order.terms.limit !== null) {
          const quantity = min(remaining(order), touch.left);
          consume(depthOf(listing), side, { price: touch.price, quantity });
          fill(order, listing, { price: order.terms.limit, quantity }, "maker");
        }
      }
    }
  }

  /** After a trade: stops that it elects start to work. */
  function elect(listing: Listing): void {
    const { instrument, walk } = listing;
    const last = decimalOf(walk.last, instrument.priceScale);
    for (const order of book.stops(instrument.symbol)) {
      if (!trades(listing) || !isTriggered(order.terms, last)) continue;
      book.remove(order);
      order.elected = true;
      order.updatedMs = nowMs();
      report("triggered", order);
      work(order, listing);
    }
  }

  function fill(
    order: VenueOrder,
    listing: Listing,
    take: Take,
    liquidity: Execution["liquidity"],
    sharedTradeId?: number,
  ): void {
    const { instrument, walk } = listing;
    const { side, symbol } = order.terms;
    const account = accountOf(listing);
    const { price, quantity } = take;
    const wasOpen = isOpen(order);
    hold(account, order, instrument, ZERO);
    order.filled = add(order.filled, quantity);
    order.filledValue = add(order.filledValue, mul(quantity, price));
    if (sharedTradeId === undefined) walk.tradeId += 1;
    const tradeId = sharedTradeId ?? walk.tradeId;
    const traded = {
      id: deps.newExecutionId(listing, tradeId, side),
      orderId: order.id,
      venue: order.venue,
      symbol,
      side,
      price,
      quantity,
      ...feeFor(listing, side, take, liquidity),
      liquidity,
      tradeId,
      atMs: nowMs(),
      cumulative: order.filled,
      positionAfter: ZERO,
    };
    settle(account, instrument, traded);
    const execution = { ...traded, positionAfter: totalOf(account, instrument.baseAsset) };
    orders.addExecution(order, execution);
    order.updatedMs = execution.atMs;
    if (isComplete(order, listing, price)) {
      order.status = "filled";
      order.filledMs = execution.atMs;
      book.remove(order);
      orders.finish(order);
      report("fill", order, execution);
      return;
    }
    // One that has ended stays so, and holds nothing.
    if (wasOpen) {
      order.status = "partially_filled";
      holdRest(order, listing);
    }
    report("partial_fill", order, execution);
  }

  function feeFor(
    { instrument }: Listing,
    side: Side,
    { price, quantity }: Take,
    liquidity: Execution["liquidity"],
  ) {
    const { venue, symbol, quoteAsset } = instrument;
    const fault = faults.strike("third_asset_fee", { venue, symbol });
    const feeAsset = fault && textSetting(fault, "asset", "BNB");
    const assetPrice = feeAsset && deps.lastPrice(feeAsset + quoteAsset);
    if (!feeAsset || !assetPrice) return feeOf(instrument, side, quantity, price, liquidity);
    return { fee: feeInAsset(mul(quantity, price), liquidity, assetPrice), feeAsset };
  }

  /** An order's end without a fill; gives back what was held for it. */
  function end(
    order: VenueOrder,
    listing: Listing,
    cause: "canceled" | "expired" | "rejected" | "replaced",
  ): void {
    hold(accountOf(listing), order, listing.instrument, ZERO);
    book.remove(order);
    const atMs = nowMs();
    order.status = cause;
    order.updatedMs = atMs;
    if (cause === "canceled") order.canceledMs = atMs;
    if (cause === "expired") order.expiredMs = atMs;
    if (cause === "replaced") order.replacedMs = atMs;
    orders.finish(order);
    report(cause, order);
  }

  function holdRest(order: VenueOrder, listing: Listing): void {
    hold(accountOf(listing), order, listing.instrument, holdingOf(order, listing));
  }

  function holdingOf(order: VenueOrder, listing: Listing): Decimal {
    const { side, limit, stop, notional } = order.terms;
    const price = limit ?? stop ?? farSide(depthOf(listing), side)[0].price;
    if (order.quantity !== null)
      return side === "buy" ? mul(remaining(order), price) : remaining(order);
    const left = max(ZERO, sub(notional ?? ZERO, order.filledValue));
    return side === "buy" ? left : truncate(divide(left, price, 12), 9);
  }

  return { work, sweep, elect, fill, end, holdRest };
}

const HALF = decimal("0.5");

function fractionOf(fault: Fault): Decimal {
  const { fraction } = fault.settings;
  return typeof fraction === "string" || typeof fraction === "number" ? decimal(fraction) : HALF;
}

/** What an order by quantity still wants; nothing for one by notional. */
function remaining(order: VenueOrder): Decimal {
  return order.quantity === null ? ZERO : sub(order.quantity, order.filled);
}

/** An order by notional is complete when what is left does not buy another step. */
function isComplete(order: VenueOrder, listing: Listing, price: Decimal): boolean {
  if (order.quantity !== null) return !isPositive(remaining(order));
  const left = sub(order.terms.notional ?? ZERO, order.filledValue);
  return lessThan(left, mul(stepOf(listing.instrument), price));
}

/** Binance ends the rest of a market order at once; at Alpaca it goes on with the next quotes. */
function neverRests(order: VenueOrder): boolean {
  return order.venue === "binance" && order.terms.limit === null;
}
