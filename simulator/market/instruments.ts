/** What is traded, with the increments the venues publish for it. */

import { type Decimal, decimal, places } from "../../src/domain/decimal.ts";
import { CRYPTO_ROWS } from "./crypto-pairs.ts";
import { STOCK_ROWS } from "./stocks.ts";

export type VenueName = "alpaca" | "binance";

export interface Instrument {
  readonly venue: VenueName;
  /** As the venue spells it: `F`, `DOGEUSDT`. */
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  /** What a buyer receives and what he pays with. A share's own symbol is its asset. */
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** Powers of ten: prices and sizes inside the market are whole numbers of these. */
  readonly tick: Decimal;
  readonly lot: Decimal;
  readonly priceScale: number;
  readonly sizeScale: number;
  readonly basePrice: Decimal;
  readonly volatility: number;
  readonly ticksPerSecond: number;
  /** Mean value shown at the touch, in the quote currency. */
  readonly depthValue: number;
  readonly minNotional: Decimal;
}

/** Every instrument of both venues; `tickRate` multiplies each one's own mean rate. */
export function createInstruments(tickRate = 1): readonly Instrument[] {
  return [...rows(STOCK_ROWS).map(toStock), ...rows(CRYPTO_ROWS).map(toPair)].map((instrument) => ({
    ...instrument,
    ticksPerSecond: instrument.ticksPerSecond * tickRate,
  }));
}

/** Whole increments as exact decimal text: `decimalOf(1305, 2)` is 13.05. */
export function decimalOf(units: number, scale: number): Decimal {
  if (scale === 0) return decimal(units);
  const digits = String(units).padStart(scale + 1, "0");
  return decimal(`${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

/** The other way round; throws unless `value` is a whole number of increments. */
export function unitsOf(value: Decimal, scale: number): number {
  if (places(value) > scale) throw new RangeError(`${value} is finer than ${scale} places`);
  const [whole = "0", fraction = ""] = value.split(".");
  return Number(whole + fraction.padEnd(scale, "0"));
}

/** The JSON number nearest to a whole number of increments: one correctly rounded division. */
export const numberOf = (units: number, scale: number): number => units / 10 ** scale;

function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((row) => row.split("|"));
}

function toStock(cells: readonly string[]): Instrument {
  const [symbol = "", name = "", exchange = "", price = "", volatility = "", rate = ""] = cells;
  const priceScale = price.startsWith("0.") ? 4 : 2;
  return {
    venue: "alpaca",
    symbol,
    name,
    exchange,
    baseAsset: symbol,
    quoteAsset: "USD",
    tick: decimalOf(1, priceScale),
    lot: decimal("1"),
    priceScale,
    sizeScale: 0,
    basePrice: decimal(price),
    volatility: Number(volatility),
    ticksPerSecond: Number(rate),
    depthValue: 9_000,
    minNotional: decimal("1"),
  };
}

function toPair(cells: readonly string[]): Instrument {
  const [base = "", name = "", price = "", tick = "", lot = "", volatility = "", rate = ""] = cells;
  return {
    venue: "binance",
    symbol: `${base}USDT`,
    name,
    exchange: "BINANCE",
    baseAsset: base,
    quoteAsset: "USDT",
    tick: decimal(tick),
    lot: decimal(lot),
    priceScale: places(decimal(tick)),
    sizeScale: places(decimal(lot)),
    basePrice: decimal(price),
    volatility: Number(volatility),
    ticksPerSecond: Number(rate),
    depthValue: 25_000,
    minNotional: decimal("5"),
  };
}
