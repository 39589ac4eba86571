/** Kraken through ccxt: how its exchange is made, and which of its markets are ours. */

import type { kraken } from "#ccxt";
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
import { createNonces } from "./nonce.ts";
import { readKrakenRefusal } from "./refusal.ts";
import { type KrakenMarket, krakenMarket, listedMarket } from "./wire.ts";

export interface KrakenSettings {
  readonly apiKey: string;
  /** In base64. */
  readonly apiSecret: string;
  readonly restUrl: string;
  /** By Kraken's own count, which AddOrder and CancelOrder are not in. */
  readonly requestsPerMinute: number;
}

export type KrakenClient = ExchangeClient<kraken, KrakenMarket>;

const kept = new Map<string, Held<kraken, KrakenMarket>>();
// One for all exchanges of the isolate: they may share a key.
const nextNonce = createNonces(Date.now, Math.random);

export function createKrakenClient(settings: KrakenSettings, deps: ExchangeDeps): KrakenClient {
  const kind: ExchangeKind<kraken, KrakenMarket> = {
    venue: "kraken",
    account: [settings.restUrl, settings.apiKey, settings.apiSecret],
    kept,
    async open(fetchApi, timeoutMs) {
      const { kraken } = await import("#ccxt");
      const fetchExchange = exchangeFetch(fetchApi, readKrakenRefusal);
      const exchange = new kraken(exchangeOptions(settings, fetchExchange, timeoutMs));
      exchange.nonce = nextNonce;
      useHost(exchange, settings.restUrl);
      // A secret of no use throws here, before any order depends on it.
      exchange.sign("Balance", "private", "POST", {});
      return exchange;
    },
    listMarkets: async (exchange) => (await exchange.fetchMarkets()).flatMap(cut),
    marketsFile: marketsFileOf(krakenMarket()),
  };
  return createExchangeClient(kind, deps);
}

/** A market buy by its value goes out in cents; without this, ccxt cuts it to the step of the price. */
const COST_STEP = "0.01";

// Only coins that trade against dollars are ours: there are tokens of stocks, too.
function cut(market: unknown): KrakenMarket[] {
  const listed = listedMarket().safeParse(market);
  if (!listed.success || listed.data.quote !== "USD") return [];
  const { info, ...kept } = listed.data;
  if (info.aclass_base != null && info.aclass_base !== "currency") return [];
  const price = info.tick_size ?? kept.precision.price;
  return [{ ...kept, precision: { ...kept.precision, price, cost: COST_STEP } }];
}
