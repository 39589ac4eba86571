/** What Binance refuses at entry, with its own codes and words. */

import {
  decimal,
  greaterThan,
  isMultipleOf,
  isPositive,
  lessThan,
  mul,
} from "../../src/domain/decimal.ts";
import { balanceOf } from "./accounts.ts";
import { isTriggered } from "./election.ts";
import type { EntryContext } from "./entry.ts";
import { farSide, quantityOf, reaches, takeNotional } from "./liquidity.ts";
import { isOpen, type OrderTerms, type Refusal } from "./order.ts";

const CLIENT_ID = /^[a-zA-Z0-9-_]{1,36}$/;
export const QUANTITY_MAX = decimal("9000000000");
export const NOTIONAL_MAX = decimal("9000000");
/** PERCENT_PRICE_BY_SIDE: how far from the market a limit may stand. */
export const PRICE_UP_MAX = decimal("5");
export const PRICE_DOWN_MIN = decimal("0.2");

const refusal = (code: number, message: string): Refusal => ({ status: 400, code, message });
const failed = (filter: string): Refusal => refusal(-1013, `Filter failure: ${filter}`);

/** What is looked at before an order reaches the matching engine. */
export const refuseBinanceFilters = (
  terms: OrderTerms,
  context: EntryContext,
): Refusal | undefined =>
  refuseShape(terms) ?? refusePrices(terms, context) ?? refuseSize(terms, context);

export function refuseBinanceOrder(terms: OrderTerms, context: EntryContext): Refusal | undefined {
  return (
    refuseBinanceFilters(terms, context) ??
    refuseClientId(terms, context) ??
    refuseTrigger(terms, context) ??
    refuseTaking(terms, context) ??
    refuseFunds(terms, context)
  );
}

function refuseShape(terms: OrderTerms): Refusal | undefined {
  const mandatory = (name: string) =>
    refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  if (terms.quantity === null && terms.notional === null) return mandatory("quantity");
  if (terms.quantity !== null && terms.notional !== null)
    return refusal(-1128, "Combination of optional parameters invalid.");
  if (terms.notional !== null && terms.type !== "market") return mandatory("quantity");
  const limited = terms.type === "limit" || terms.type === "stop_limit";
  if (limited && terms.limit === null) return mandatory("price");
  if (!limited && terms.limit !== null)
    return refusal(-1106, "Parameter 'price' sent when not required.");
  if (terms.type.startsWith("stop") && terms.stop === null) return mandatory("stopPrice");
  return undefined;
}

function refusePrices(terms: OrderTerms, { instrument, last }: EntryContext): Refusal | undefined {
  for (const price of [terms.limit, terms.stop])
    if (price !== null && (!isPositive(price) || !isMultipleOf(price, instrument.tick)))
      return failed("PRICE_FILTER");
  if (terms.limit === null) return undefined;
  const tooFar =
    greaterThan(terms.limit, mul(last, PRICE_UP_MAX)) ||
    lessThan(terms.limit, mul(last, PRICE_DOWN_MIN));
  return tooFar ? failed("PERCENT_PRICE_BY_SIDE") : undefined;
}

function refuseSize(terms: OrderTerms, { instrument, last }: EntryContext): Refusal | undefined {
  const { quantity } = terms;
  if (quantity !== null) {
    const outside = lessThan(quantity, instrument.lot) || greaterThan(quantity, QUANTITY_MAX);
    if (outside || !isMultipleOf(quantity, instrument.lot)) return failed("LOT_SIZE");
  }
  const value = terms.notional ?? mul(quantity ?? last, terms.limit ?? terms.stop ?? last);
  const outside = lessThan(value, instrument.minNotional) || greaterThan(value, NOTIONAL_MAX);
  return outside ? failed("NOTIONAL") : undefined;
}

function refuseClientId(terms: OrderTerms, { orders }: EntryContext): Refusal | undefined {
  if (!CLIENT_ID.test(terms.clientId))
    return refusal(
      -1100,
      "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    );
  // Unique among open orders only: a filled order's id may be used again.
  const known = orders.findByClientId("binance", terms.clientId);
  return known !== undefined && isOpen(known) ? refusal(-2010, "Duplicate order sent.") : undefined;
}

function refuseTrigger(terms: OrderTerms, { last }: EntryContext): Refusal | undefined {
  if (terms.stop === null) return undefined;
  return isTriggered(terms, last)
    ? refusal(-2010, "Stop price would trigger immediately.")
    : undefined;
}

function refuseTaking(terms: OrderTerms, { depth }: EntryContext): Refusal | undefined {
  if (!terms.postOnly) return undefined;
  const [best] = farSide(depth, terms.side);
  return reaches(terms.side, terms.limit, best.price)
    ? refusal(-2010, "Order would immediately match and take.")
    : undefined;
}

function refuseFunds(terms: OrderTerms, context: EntryContext): Refusal | undefined {
  const { account, instrument, depth, priceEstimate } = context;
  const short = refusal(-2010, "Account has insufficient balance for requested action.");
  if (terms.side === "sell") {
    const wanted =
      terms.quantity ??
      quantityOf(takeNotional(depth, "sell", terms.notional ?? context.last, null, instrument.lot));
    return greaterThan(wanted, balanceOf(account, instrument.baseAsset).free) ? short : undefined;
  }
  const price = terms.limit ?? terms.stop ?? priceEstimate("buy");
  const cost = terms.notional ?? mul(terms.quantity ?? context.last, price);
  return greaterThan(cost, balanceOf(account, instrument.quoteAsset).free) ? short : undefined;
}
