import { decimal, places, round } from "../../../domain/decimal.ts";
import type { MarketData } from "../../broker.ts";
import { createCcxtMarketData } from "../market-data.ts";
import { toQuote } from "../quote.ts";
import { type WireTicker, wireTicker } from "../wire.ts";
import type { CoinbaseClient } from "./client.ts";
import { toCoinbaseInstrument } from "./translate.ts";
import type { CoinbaseMarket } from "./wire.ts";

/** Coinbase tells the last price with the day's figures in one list, and the touch in another; both not cached, by key. */
export function createCoinbaseMarketData(client: CoinbaseClient, now: () => Date): MarketData {
  const polled = createCcxtMarketData({
    venue: "coinbase",
    client,
    symbolsPerRequest: 100,
    barsPerRequest: 300,
    // Coinbase quotes in dollars, and ccxt calls its coins as we do.
    toCcxtSymbol: (symbol) => symbol,
    async fetchQuotes({ exchange, markets }, symbols) {
      const askedMs = now().getTime();
      const [products, books] = await Promise.all([
        exchange.fetchTickers(symbols, { usePrivate: true }),
        exchange.fetchBidsAsks(symbols),
      ]);
      const nowMs = now().getTime();
      return Object.entries(products).map(([symbol, product]) => {
        const day = wireTicker().parse(product);
        const touch = wireTicker().safeParse(books[symbol]);
        const ticker = touch.success ? { ...day, ...touchOf(touch.data) } : day;
        return toQuote(symbol, onStep(ticker, markets.get(symbol)), nowMs, askedMs);
      });
    },
    toInstrument: toCoinbaseInstrument,
  });
  return { ...polled, ticks: null };
}

const touchOf = ({ bid, bidVolume, ask, askVolume, timestamp }: WireTicker) => ({
  bid,
  bidVolume,
  ask,
  askVolume,
  timestamp,
});

/** ccxt takes the opening price from the change in per cent. */
function onStep(ticker: WireTicker, market: CoinbaseMarket | undefined): WireTicker {
  if (ticker.open === null || market === undefined) return ticker;
  return { ...ticker, open: round(ticker.open, places(decimal(market.precision.price))) };
}
