import type { MarketData } from "../../broker.ts";
import { createCcxtMarketData } from "../market-data.ts";
import { toQuote } from "../quote.ts";
import { wireTicker } from "../wire.ts";
import type { BinanceClient } from "./client.ts";
import { fromCcxtSymbol, toCcxtSymbol } from "./symbols.ts";
import { toBinanceInstrument } from "./translate.ts";

export const createBinanceMarketData = (
  client: BinanceClient,
  now: () => Date,
): Omit<MarketData, "ticks"> =>
  createCcxtMarketData({
    venue: "binance",
    client,
    // Up to here Binance charges one price for a list of tickers, beyond it the price of all.
    symbolsPerRequest: 100,
    barsPerRequest: 1_000,
    toCcxtSymbol,
    async fetchQuotes({ exchange }, symbols) {
      const askedMs = now().getTime();
      const tickers = Object.values(await exchange.fetchTickers(symbols));
      const nowMs = now().getTime();
      return tickers.map((ticker) => {
        const parsed = wireTicker().parse(ticker);
        return toQuote(fromCcxtSymbol(parsed.symbol), parsed, nowMs, askedMs);
      });
    },
    toInstrument: toBinanceInstrument,
  });
