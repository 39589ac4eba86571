/** What an order holds back, and what the venue gets for it (trading rules §4). Pure. */

import {
  add,
  type Decimal,
  decimal,
  floorTo,
  lessThan,
  mul,
  ONE,
  roundUp,
  sub,
  truncate,
  ZERO,
} from "./decimal.ts";
import { type Instrument, priceIncrementAt } from "./instrument.ts";
import type { OrderTerms, SentAs } from "./order.ts";

const FIFTY = decimal("50");
const COLLAR_BELOW_FIFTY = decimal("1.04");
const COLLAR_FROM_FIFTY = decimal("1.025");
/** A stop sell that goes out as a stop limit takes down to this share of its stop. */
const STOP_SELL_FLOOR = decimal("0.90");
/** Smallest order value before fees, USD. */
export const NOTIONAL_MIN = ONE;

export interface Reservation {
  /** USD held for a buy, fee included. */
  readonly amount: Decimal;
  /** Units held for a sell. */
  readonly quantity: Decimal;
  /** What a unit of the rest holds, before the fee; null for sells and notional orders. */
  readonly price: Decimal | null;
  /** How the order goes out where that is not its terms. */
  readonly sentAs: SentAs | null;
}

/** The most a market or stop buy may pay: a little above `price`, on the tick below. */
export function collarAbove(instrument: Instrument, price: Decimal): Decimal {
  const factor = lessThan(price, FIFTY) ? COLLAR_BELOW_FIFTY : COLLAR_FROM_FIFTY;
  const collar = mul(price, factor);
  return floorTo(collar, priceIncrementAt(instrument, collar));
}

/**
 * The reservation of an order. `reference` is the ask (or the last trade of a closed market) for market buys;
 * `sessionOpen` decides whether a collared buy can be immediate. A sell holds its units and never cash.
 */
export function reserve(
  terms: OrderTerms,
  instrument: Instrument,
  feeRate: Decimal,
  reference: Decimal | null,
  sessionOpen: boolean,
): Reservation {
  const quantity = terms.quantity ?? ZERO;
  if (terms.side === "sell") {
    const sentAs = terms.type === "stop" ? stopAsLimit(terms, instrument) : endless(terms);
    return { amount: ZERO, quantity, price: null, sentAs };
  }
  if (terms.notional !== null) {
    return { amount: terms.notional, quantity: ZERO, price: null, sentAs: null };
  }
  const price = reservePrice(terms, instrument, reference);
  return {
    amount: reservationFor(quantity, price, feeRate),
    quantity: ZERO,
    price,
    sentAs: sentAsOf(terms, instrument, price, sessionOpen),
  };
}

/** What a buy of `quantity` at `price` holds. Value and fee are rounded each, as they will be booked: never short by a unit. */
export function reservationFor(quantity: Decimal, price: Decimal, feeRate: Decimal): Decimal {
  const value = mul(quantity, price);
  return add(roundUp(value, 8), roundUp(mul(value, feeRate), 8));
}

/** What a notional buy may spend at the venue so that its fee still fits, in cents. */
export function netOfFee(notional: Decimal, feeRate: Decimal): Decimal {
  return truncate(sub(notional, roundUp(mul(notional, feeRate), 8)), 2);
}

function reservePrice(
  terms: OrderTerms,
  instrument: Instrument,
  reference: Decimal | null,
): Decimal {
  if (terms.limitPrice !== null) return terms.limitPrice;
  const base = terms.stopPrice ?? reference;
  if (base === null) throw new Error("a market buy needs a reference price");
  return collarAbove(instrument, base);
}

function sentAsOf(
  terms: OrderTerms,
  instrument: Instrument,
  price: Decimal,
  sessionOpen: boolean,
): SentAs | null {
  if (terms.type === "market") return collared(terms, instrument, price, sessionOpen);
  return terms.type === "stop" ? stopAsLimit(terms, instrument) : endless(terms);
}

/** The crypto venue has no day orders: it gets one without an end, and the platform ends it at midnight UTC. */
function endless({ assetType, type, timeInForce, limitPrice }: OrderTerms): SentAs | null {
  if (assetType !== "crypto" || timeInForce !== "day" || type === "market") return null;
  return { type, timeInForce: "gtc", limitPrice };
}

/**
 * Stocks' stops are the venue's own, which caps buys itself. A coin's stop goes out as a stop limit: not every pair has
 * plain stops, and one that buys at any price could spend more than is held for it.
 */
function stopAsLimit(terms: OrderTerms, instrument: Instrument): SentAs | null {
  if (instrument.assetType === "stock" || terms.stopPrice === null) return null;
  const limitPrice =
    terms.side === "buy"
      ? collarAbove(instrument, terms.stopPrice)
      : floorTo(
          mul(terms.stopPrice, STOP_SELL_FLOOR),
          priceIncrementAt(instrument, terms.stopPrice),
        );
  return { type: "stop_limit", timeInForce: "gtc", limitPrice };
}

/** A fraction of a share can't be a limit `ioc` at the venue: it goes out as it is. */
function collared(
  terms: OrderTerms,
  instrument: Instrument,
  price: Decimal,
  sessionOpen: boolean,
): SentAs | null {
  const fractional = terms.quantity?.includes(".") === true;
  if (instrument.assetType === "stock" && fractional) return null;
  const immediate = instrument.assetType === "crypto" || sessionOpen;
  const partly = immediate ? "ioc" : "day";
  const timeInForce = terms.timeInForce === "fok" ? "fok" : partly;
  return { type: "limit", timeInForce, limitPrice: price };
}
