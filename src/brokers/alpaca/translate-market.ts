/** Between Alpaca's words of the market and ours. Pure. */

import { newYorkDate } from "../../domain/calendar.ts";
import { decimal } from "../../domain/decimal.ts";
import { type Instrument, parseSymbol } from "../../domain/instrument.ts";
import type { Quote } from "../../domain/quote.ts";
import type { WireSnapshot } from "./wire.ts";

/** Null where the symbol has never traded. */
export function toQuote(symbol: string, snapshot: WireSnapshot, nowMs: number): Quote | null {
  const { latestQuote: quote, latestTrade: trade, dailyBar, prevDailyBar } = snapshot;
  if (!quote && !trade) return null;
  // Before the open there are trades of a day that has no bar yet: the last bar is then the day before.
  const hasBegun = !trade || !dailyBar || newYorkDate(trade.t) <= newYorkDate(dailyBar.t);
  const [day, before] = hasBegun ? [dailyBar, prevDailyBar] : [null, dailyBar];
  return {
    symbol,
    bidPrice: quote?.bp ?? null,
    bidSize: quote?.bs ?? null,
    askPrice: quote?.ap ?? null,
    askSize: quote?.as ?? null,
    price: trade?.p ?? null,
    size: trade?.s ?? null,
    ...(trade ? { priceAtMs: trade.t.getTime() } : {}),
    open: day?.o ?? null,
    high: day?.h ?? null,
    low: day?.l ?? null,
    volume: day?.v ?? null,
    previousClose: before?.c ?? null,
    halted: null,
    atMs: Math.max(quote?.t.getTime() ?? 0, trade?.t.getTime() ?? 0),
    confirmedAtMs: nowMs,
    source: "rest",
  };
}

const WHOLE = decimal("1");
const NINE_PLACES = decimal("0.000000001");

/** Null for what we cannot name: units, warrants and preferred shares in a vendor's own spelling. */
export function toInstrument(asset: {
  readonly symbol: string;
  readonly name?: string | null | undefined;
  readonly exchange?: string | null | undefined;
  readonly tradable?: boolean | null | undefined;
  readonly fractionable?: boolean | null | undefined;
}): Instrument | null {
  const { symbol } = asset;
  if (symbol.includes("/") || parseSymbol(symbol) !== symbol) return null;
  const fractionable = asset.fractionable === true;
  return {
    symbol,
    assetType: "stock",
    name: asset.name || symbol,
    exchange: asset.exchange || "",
    venue: "alpaca",
    quoteCurrency: "USD",
    priceIncrement: null,
    quantityIncrement: fractionable ? NINE_PLACES : WHOLE,
    minQuantity: null,
    fractionable,
    tradable: asset.tradable === true,
    inUniverse: false,
  };
}

// Tape A and B: 2 halt, 3 resume. Tape C: H halt, P pause, Q quotes only, T trading again.
const HALTS = new Set(["2", "H", "P", "Q"]);
const RESUMES = new Set(["3", "T"]);

/** Whether a trading status halts the symbol; null where it says nothing of that. */
export function toHalted(statusCode: string): boolean | null {
  if (HALTS.has(statusCode)) return true;
  return RESUMES.has(statusCode) ? false : null;
}
