import type { Quote } from "../../domain/quote.ts";
import type { WireTicker } from "./wire.ts";

/** `symbol` is ours. Asked for at `askedMs`, answered at `nowMs`. */
export function toQuote(symbol: string, ticker: WireTicker, nowMs: number, askedMs: number): Quote {
  return {
    symbol,
    bidPrice: ticker.bid,
    bidSize: ticker.bidVolume,
    askPrice: ticker.ask,
    askSize: ticker.askVolume,
    price: ticker.last,
    size: null,
    open: ticker.open,
    high: ticker.high,
    low: ticker.low,
    volume: ticker.baseVolume,
    previousClose: ticker.previousClose ?? ticker.open,
    halted: null,
    // Not later than it was asked for, so that what was pushed while the answer was on its way wins.
    atMs: ticker.timestamp ?? askedMs,
    confirmedAtMs: nowMs,
    source: "rest",
  };
}
