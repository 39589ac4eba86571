/** What tests trade where any stock will do. */

import { decimal } from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import type { Quote } from "../quote.ts";

export const FORD: Instrument = {
  symbol: "F",
  assetType: "stock",
  name: "Ford Motor Company",
  exchange: "NYSE",
  venue: "alpaca",
  quoteCurrency: "USD",
  priceIncrement: null,
  quantityIncrement: decimal("0.000000001"),
  minQuantity: null,
  fractionable: true,
  tradable: true,
  inUniverse: true,
};

/** 9.99 to 10, the last trade at 10. */
export const fordQuote = (atMs: number): Quote => ({
  symbol: "F",
  bidPrice: decimal("9.99"),
  bidSize: decimal("500"),
  askPrice: decimal("10"),
  askSize: decimal("500"),
  price: decimal("10"),
  size: decimal("1"),
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: decimal("9.5"),
  halted: false,
  atMs,
  confirmedAtMs: atMs,
  source: "stream",
});
