import type { MarketData } from "../../broker.ts";
import { createCcxtMarketData } from "../market-data.ts";
import { toQuote } from "../quote.ts";
import { wireTicker } from "../wire.ts";
import type { KrakenClient } from "./client.ts";
import { isUnknownPair } from "./refusal.ts";
import { toKrakenInstrument } from "./translate.ts";

export function createKrakenMarketData(client: KrakenClient, now: () => Date): MarketData {
  async function fetchTickers(symbols: readonly string[]): Promise<unknown[]> {
    const { exchange, markets } = await client.ready();
    // ccxt leaves out those that are not active; with none left, Kraken would send them all.
    const active = symbols.filter((symbol) => markets.get(symbol)?.active === true);
    return active.length === 0 ? [] : Object.values(await exchange.fetchTickers(active));
  }

  /** One pair that was delisted since the markets were listed fails the request for all. */
  async function fetchListed(symbols: readonly string[]): Promise<unknown[]> {
    try {
      return await fetchTickers(symbols);
    } catch (error) {
      if (!isUnknownPair(error)) throw error;
      await client.reloadMarkets();
      return fetchTickers(symbols);
    }
  }

  const polled = createCcxtMarketData({
    venue: "kraken",
    client,
    symbolsPerRequest: 100,
    // It has no more of an interval, and gives the newest, however far back it is asked.
    barsPerRequest: 720,
    // Kraken quotes in dollars, and ccxt calls its coins as we do.
    toCcxtSymbol: (symbol) => symbol,
    async fetchQuotes(_ready, symbols) {
      const askedMs = now().getTime();
      const tickers = await fetchListed(symbols);
      const nowMs = now().getTime();
      return tickers.map((ticker) => {
        const parsed = wireTicker().parse(ticker);
        return toQuote(parsed.symbol, parsed, nowMs, askedMs);
      });
    },
    toInstrument: toKrakenInstrument,
  });
  return { ...polled, ticks: null };
}
