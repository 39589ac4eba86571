/** What a holding is worth at a market price. Pure. */

import { add, type Decimal, divide, isZero, mul, ONE, round, sub } from "./decimal.ts";
import { isTwoSided, type Quote } from "./quote.ts";

export interface Mark {
  readonly price: Decimal;
  readonly source: "last_trade" | "mid" | "previous_close";
  readonly at: Date;
}

export interface Moment {
  readonly nowMs: number;
  /** Whether the market trades, so that a price grows old. */
  readonly inSession: boolean;
  /** When the market closed last before this session. */
  readonly closedAt: Date;
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
}

/** What an account's trades in a symbol have changed since its last close. */
export interface DayFlow {
  /** Bought less sold, and less what was kept as a fee. */
  readonly quantity: Decimal;
  /** USD, fees included: what sales brought less what purchases cost. */
  readonly cash: Decimal;
}

const TWO = add(ONE, ONE);
/** An older trade is not where the market stands. */
const TRADE_OLD_MS = 60_000;

/**
 * The price a holding is valued at: a market price, never the entry's. The last trade, unless that is old in session; then
 * the mid. Without a mid an old trade of the session still is nearer than the close before it, which stands in where there
 * is no trade at all. Undefined where the venue has told none.
 */
export function markOf(quote: Quote | undefined, moment: Moment): Mark | undefined {
  if (quote === undefined) return undefined;
  const trade = lastTrade(quote);
  const isOld = moment.inSession && trade !== undefined && isOldTrade(trade, moment.nowMs);
  if (trade !== undefined && !isOld) return trade;
  return midOf(quote) ?? trade ?? previousClose(quote, moment);
}

/** USD at eight decimals. */
export const marketValueAt = (quantity: Decimal, price: Decimal): Decimal =>
  round(mul(quantity, price), 8);

export function valueAt(holding: Holding, price: Decimal): Value {
  const marketValue = marketValueAt(holding.quantity, price);
  const unrealizedPnl = sub(marketValue, holding.costBasis);
  return {
    marketValue,
    unrealizedPnl,
    unrealizedPnlPct: isZero(holding.costBasis)
      ? null
      : divide(unrealizedPnl, holding.costBasis, 6),
  };
}

/**
 * What a symbol has gained since its last close: what was held then from that close on, what was bought since from its
 * purchase on, what was sold up to its sale. Null where something was held then and the close is not known.
 */
export function dayPnl(
  { quantity, marketValue }: { readonly quantity: Decimal; readonly marketValue: Decimal },
  flow: DayFlow,
  close: Decimal | null,
): Decimal | null {
  const heldBefore = sub(quantity, flow.quantity);
  if (isZero(heldBefore)) return add(marketValue, flow.cash);
  if (close === null) return null;
  return add(sub(marketValue, marketValueAt(heldBefore, close)), flow.cash);
}

function lastTrade({ price, priceAtMs, atMs }: Quote): Mark | undefined {
  if (price === null) return undefined;
  return { price, source: "last_trade", at: new Date(priceAtMs ?? atMs) };
}

const isOldTrade = ({ at }: Mark, nowMs: number): boolean => nowMs - at.getTime() > TRADE_OLD_MS;

function midOf(quote: Quote): Mark | undefined {
  if (!isTwoSided(quote)) return undefined;
  const price = divide(add(quote.bidPrice, quote.askPrice), TWO, 8);
  return { price, source: "mid", at: new Date(quote.atMs) };
}

function previousClose({ previousClose: price }: Quote, { closedAt }: Moment): Mark | undefined {
  return price === null ? undefined : { price, source: "previous_close", at: closedAt };
}
