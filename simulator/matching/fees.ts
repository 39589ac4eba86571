import { type Decimal, decimal, divide, mul, truncate, ZERO } from "../../src/domain/decimal.ts";
import type { Instrument } from "../market/instruments.ts";
import type { Execution, Side } from "./order.ts";

export const TAKER_FEE_BPS = 25;
export const MAKER_FEE_BPS = 15;

/** Stocks are free. Crypto is charged on what is received: the bought asset, or the quote currency of a sale. */
export function feeOf(
  instrument: Instrument,
  side: Side,
  quantity: Decimal,
  price: Decimal,
  liquidity: Execution["liquidity"],
): { readonly fee: Decimal; readonly feeAsset: string } {
  if (instrument.venue === "alpaca") return { fee: ZERO, feeAsset: instrument.quoteAsset };
  const received = side === "buy" ? quantity : mul(quantity, price);
  return {
    fee: truncate(mul(received, rateOf(liquidity)), 8),
    feeAsset: side === "buy" ? instrument.baseAsset : instrument.quoteAsset,
  };
}

/** The same fee taken in an asset of the account's own, which stands at `assetPrice` in the quote currency. */
export const feeInAsset = (
  value: Decimal,
  liquidity: Execution["liquidity"],
  assetPrice: Decimal,
): Decimal => truncate(divide(mul(value, rateOf(liquidity)), assetPrice, 18), 8);

const rateOf = (liquidity: Execution["liquidity"]): Decimal =>
  decimal(`0.00${liquidity === "taker" ? TAKER_FEE_BPS : MAKER_FEE_BPS}`);
