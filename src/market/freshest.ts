/** Which of two answers about one symbol to believe. */

import type { Quote } from "../domain/quote.ts";

/** Whether both name the same market: same touch with its sizes, same last trade, same halt. */
export function samePrices(a: Quote, b: Quote): boolean {
  return (
    a.bidPrice === b.bidPrice &&
    a.bidSize === b.bidSize &&
    a.askPrice === b.askPrice &&
    a.askSize === b.askSize &&
    a.price === b.price &&
    a.halted === b.halted
  );
}

/**
 * The newer of two quotes of one symbol by the venue's own time, then by confirmation. What it does not tell is taken
 * from the older one. The age counts from the winner's own confirmation, unless the other one saw the same prices later.
 */
export function freshest(a: Quote, b: Quote): Quote {
  const [newer, older] = isNewer(b, a) ? [b, a] : [a, b];
  const confirmedAtMs = samePrices(newer, older)
    ? Math.max(newer.confirmedAtMs, older.confirmedAtMs)
    : newer.confirmedAtMs;
  return {
    ...newer,
    bidPrice: newer.bidPrice ?? older.bidPrice,
    bidSize: newer.bidSize ?? older.bidSize,
    askPrice: newer.askPrice ?? older.askPrice,
    askSize: newer.askSize ?? older.askSize,
    price: newer.price ?? older.price,
    size: newer.size ?? older.size,
    open: newer.open ?? older.open,
    high: newer.high ?? older.high,
    low: newer.low ?? older.low,
    volume: newer.volume ?? older.volume,
    previousClose: newer.previousClose ?? older.previousClose,
    confirmedAtMs,
  };
}

/** `freshest` over any number of answers, by symbol. */
export function freshestBySymbol(quotes: Iterable<Quote>): Map<string, Quote> {
  const bySymbol = new Map<string, Quote>();
  for (const quote of quotes) {
    const known = bySymbol.get(quote.symbol);
    bySymbol.set(quote.symbol, known === undefined ? quote : freshest(known, quote));
  }
  return bySymbol;
}

function isNewer(a: Quote, b: Quote): boolean {
  return a.atMs === b.atMs ? a.confirmedAtMs > b.confirmedAtMs : a.atMs > b.atMs;
}
