/** What the bots trade. */

export interface Traded {
  /** As clients write it. */
  readonly symbol: string;
  /** As its venue writes it: where faults strike. */
  readonly venueSymbol: string;
  readonly venue: "alpaca" | "binance";
  readonly priceScale: number;
  readonly quantityScale: number;
}

const stock = (symbol: string): Traded => ({
  symbol,
  venueSymbol: symbol,
  venue: "alpaca",
  priceScale: 2,
  quantityScale: 0,
});

const coin = (base: string, priceScale: number, quantityScale: number): Traded => ({
  symbol: `${base}/USD`,
  venueSymbol: `${base}USDT`,
  venue: "binance",
  priceScale,
  quantityScale,
});

export const TRADED: readonly Traded[] = [
  ...["F", "T", "SOFI", "NOK", "AAL", "SNAP", "WBD", "RIVN", "LCID"].map(stock),
  coin("DOGE", 5, 0),
  coin("XRP", 4, 1),
  coin("ADA", 4, 1),
  coin("LINK", 3, 2),
  coin("XLM", 4, 0),
  coin("DOT", 4, 2),
];
