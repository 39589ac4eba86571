import { type Decimal, decimal, mul, truncate, ZERO } from "../../src/domain/decimal.ts";
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
  const bps = liquidity === "taker" ? TAKER_FEE_BPS : MAKER_FEE_BPS;
  const received = side === "buy" ? quantity : mul(quantity, price);
  return {
    fee: truncate(mul(received, decimal(`0.00${bps}`)), 8),
    feeAsset: side === "buy" ? instrument.baseAsset : instrument.quoteAsset,
  };
}
