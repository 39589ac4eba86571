import { createKrakenClient, type KrakenSettings } from "../ccxt/kraken/client.ts";
import { createKrakenMarketData } from "../ccxt/kraken/market-data.ts";
import { createKrakenOrders } from "../ccxt/kraken/orders.ts";
import { json, scriptedFetch } from "./scripted-fetch.ts";

export const NOW_MS = 1_800_000_000_000;

/** Of Kraken's documentation of its signatures, with the secret's own. */
export const KRAKEN_SECRET =
  "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";

const pair = (altname: string, base: string, quote: string, changes: object = {}) => ({
  altname,
  wsname: `${altname.slice(0, -3)}/USD`,
  aclass_base: "currency",
  base,
  aclass_quote: "currency",
  quote,
  lot: "unit",
  cost_decimals: 5,
  pair_decimals: 7,
  lot_decimals: 8,
  lot_multiplier: 1,
  leverage_buy: [],
  leverage_sell: [],
  fees: [[0, 0.4]],
  fees_maker: [[0, 0.25]],
  fee_volume_currency: "ZUSD",
  ordermin: "13",
  costmin: "0.5",
  tick_size: "0.0000001",
  status: "online",
  ...changes,
});

export const PAIRS = {
  XDGUSD: pair("XDGUSD", "XXDG", "ZUSD"),
  XDGEUR: pair("XDGEUR", "XXDG", "ZEUR"),
  XXBTZUSD: pair("XBTUSD", "XXBT", "ZUSD", {
    pair_decimals: 1,
    tick_size: "0.5",
    ordermin: "0.00005",
  }),
  XXRPZUSD: pair("XRPUSD", "XXRP", "ZUSD", { status: "cancel_only" }),
  AAPLxUSD: pair("AAPLxUSD", "AAPLx", "ZUSD", { aclass_base: "tokenized_asset" }),
};

export const result = (value: unknown) => () => json({ error: [], result: value });
export const refusal =
  (...errors: string[]) =>
  () =>
    json({ error: errors });

/** The Kraken adapter over a script of answers, by the last part of the path: `AddOrder`. */
export function setUpKraken(script: Parameters<typeof scriptedFetch>[0]) {
  const world = scriptedFetch({
    "GET /0/public/AssetPairs": result(PAIRS),
    ...Object.fromEntries(
      Object.entries(script).map(([name, answer]) => [
        name.includes(" ") ? name : `POST /0/private/${name}`,
        answer,
      ]),
    ),
  });
  const settings: KrakenSettings = {
    apiKey: "key",
    apiSecret: KRAKEN_SECRET,
    restUrl: "https://kraken.test",
    requestsPerMinute: 20,
  };
  const cached = new Map<string, string>();
  const now = () => new Date(NOW_MS);
  const client = createKrakenClient(settings, {
    marketsCache: {
      get: async (key) => cached.get(key) ?? null,
      put: async (key, text) => void cached.set(key, text),
    },
    now,
    timeoutMs: 100,
    fetch: world.fetch,
  });
  const sentTo = (name: string) =>
    world.seen
      .filter(({ target }) => target === `/0/private/${name}`)
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  return {
    ...world,
    cached,
    client,
    /** The parameters of each request to a private path. */
    sentTo,
    orders: createKrakenOrders(client, settings.requestsPerMinute, now),
    marketData: createKrakenMarketData(client, now),
  };
}
