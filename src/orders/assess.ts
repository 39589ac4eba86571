/** The rules an order must meet before it is written, over plain values: what goes wrong is named with its numbers. */

import type { Broker, SentTerms } from "../brokers/broker.ts";
import {
  type Decimal,
  decimal,
  greaterThan,
  isZero,
  lessThan,
  mul,
  ZERO,
} from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { findPriceFault, findQuantityFault, type Instrument } from "../domain/instrument.ts";
import type { OrderTerms } from "../domain/order.ts";
import { ageMs, isStale, type Quote } from "../domain/quote.ts";
import { NOTIONAL_MIN, netOfFee, type Reservation, reserve } from "../domain/reservation.ts";

export interface Session {
  readonly isOpen: boolean;
  readonly nextOpen: Date | null;
}

export interface Circumstances {
  readonly instrument: Instrument;
  readonly quote: Quote | undefined;
  readonly session: Session;
  /** Taker fee as a fraction. */
  readonly feeRate: Decimal;
  /** Zero: no cap. */
  readonly universeMaxPrice: Decimal;
  /** What the venue lacks; undefined where it has everything. */
  readonly unsupported: Broker["unsupported"];
  readonly nowMs: number;
}

export interface Assessment {
  readonly reservation: Reservation;
  /** What the order was measured by, USD a unit. */
  readonly reference: Decimal;
  /** A refusal that is kept with the order. */
  readonly denial: Readonly<Record<string, string>> | null;
}

/** Throws what leaves nothing behind; returns the reservation and the refusal that is kept with the order. */
export function assess(terms: OrderTerms, circumstances: Circumstances): Assessment {
  const { instrument, session, feeRate } = circumstances;
  refuseUnsupported(terms, instrument, session);
  const fault =
    findPriceFault(instrument, { limit_price: terms.limitPrice, stop_price: terms.stopPrice }) ??
    (terms.quantity === null ? undefined : findQuantityFault(instrument, terms.quantity));
  if (fault !== undefined) throw new AppError(fault);

  const reference = referencePrice(terms, circumstances);
  const reservation = reserve(terms, instrument, feeRate, reference, session.isOpen);
  refuseAtVenue({ ...terms, ...reservation.sentAs }, circumstances);
  return { reservation, reference, denial: findDenial(terms, circumstances, reference) };
}

/** What would go out, not what was asked for: the platform has its own ways to most that a venue lacks. */
function refuseAtVenue(sent: SentTerms, { unsupported }: Circumstances): void {
  const lacking = unsupported?.(sent) ?? null;
  if (lacking === null) return;
  const { term, message } = lacking;
  throw new AppError({
    code: term === "type" ? "order_type_unsupported" : "time_in_force_unsupported",
    message,
  });
}

function refuseUnsupported(terms: OrderTerms, instrument: Instrument, session: Session): void {
  const { timeInForce, assetType } = terms;
  if (terms.stopPrice !== null && timeInForce !== "day" && timeInForce !== "gtc") {
    throw new AppError({
      code: "time_in_force_unsupported",
      message: "Stop orders wait for their price: use day or gtc.",
    });
  }
  const partial = terms.notional !== null || terms.quantity?.includes(".") === true;
  if (assetType === "stock" && partial && timeInForce !== "day") {
    throw new AppError({
      code: "time_in_force_unsupported",
      message: "Fractional and notional stock orders are day orders.",
    });
  }
  const immediate = timeInForce === "ioc" || timeInForce === "fok";
  if (assetType === "stock" && immediate && !session.isOpen) {
    throw new AppError({ code: "market_closed", nextOpen: session.nextOpen });
  }
  if (assetType === "stock" && partial && !instrument.fractionable) {
    throw new AppError({
      code: "quantity_increment_invalid",
      path: terms.quantity === null ? "notional" : "quantity",
      increment: decimal("1"),
      minimum: null,
    });
  }
}

/** What the order is measured by: its limit or stop, else the side of the market it would take. */
function referencePrice(terms: OrderTerms, circumstances: Circumstances): Decimal {
  return terms.limitPrice ?? terms.stopPrice ?? marketPrice(terms, circumstances);
}

/** The side of the market that the order would take; the last trade in a closed one. */
function marketPrice(terms: OrderTerms, circumstances: Circumstances): Decimal {
  const { quote, session, nowMs } = circumstances;
  if (quote === undefined) throw new AppError({ code: "quote_unavailable", symbol: terms.symbol });
  if (session.isOpen) {
    if (isStale(quote, nowMs)) {
      throw new AppError({ code: "quote_stale", symbol: terms.symbol, ageMs: ageMs(quote, nowMs) });
    }
    const price = terms.side === "buy" ? quote.askPrice : quote.bidPrice;
    if (price !== null) return price;
  }
  const last = quote.price ?? quote.previousClose;
  if (last === null) throw new AppError({ code: "quote_unavailable", symbol: terms.symbol });
  return last;
}

function findDenial(
  terms: OrderTerms,
  circumstances: Circumstances,
  price: Decimal,
): Assessment["denial"] {
  const { instrument, universeMaxPrice } = circumstances;
  if (terms.side === "buy") {
    if (!instrument.tradable) return { code: "asset_not_tradable", symbol: terms.symbol };
    if (!isZero(universeMaxPrice) && greaterThan(price, universeMaxPrice)) {
      return { code: "price_outside_universe", price, cap: universeMaxPrice };
    }
  }
  // Before the fee, as the venue measures it.
  const value =
    terms.notional === null
      ? mul(terms.quantity ?? ZERO, price)
      : netOfFee(terms.notional, circumstances.feeRate);
  if (lessThan(value, NOTIONAL_MIN)) {
    return { code: "notional_below_minimum", value, minimum: NOTIONAL_MIN };
  }
  if (terms.stopPrice === null) return null;
  const market = marketPrice(terms, circumstances);
  const met =
    terms.side === "buy"
      ? !greaterThan(terms.stopPrice, market)
      : !lessThan(terms.stopPrice, market);
  return met
    ? { code: "stop_price_in_market", stop_price: terms.stopPrice, market_price: market }
    : null;
}
