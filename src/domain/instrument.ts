/** What can be traded, and the increments it trades in. */

import { compare, type Decimal, decimal, floorTo, isMultipleOf, lessThan, ONE } from "./decimal.ts";

export type AssetType = "stock" | "crypto";

/** The venues that trade coins; one of them is chosen. */
export const CRYPTO_EXCHANGES = ["binance", "kraken", "coinbase"] as const;
export type CryptoExchange = (typeof CRYPTO_EXCHANGES)[number];

/** Every broker connection there can be: orders and prices of an instrument come from exactly one. */
export const VENUE_NAMES = ["alpaca", ...CRYPTO_EXCHANGES] as const;
export type VenueName = (typeof VENUE_NAMES)[number];

/** Which of them serves what, by the settings: an asset type has one venue at a time. */
export type Venues = Readonly<Record<AssetType, VenueName>>;

export const venuesWith = (cryptoExchange: CryptoExchange): Venues => ({
  stock: "alpaca",
  crypto: cryptoExchange,
});

export interface Instrument {
  /** `F`, `BRK.B`, `DOGE/USD`. */
  readonly symbol: string;
  readonly assetType: AssetType;
  readonly name: string;
  readonly exchange: string;
  readonly venue: VenueName;
  /** The currency the venue quotes in; USDT is taken at par with USD. */
  readonly quoteCurrency: string;
  /** Null for stocks, whose increment depends on the price. */
  readonly priceIncrement: Decimal | null;
  readonly quantityIncrement: Decimal;
  readonly minQuantity: Decimal | null;
  readonly fractionable: boolean;
  readonly tradable: boolean;
  readonly inUniverse: boolean;
}

const STOCK = /^[A-Z]{1,6}(\.[A-Z]{1,2})?$/;
const PAIR = /^([A-Z0-9]{2,12})[/-](USD)$/;
const JOINED_PAIR = /^([A-Z0-9]{3,12})USD$/;

/**
 * Reads a symbol in any spelling a client may use (`doge-usd`, `DOGEUSD`, `DOGE/USD`, `f`) and returns the one we
 * answer with. Undefined when it cannot be a symbol; that it is one, only the directory of instruments knows.
 */
export function parseSymbol(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  const pair = PAIR.exec(upper) ?? JOINED_PAIR.exec(upper);
  if (pair) return `${pair[1]}/USD`;
  return STOCK.test(upper) ? upper : undefined;
}

const isCryptoSymbol = (symbol: string): boolean => symbol.includes("/");

export const assetTypeOf = (symbol: string): AssetType =>
  isCryptoSymbol(symbol) ? "crypto" : "stock";

/** Which connection serves a symbol: its asset type decides, so no look-up is needed. */
export const venueOf = (venues: Venues, symbol: string): VenueName => venues[assetTypeOf(symbol)];

const CENT = decimal("0.01");
const HUNDREDTH_CENT = decimal("0.0001");

/** The price step at `price`: for stocks a cent from 1 USD, a hundredth of a cent below. */
export function priceIncrementAt(
  instrument: Pick<Instrument, "priceIncrement">,
  price: Decimal,
): Decimal {
  if (instrument.priceIncrement !== null) return instrument.priceIncrement;
  return lessThan(price, ONE) ? HUNDREDTH_CENT : CENT;
}

export type IncrementFault =
  | { readonly code: "price_increment_invalid"; readonly path: string; readonly increment: Decimal }
  | {
      readonly code: "quantity_increment_invalid";
      readonly path: string;
      readonly increment: Decimal;
      readonly minimum: Decimal | null;
    };

/** The first price that does not stand on the instrument's steps, if any. */
export function findPriceFault(
  instrument: Instrument,
  prices: Readonly<Record<string, Decimal | null>>,
): IncrementFault | undefined {
  for (const [path, price] of Object.entries(prices)) {
    if (price === null) continue;
    const increment = priceIncrementAt(instrument, price);
    if (!isMultipleOf(price, increment))
      return { code: "price_increment_invalid", path, increment };
  }
  return undefined;
}

export function findQuantityFault(
  instrument: Instrument,
  quantity: Decimal,
): IncrementFault | undefined {
  const minimum = instrument.minQuantity;
  const tooSmall = minimum !== null && compare(quantity, minimum) < 0;
  if (!tooSmall && isMultipleOf(quantity, instrument.quantityIncrement)) return undefined;
  return {
    code: "quantity_increment_invalid",
    path: "quantity",
    increment: instrument.quantityIncrement,
    minimum,
  };
}

/** What of a quantity can be traded: whole steps. The rest below a step is dust. */
export const wholeSteps = (
  { quantityIncrement }: Pick<Instrument, "quantityIncrement">,
  quantity: Decimal,
): Decimal => floorTo(quantity, quantityIncrement);
