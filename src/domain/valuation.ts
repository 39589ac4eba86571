/** What a holding is worth at a market price. Pure. */

import { add, type Decimal, divide, isZero, mul, ONE, round, sub } from "./decimal.ts";
import { isTwoSided, type Quote } from "./quote.ts";

export interface Mark {
  readonly price: Decimal;
  readonly source: "last_trade" | "mid" | "previous_close";
  readonly at: Date;
}

export interface Holding {
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
}

export interface Value {
  readonly marketValue: Decimal;
  readonly unrealizedPnl: Decimal;
  /** Fraction of the cost, six decimals; null where nothing was paid. */
  readonly unrealizedPnlPct: Decimal | null;
  /** Against the previous close; null where the venue has told none. */
  readonly dayPnl: Decimal | null;
}

const TWO = add(ONE, ONE);

/** The price a holding is valued at: a market price, never the entry's. Undefined where the venue has told none. */
export function markOf(quote: Quote | undefined): Mark | undefined {
  if (quote === undefined) return undefined;
  const at = new Date(quote.atMs);
  if (quote.price !== null) return { price: quote.price, source: "last_trade", at };
  if (isTwoSided(quote)) {
    return { price: divide(add(quote.bidPrice, quote.askPrice), TWO, 8), source: "mid", at };
  }
  if (quote.previousClose === null) return undefined;
  return { price: quote.previousClose, source: "previous_close", at };
}

/** USD at eight decimals. */
export function valueAt(holding: Holding, price: Decimal, previousClose: Decimal | null): Value {
  const marketValue = round(mul(holding.quantity, price), 8);
  const unrealizedPnl = sub(marketValue, holding.costBasis);
  return {
    marketValue,
    unrealizedPnl,
    unrealizedPnlPct: isZero(holding.costBasis)
      ? null
      : divide(unrealizedPnl, holding.costBasis, 6),
    dayPnl:
      previousClose === null ? null : round(mul(holding.quantity, sub(price, previousClose)), 8),
  };
}
