import { type MarketData, UpstreamError } from "../broker.ts";
import { causeOf } from "../cause.ts";
import type { BinanceClient } from "./client.ts";
import { VenueRefusal } from "./http.ts";
import { toCcxtSymbol } from "./symbols.ts";
import { toInstrument, toQuote } from "./translate.ts";
import { wireTicker } from "./wire.ts";

// Up to here Binance charges one price for a list of tickers, beyond it the price of all.
const SYMBOLS_PER_REQUEST = 100;

export function createBinanceMarketData(
  client: BinanceClient,
  now: () => Date,
): Omit<MarketData, "ticks"> {
  return {
    venue: "binance",

    async snapshots(symbols) {
      return asked(async () => {
        const { exchange, markets } = await client.ready();
        const known = symbols.map(toCcxtSymbol).filter((symbol) => markets.has(symbol));
        const quotes = [];
        for (let from = 0; from < known.length; from += SYMBOLS_PER_REQUEST) {
          const askedMs = now().getTime();
          const tickers = await exchange.fetchTickers(
            known.slice(from, from + SYMBOLS_PER_REQUEST),
          );
          const nowMs = now().getTime();
          for (const ticker of Object.values(tickers)) {
            quotes.push(toQuote(wireTicker.parse(ticker), nowMs, askedMs));
          }
        }
        return quotes;
      });
    },

    async instruments() {
      const markets = await asked(() => client.reloadMarkets());
      return markets.map(toInstrument).filter((instrument) => instrument !== null);
    },

    // Crypto never closes.
    async clock() {
      return { isOpen: true, nextOpen: null, nextClose: null };
    },
  };
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof VenueRefusal ? `HTTP ${error.status}` : causeOf(error);
    throw new UpstreamError("binance", `binance could not be asked: ${cause}`, { cause: error });
  }
}
