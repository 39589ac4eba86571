/** Coinbase Advanced through ccxt: how its exchange is made, and which of its markets are ours. */

import type { coinbase } from "#ccxt";
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
import { readCoinbaseRefusal } from "./refusal.ts";
import { type CoinbaseMarket, coinbaseMarket, listedMarket, wireProducts } from "./wire.ts";

export interface CoinbaseSettings {
  /** Of a CDP key: `organizations/…/apiKeys/…`, or the id of an Ed25519 key. */
  readonly apiKey: string;
  /** An EC private key in PEM, or an Ed25519 key in base64. */
  readonly apiSecret: string;
  readonly restUrl: string;
  readonly requestsPerMinute: number;
}

export type CoinbaseClient = ExchangeClient<coinbase, CoinbaseMarket>;

const kept = new Map<string, Held<coinbase, CoinbaseMarket>>();

/** Coinbase lists some hundreds of markets, in one answer as a rule. */
const PAGES_MAX = 20;

export function createCoinbaseClient(
  settings: CoinbaseSettings,
  deps: ExchangeDeps,
): CoinbaseClient {
  const kind: ExchangeKind<coinbase, CoinbaseMarket> = {
    venue: "coinbase",
    account: [settings.restUrl, settings.apiKey, settings.apiSecret],
    kept,
    async open(fetchApi, timeoutMs) {
      const { coinbase } = await import("#ccxt");
      const fetchExchange = exchangeFetch(fetchApi, readCoinbaseRefusal);
      const exchange = new coinbase(exchangeOptions(settings, fetchExchange, timeoutMs));
      useHost(exchange, settings.restUrl);
      // A secret of no use throws here, before any order depends on it.
      exchange.sign("brokerage/key_permissions", ["v3", "private"], "GET", {});
      return exchange;
    },
    listMarkets,
    marketsFile: marketsFileOf(coinbaseMarket()),
  };
  return createExchangeClient(kind, deps);
}

/** ccxt's own listing asks for fees and futures, too, and fails with them. The private list is no older than the request. */
async function listMarkets(exchange: coinbase): Promise<CoinbaseMarket[]> {
  const products: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const request = { product_type: "SPOT", ...(cursor === undefined ? {} : { cursor }) };
    const answer = wireProducts().parse(await exchange.v3PrivateGetBrokerageProducts(request));
    products.push(...answer.products);
    if (!answer.pagination?.has_next) break;
    cursor = answer.pagination.next_cursor;
  }
  return products.flatMap((product) => cut(exchange.parseSpotMarket(product, {})));
}

// Only what trades against dollars is ours.
function cut(market: unknown): CoinbaseMarket[] {
  const listed = listedMarket().safeParse(market);
  if (!listed.success || listed.data.quote !== "USD") return [];
  const { info, ...kept } = listed.data;
  const isOnline = info.status == null || info.status === "online";
  const isBarred = [info.is_disabled, info.cancel_only, info.post_only, info.view_only];
  return [
    {
      ...kept,
      precision: { ...kept.precision, cost: info.quote_increment ?? kept.precision.price },
      name: info.base_name ?? kept.base,
      tradable: isOnline && !isBarred.includes(true),
    },
  ];
}
