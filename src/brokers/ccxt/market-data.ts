import type { CryptoExchange, Instrument } from "../../domain/instrument.ts";
import type { Quote } from "../../domain/quote.ts";
import { type MarketData, UpstreamError } from "../broker.ts";
import { type BarExchange, fetchBars } from "./bars.ts";
import { describe } from "./describe.ts";
import type { ExchangeClient, ReadyExchange } from "./exchange-client.ts";

/** What the price side of one exchange does in its own way. */
export interface MarketDataParts<Exchange, Market> {
  readonly venue: CryptoExchange;
  readonly client: ExchangeClient<Exchange, Market>;
  readonly symbolsPerRequest: number;
  readonly barsPerRequest: number;
  toCcxtSymbol(symbol: string): string;
  /** The last quotes of some of its markets, by ccxt's symbols. */
  fetchQuotes(ready: ReadyExchange<Exchange, Market>, symbols: readonly string[]): Promise<Quote[]>;
  /** Null for markets whose name we cannot carry. */
  toInstrument(market: Market): Instrument | null;
}

export function createCcxtMarketData<Exchange extends BarExchange, Market>(
  parts: MarketDataParts<Exchange, Market>,
): Omit<MarketData, "ticks"> {
  const { venue, client, symbolsPerRequest, barsPerRequest } = parts;

  async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      const message = `${venue} could not be asked: ${describe(error)}`;
      throw new UpstreamError(venue, message, { cause: error });
    }
  }

  return {
    venue,

    async snapshots(symbols) {
      return asked(async () => {
        const ready = await client.ready();
        const known = symbols.map(parts.toCcxtSymbol).filter((symbol) => ready.markets.has(symbol));
        const quotes = [];
        for (let from = 0; from < known.length; from += symbolsPerRequest) {
          const chunk = known.slice(from, from + symbolsPerRequest);
          quotes.push(...(await parts.fetchQuotes(ready, chunk)));
        }
        return quotes;
      });
    },

    async instruments() {
      const markets = await asked(() => client.reloadMarkets());
      return markets.map(parts.toInstrument).filter((instrument) => instrument !== null);
    },

    barSymbolsMax: 1,

    async bars(symbols, range) {
      return asked(async () => {
        const { exchange, markets } = await client.ready();
        const found = new Map();
        for (const symbol of symbols) {
          const ccxtSymbol = parts.toCcxtSymbol(symbol);
          if (!markets.has(ccxtSymbol)) continue;
          const bars = await fetchBars(exchange, ccxtSymbol, range, barsPerRequest);
          if (bars.length > 0) found.set(symbol, bars);
        }
        return found;
      });
    },

    // Crypto never closes.
    async clock() {
      return { isOpen: true, nextOpen: null, nextClose: null };
    },
  };
}
