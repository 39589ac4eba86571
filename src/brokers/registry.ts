/** Which venues are connected, from the settings that are there. */

import type { VenueName } from "../domain/instrument.ts";
import { type AlpacaSettings, createAlpacaClient } from "./alpaca/client.ts";
import { createAlpacaMarketData } from "./alpaca/market-data.ts";
import { createAlpacaOrders } from "./alpaca/orders.ts";
import { createAlpacaTicks } from "./alpaca/ticks.ts";
import { createAlpacaUpdates } from "./alpaca/updates.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import type { Broker, MarketData } from "./broker.ts";
import { type BinanceSettings, createBinanceClient } from "./ccxt/binance/client.ts";
import { createBinanceMarketData } from "./ccxt/binance/market-data.ts";
import { createBinanceOrders } from "./ccxt/binance/orders.ts";
import { createBinanceTicks } from "./ccxt/binance/ticks.ts";
import { createBinanceUpdates } from "./ccxt/binance/updates.ts";
import { type CoinbaseSettings, createCoinbaseClient } from "./ccxt/coinbase/client.ts";
import { createCoinbaseMarketData } from "./ccxt/coinbase/market-data.ts";
import { createCoinbaseOrders } from "./ccxt/coinbase/orders.ts";
import type { ExchangeDeps, MarketsCache } from "./ccxt/exchange-client.ts";
import { createKrakenClient, type KrakenSettings } from "./ccxt/kraken/client.ts";
import { createKrakenMarketData } from "./ccxt/kraken/market-data.ts";
import { createKrakenOrders } from "./ccxt/kraken/orders.ts";
import type { Fetch } from "./fetch.ts";

export interface BrokersOptions {
  /** Null where its keys are missing. */
  readonly alpaca: AlpacaSettings | null;
  /** Null where it is not chosen, or its keys are missing. */
  readonly binance: BinanceSettings | null;
  readonly kraken: KrakenSettings | null;
  readonly coinbase: CoinbaseSettings | null;
  readonly marketsCache: MarketsCache;
  readonly now: () => Date;
  /** Hears what of a venue's was left out because it made no sense, or cannot be booked. */
  readonly onUnparsable?: (venue: VenueName, what: string) => void;
  /** For tests. */
  readonly fetch?: Fetch;
  readonly timeoutMs?: number;
}

/** Longer than any sound answer of a venue; a submit that takes longer is of unknown fate. */
const TIMEOUT_MS = 8_000;

export interface Venue {
  readonly broker: Broker;
  readonly marketData: MarketData;
}

/** Those that are configured. */
export type Brokers = Readonly<Partial<Record<VenueName, Venue | undefined>>>;

/** Cheap: nothing is loaded or asked before a venue's first use. */
export function createBrokers(options: BrokersOptions): Brokers {
  const { alpaca, binance, kraken, coinbase } = options;
  return {
    alpaca: alpaca === null ? undefined : alpacaVenue(alpaca, options),
    binance: binance === null ? undefined : binanceVenue(binance, options),
    kraken: kraken === null ? undefined : krakenVenue(kraken, options),
    coinbase: coinbase === null ? undefined : coinbaseVenue(coinbase, options),
  };
}

const fetchNow: Fetch = (url, init) => fetch(url, init);

function alpacaVenue(settings: AlpacaSettings, options: BrokersOptions): Venue {
  const { now, timeoutMs = TIMEOUT_MS } = options;
  const fetchApi = options.fetch ?? boundedFetch(fetchNow, 2 * timeoutMs, now);
  const client = createAlpacaClient(settings, fetchApi, timeoutMs);
  const leftOut = (what: string) => options.onUnparsable?.("alpaca", what);
  return {
    broker: {
      ...createAlpacaOrders(client, settings.requestsPerMinute),
      updates: createAlpacaUpdates(settings),
    },
    marketData: {
      ...createAlpacaMarketData(client, now, leftOut),
      ticks: createAlpacaTicks(settings),
    },
  };
}

function exchangeDeps(options: BrokersOptions): ExchangeDeps {
  const { marketsCache, now, timeoutMs = TIMEOUT_MS, fetch } = options;
  return { marketsCache, now, timeoutMs, fetch };
}

function krakenVenue(settings: KrakenSettings, options: BrokersOptions): Venue {
  const client = createKrakenClient(settings, exchangeDeps(options));
  return {
    broker: createKrakenOrders(client, settings.requestsPerMinute, options.now),
    marketData: createKrakenMarketData(client, options.now),
  };
}

function coinbaseVenue(settings: CoinbaseSettings, options: BrokersOptions): Venue {
  const client = createCoinbaseClient(settings, exchangeDeps(options));
  return {
    broker: createCoinbaseOrders(client, settings.requestsPerMinute, options.now),
    marketData: createCoinbaseMarketData(client, options.now),
  };
}

function binanceVenue(settings: BinanceSettings, options: BrokersOptions): Venue {
  const client = createBinanceClient(settings, exchangeDeps(options));
  return {
    broker: {
      ...createBinanceOrders(client, settings.weightPerMinute),
      updates: createBinanceUpdates(settings),
    },
    marketData: {
      ...createBinanceMarketData(client, options.now),
      ticks: createBinanceTicks(settings.streamUrl),
    },
  };
}
