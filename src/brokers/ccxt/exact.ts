import { type Decimal, decimal, equals } from "../../domain/decimal.ts";

interface Rounding {
  amountToPrecision(symbol: string, amount: string): string;
  priceToPrecision(symbol: string, price: string): string;
  costToPrecision?(symbol: string, cost: string): string;
}

/** Each throws where it would not go out as it was asked for. */
export interface Exact {
  amount(asked: Decimal): Decimal;
  price(asked: Decimal): Decimal;
  cost(asked: Decimal): Decimal;
}

/**
 * Amounts and prices as they go out. ccxt truncates the ones and rounds the others without a word: what would not go out
 * as it was asked for is a bug of ours, and throws.
 */
export function exactIn(exchange: Rounding, ccxtSymbol: string): Exact {
  const sentExactly = (asked: Decimal, sent: string): Decimal => {
    if (equals(asked, decimal(sent))) return asked;
    throw new RangeError(`${ccxtSymbol}: ${asked} would be sent as ${sent}`);
  };
  return {
    amount: (asked: Decimal) => sentExactly(asked, exchange.amountToPrecision(ccxtSymbol, asked)),
    price: (asked: Decimal) => sentExactly(asked, exchange.priceToPrecision(ccxtSymbol, asked)),
    cost: (asked: Decimal) =>
      sentExactly(asked, exchange.costToPrecision?.(ccxtSymbol, asked) ?? asked),
  };
}
