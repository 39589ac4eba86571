/** Which of two answers about one symbol to believe. */

import type { Quote } from "../domain/quote.ts";

/** Whether both name the same market: same touch with its sizes, same last trade, same halt as far as both know of it. */
export function samePrices(a: Quote, b: Quote): boolean {
  return (
    a.bidPrice === b.bidPrice &&
    a.bidSize === b.bidSize &&
    a.askPrice === b.askPrice &&
    a.askSize === b.askSize &&
    a.price === b.price &&
    (a.halted === b.halted || a.halted === null || b.halted === null)
  );
}

/**
 * The newer of two quotes of one symbol by the venue's own time, then by confirmation. What it does not tell is taken
 * from the older one. Only while prices are the same does what was said of them still hold: a later confirmation, a halt,
 * the number of the room's message.
 */
export function freshest(a: Quote, b: Quote): Quote {
  const [newer, older] = isNewer(b, a) ? [b, a] : [a, b];
  return {
    ...merge(newer, older),
    ...(samePrices(newer, older) ? whatStillHolds(newer, older) : {}),
  };
}

function whatStillHolds(newer: Quote, older: Quote): Partial<Quote> {
  const seq = newer.seq ?? older.seq;
  return {
    confirmedAtMs: Math.max(newer.confirmedAtMs, older.confirmedAtMs),
    halted: newer.halted ?? older.halted,
    ...(seq === undefined ? {} : { seq }),
  };
}

function merge(newer: Quote, older: Quote): Quote {
  return {
    ...newer,
    bidPrice: newer.bidPrice ?? older.bidPrice,
    bidSize: newer.bidSize ?? older.bidSize,
    askPrice: newer.askPrice ?? older.askPrice,
    askSize: newer.askSize ?? older.askSize,
    price: newer.price ?? older.price,
    size: newer.size ?? older.size,
    ...lastTradeAt(newer, older),
    open: newer.open ?? older.open,
    high: newer.high ?? older.high,
    low: newer.low ?? older.low,
    volume: newer.volume ?? older.volume,
    previousClose: newer.previousClose ?? older.previousClose,
  };
}

/** Also where the newer one tells the price alone: it is the same trade's as long as it is the same. */
function lastTradeAt(newer: Quote, older: Quote): Pick<Quote, "priceAtMs"> {
  const isSame = newer.price === null || newer.price === older.price;
  const priceAtMs = newer.priceAtMs ?? (isSame ? older.priceAtMs : undefined);
  return priceAtMs === undefined ? {} : { priceAtMs };
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
