/** The unmodified SDKs, pointed at a simulated venue by nothing but their addresses. */

import { Alpaca } from "@alpacahq/alpaca-trade-api";
import ccxt, { type binance } from "ccxt";
import type { Venue } from "../venue.ts";

export function alpacaClient({ alpacaUrl }: Venue, secret = "local-alpaca-secret"): Alpaca {
  return new Alpaca({
    keyId: "local-alpaca-key",
    secret,
    paper: true,
    rateLimit: false,
    timeoutMs: 8_000,
    fetchApi: (url, init) => {
      const { pathname, search } = new URL(String(url));
      return fetch(alpacaUrl + pathname + search, init as RequestInit);
    },
  });
}

export function binanceClient({ binanceUrl }: Venue, secret = "local-binance-secret"): binance {
  const client = new ccxt.binance({
    apiKey: "local-binance-key",
    secret,
    enableRateLimit: false,
    number: String,
    timeout: 8_000,
    options: {
      fetchMarkets: { types: ["spot"] },
      fetchCurrencies: false,
      fetchMargins: false,
      warnOnFetchOpenOrdersWithoutSymbol: false,
    },
  });
  const api = client.urls.api as Record<string, unknown>;
  for (const [name, url] of Object.entries(api))
    if (typeof url === "string") api[name] = url.replace(/^https:\/\/[^/]+/, binanceUrl);
  return client;
}
