import { decimal, isPositive } from "../../domain/decimal.ts";
import type { CryptoExchange, Instrument } from "../../domain/instrument.ts";
import type { WireMarket } from "./wire.ts";

/** `symbol` is ours; null where we cannot carry it. */
export function toInstrument(
  venue: CryptoExchange,
  symbol: string | undefined,
  market: WireMarket,
  tradable: boolean,
): Instrument | null {
  if (symbol === undefined || !/^[A-Z0-9]{2,12}\/USD$/.test(symbol)) return null;
  const minimum = decimal(market.limits.amount?.min ?? "0");
  return {
    symbol,
    assetType: "crypto",
    name: market.base,
    exchange: venue.toUpperCase(),
    venue,
    quoteCurrency: market.quote,
    priceIncrement: decimal(market.precision.price),
    quantityIncrement: decimal(market.precision.amount),
    minQuantity: isPositive(minimum) ? minimum : null,
    fractionable: true,
    tradable: market.active && tradable,
    inUniverse: false,
  };
}
