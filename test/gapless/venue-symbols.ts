/** What is watched, and what the venue calls it. */

import type { World } from "./world.ts";

export const SYMBOLS = [
  ...["F", "T", "SOFI", "NOK", "AAL", "SNAP"],
  ...["DOGE/USD", "XRP/USD", "ADA/USD", "XLM/USD", "TRX/USD", "HBAR/USD"],
];

export const venueSymbolOf = (symbol: string): string => symbol.replace("/USD", "USDT");

interface VenueQuote {
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
}

/** Holds each symbol at a price that it has not had; returns the bids. */
export async function pinAll(
  { venue }: World,
  symbols: readonly string[] = SYMBOLS,
): Promise<Map<string, number>> {
  const { quotes } = (await venue("GET", "/quotes")) as { quotes: VenueQuote[] };
  const bids = new Map<string, number>();
  for (const symbol of symbols) {
    const quote = quotes.find((each) => each.symbol === venueSymbolOf(symbol));
    if (quote === undefined) throw new Error(`the venue has no ${symbol}`);
    const bid = halved(quote.bid);
    await venue("POST", "/quotes", {
      symbol: quote.symbol,
      bid,
      ask: halved(quote.ask),
      last: bid,
    });
    bids.set(symbol, Number(bid));
  }
  return bids;
}

/** On the same step: prices are multiples of it, and are shown with all of its places. */
const halved = (price: string): string =>
  (Number(price) / 2).toFixed(price.split(".")[1]?.length ?? 0);
