/** What Alpaca refuses at entry, with its own words. */

import {
  add,
  type Decimal,
  decimal,
  greaterThan,
  isPositive,
  lessThan,
  mul,
  places,
  sub,
} from "../../src/domain/decimal.ts";
import type { Account } from "./accounts.ts";
import { balanceOf, totalOf } from "./accounts.ts";
import type { EntryContext } from "./entry.ts";
import type { OrderTerms, Refusal, VenueOrder } from "./order.ts";

const INVALID = { status: 422, code: 42210000 };
const MALFORMED = { status: 422, code: 40010001 };
const FORBIDDEN = { status: 403, code: 40310000 };
const CLIENT_ID_MAX = 128;
const ONE_DOLLAR = decimal("1");

export function refuseAlpacaOrder(terms: OrderTerms, context: EntryContext): Refusal | undefined {
  return (
    refuseShape(terms) ??
    refuseTimeInForce(terms) ??
    refuseSubPenny("limit_price", terms.limit) ??
    refuseSubPenny("stop_price", terms.stop) ??
    refuseClientId(terms, context) ??
    refuseWashTrade(terms, context) ??
    refuseFunds(terms, context)
  );
}

function refuseShape(terms: OrderTerms): Refusal | undefined {
  const { quantity, notional, limit, stop, type } = terms;
  if (quantity !== null && notional !== null)
    return { ...MALFORMED, message: "only one of qty or notional is accepted" };
  if (quantity === null && notional === null)
    return { ...MALFORMED, message: "qty or notional is required" };
  if (quantity !== null && !isPositive(quantity))
    return { ...MALFORMED, message: "qty must be > 0" };
  if (quantity !== null && places(quantity) > 9)
    return { ...INVALID, message: "qty must be limited to 9 decimal places" };
  if (notional !== null && places(notional) > 2)
    return { ...INVALID, message: "notional value must be limited to 2 decimal places" };
  if (notional !== null && lessThan(notional, ONE_DOLLAR))
    return { ...MALFORMED, message: "notional must be >= 1.00" };
  const limited = type === "limit" || type === "stop_limit";
  const stopped = type === "stop" || type === "stop_limit";
  if (limited && limit === null)
    return { ...MALFORMED, message: `${type} orders require a limit price` };
  if (!limited && limit !== null)
    return { ...MALFORMED, message: `${type} orders must not have a limit price` };
  if (stopped && stop === null)
    return { ...MALFORMED, message: `${type} orders require a stop price` };
  if (!stopped && stop !== null)
    return { ...MALFORMED, message: `${type} orders must not have a stop price` };
  if ((limit !== null && !isPositive(limit)) || (stop !== null && !isPositive(stop)))
    return { ...MALFORMED, message: "prices must be > 0" };
  return undefined;
}

function refuseTimeInForce(terms: OrderTerms): Refusal | undefined {
  const { timeInForce, type, quantity, extendedHours } = terms;
  const fractional = quantity === null || places(quantity) > 0;
  if (fractional && timeInForce !== "day")
    return { ...INVALID, message: "fractional orders must be DAY orders" };
  if (["ioc", "fok", "opg", "cls"].includes(timeInForce) && type.startsWith("stop"))
    return { ...INVALID, message: `invalid time_in_force ${timeInForce} for ${type} orders` };
  if (extendedHours && (type !== "limit" || !["day", "gtc"].includes(timeInForce)))
    return { ...INVALID, message: "extended hours order must be DAY or GTC limit orders" };
  return undefined;
}

function refuseSubPenny(field: string, price: Decimal | null): Refusal | undefined {
  if (price === null || places(price) <= (lessThan(price, ONE_DOLLAR) ? 4 : 2)) return undefined;
  return {
    ...INVALID,
    message: `invalid ${field} ${price}. sub-penny increment does not fulfill minimum pricing criteria`,
  };
}

function refuseClientId(terms: OrderTerms, { orders }: EntryContext): Refusal | undefined {
  if (terms.clientId.length > CLIENT_ID_MAX)
    return { ...MALFORMED, message: "client_order_id must be no more than 128 characters" };
  if (orders.findByClientId("alpaca", terms.clientId) !== undefined)
    return { ...MALFORMED, message: "client_order_id must be unique" };
  return undefined;
}

function refuseWashTrade(terms: OrderTerms, { openInSymbol }: EntryContext): Refusal | undefined {
  const opposite = openInSymbol().find(
    (order) => order.terms.side !== terms.side && couldMeet(terms, order.terms),
  );
  if (opposite === undefined) return undefined;
  return {
    ...FORBIDDEN,
    message: "potential wash trade detected. use complex orders",
    facts: {
      reject_reason: `opposite side ${opposite.terms.type} order exists`,
      existing_order_id: opposite.id,
    },
  };
}

/** Two limits meet only if they cross; anything without a limit could meet everything. */
function couldMeet(a: OrderTerms, b: OrderTerms): boolean {
  const buy = a.side === "buy" ? a : b;
  const sell = a.side === "buy" ? b : a;
  if (buy.limit === null || sell.limit === null) return true;
  return !lessThan(buy.limit, sell.limit);
}

function refuseFunds(terms: OrderTerms, context: EntryContext): Refusal | undefined {
  const { account, instrument, priceEstimate, openInSymbol } = context;
  const price = terms.limit ?? terms.stop ?? priceEstimate(terms.side);
  const cost = terms.notional ?? mul(terms.quantity ?? decimal("0"), price);
  if (lessThan(cost, instrument.minNotional))
    return { ...FORBIDDEN, message: "cost basis must be >= minimal amount of order 1" };
  if (terms.side === "buy") {
    const { free } = balanceOf(account, instrument.quoteAsset);
    if (!greaterThan(cost, free)) return undefined;
    const facts = { buying_power: free, cost_basis: cost };
    return { ...FORBIDDEN, message: "insufficient buying power", facts };
  }
  return refuseOversell(terms, account, openInSymbol(), price);
}

function refuseOversell(
  terms: OrderTerms,
  account: Account,
  open: readonly VenueOrder[],
  price: Decimal,
): Refusal | undefined {
  const { free, held } = balanceOf(account, terms.symbol);
  const short =
    terms.quantity === null
      ? lessThan(mul(free, price), terms.notional ?? decimal("0"))
      : greaterThan(terms.quantity, free);
  if (!short) return undefined;
  if (totalOf(account, terms.symbol) === "0" && places(terms.quantity ?? decimal("0.5")) > 0)
    return { ...FORBIDDEN, message: "fractional orders cannot be sold short" };
  const requested = terms.quantity ?? terms.notional ?? "0";
  return {
    ...FORBIDDEN,
    message: `insufficient qty available for order (requested: ${requested}, available: ${free})`,
    facts: {
      symbol: terms.symbol,
      existing_qty: add(free, held),
      held_for_orders: held,
      available: sub(add(free, held), held),
      related_orders: open.filter(({ terms: { side } }) => side === "sell").map(({ id }) => id),
    },
  };
}
