/** Binance through ccxt: how its exchange is made, and which of its markets are ours. */

import type { binance } from "#ccxt";
import {
  createExchangeClient,
  type ExchangeClient,
  type ExchangeDeps,
  type ExchangeKind,
  exchangeOptions,
  type Held,
  useHost,
} from "../exchange-client.ts";
import { exchangeFetch } from "../http.ts";
import { marketsFileOf } from "../wire.ts";
import { readBinanceRefusal } from "./refusal.ts";
import { type BinanceMarket, binanceMarket } from "./wire.ts";

export interface BinanceSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly restUrl: string;
  readonly streamUrl: string;
  readonly userUrl: string;
  /** In Binance's request weights. */
  readonly weightPerMinute: number;
}

export type BinanceClient = ExchangeClient<binance, BinanceMarket>;

const kept = new Map<string, Held<binance, BinanceMarket>>();

export function createBinanceClient(settings: BinanceSettings, deps: ExchangeDeps): BinanceClient {
  const kind: ExchangeKind<binance, BinanceMarket> = {
    venue: "binance",
    account: [settings.restUrl, settings.apiKey, settings.apiSecret],
    kept,
    async open(fetchApi, timeoutMs) {
      const { binance } = await import("#ccxt");
      const fetchExchange = exchangeFetch(fetchApi, readBinanceRefusal);
      const exchange = new binance({
        ...exchangeOptions(settings, fetchExchange, timeoutMs),
        options: {
          fetchMarkets: { types: ["spot"] },
          fetchCurrencies: false,
          fetchMargins: false,
          fetchOpenOrders: { warnWithoutSymbol: false },
        },
      });
      useHost(exchange, settings.restUrl);
      return exchange;
    },
    listMarkets: async (exchange) => (await exchange.fetchMarkets()).flatMap(cut),
    marketsFile: marketsFileOf(binanceMarket()),
  };
  return createExchangeClient(kind, deps);
}

// Only what trades against USDT on the spot market is ours.
function cut(market: unknown): BinanceMarket[] {
  const parsed = binanceMarket().safeParse(market);
  return parsed.success && parsed.data.quote === "USDT" ? [parsed.data] : [];
}
