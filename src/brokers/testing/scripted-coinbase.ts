import { type CoinbaseSettings, createCoinbaseClient } from "../ccxt/coinbase/client.ts";
import { createCoinbaseMarketData } from "../ccxt/coinbase/market-data.ts";
import { createCoinbaseOrders } from "../ccxt/coinbase/orders.ts";
import { json, scriptedFetch } from "./scripted-fetch.ts";

export const NOW_MS = 1_800_000_000_000;

interface Account {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly publicKey: CryptoKey;
}

const bytesOf = (base64url: string | undefined): number[] => [
  ...Uint8Array.from(atob((base64url ?? "").replace(/-/g, "+").replace(/_/g, "/")), (char) =>
    char.charCodeAt(0),
  ),
];
const base64 = (bytes: readonly number[]): string => btoa(String.fromCharCode(...bytes));

/** A CDP key as Coinbase hands it out: SEC1, with its curve and its public half. */
async function newEcAccount(): Promise<Account> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { privateKey, publicKey } = pair as CryptoKeyPair;
  const { d, x, y } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  const der = (tag: number, content: readonly number[]) => [tag, content.length, ...content];
  const prime256v1 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
  const key = der(0x30, [
    ...der(0x02, [1]),
    ...der(0x04, bytesOf(d)),
    ...der(0xa0, prime256v1),
    ...der(0xa1, der(0x03, [0, 4, ...bytesOf(x), ...bytesOf(y)])),
  ]);
  const lines = base64(key).match(/.{1,64}/g) ?? [];
  return {
    apiKey: "organizations/org-1/apiKeys/key-1",
    apiSecret: [
      "-----BEGIN EC PRIVATE KEY-----",
      ...lines,
      "-----END EC PRIVATE KEY-----",
      "",
    ].join("\n"),
    publicKey,
  };
}

async function newEd25519Account(): Promise<Account> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { privateKey, publicKey } = pair as CryptoKeyPair;
  const { d, x } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  return { apiKey: "key-2", apiSecret: base64([...bytesOf(d), ...bytesOf(x)]), publicKey };
}

export const ACCOUNTS = { ES256: await newEcAccount(), EdDSA: await newEd25519Account() } as const;

const product = (base: string, quote: string, changes: object = {}) => ({
  product_id: `${base}-${quote}`,
  price: "0.12345",
  price_percentage_change_24h: "2.5",
  volume_24h: "123456",
  base_increment: "0.1",
  quote_increment: "0.00001",
  price_increment: "0.00001",
  quote_min_size: "1",
  quote_max_size: "10000000",
  base_min_size: "1",
  base_max_size: "9000000",
  base_name: "Dogecoin",
  quote_name: "US Dollar",
  is_disabled: false,
  status: "online",
  cancel_only: false,
  limit_only: false,
  post_only: false,
  trading_disabled: false,
  view_only: false,
  product_type: "SPOT",
  quote_currency_id: quote,
  base_currency_id: base,
  alias: "",
  alias_to: [],
  ...changes,
});

export const PRODUCTS = {
  products: [
    product("DOGE", "USD"),
    product("DOGE", "EUR"),
    product("XRP", "USD", { cancel_only: true, base_name: "XRP" }),
  ],
  num_products: 3,
};

/** A refusal of the gateway's. */
export const refusal =
  (status: number, error: string, message = "") =>
  () =>
    json({ error, error_details: message, message }, status);

const PATHS: Readonly<Record<string, string>> = {
  submit: "POST /api/v3/brokerage/orders",
  cancel: "POST /api/v3/brokerage/orders/batch_cancel",
  list: "GET /api/v3/brokerage/orders/historical/batch",
  fills: "GET /api/v3/brokerage/orders/historical/fills",
  products: "GET /api/v3/brokerage/products",
  touch: "GET /api/v3/brokerage/best_bid_ask",
};

/** The Coinbase adapter over a script of answers, by the names above or by method and path. */
export function setUpCoinbase(
  script: Parameters<typeof scriptedFetch>[0],
  account: Account = ACCOUNTS.EdDSA,
) {
  const world = scriptedFetch(
    Object.fromEntries(
      Object.entries({ products: () => json(PRODUCTS), ...script }).map(([name, answer]) => [
        PATHS[name] ?? name,
        answer,
      ]),
    ),
  );
  const settings: CoinbaseSettings = {
    apiKey: account.apiKey,
    apiSecret: account.apiSecret,
    restUrl: "https://coinbase.test",
    requestsPerMinute: 1_800,
  };
  const cached = new Map<string, string>();
  const now = () => new Date(NOW_MS);
  const client = createCoinbaseClient(settings, {
    marketsCache: {
      get: async (key) => cached.get(key) ?? null,
      put: async (key, text) => void cached.set(key, text),
    },
    now,
    timeoutMs: 100,
    fetch: world.fetch,
  });
  const requests = (name: string) => {
    const start = PATHS[name] ?? name;
    return world.seen.filter(
      ({ method, target }) => `${method} ${target.replace(/\?.*/, "")}` === start,
    );
  };
  return {
    ...world,
    cached,
    client,
    /** The body of each request by that name. */
    bodiesTo: (name: string) => requests(name).map(({ body }) => JSON.parse(body)),
    /** The query of each. */
    queriesTo: (name: string) =>
      requests(name).map(({ target }) => new URLSearchParams(target.replace(/^[^?]*\??/, ""))),
    orders: createCoinbaseOrders(client, settings.requestsPerMinute, now),
    marketData: createCoinbaseMarketData(client, now),
  };
}
