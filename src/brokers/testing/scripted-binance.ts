import { type BinanceSettings, createBinanceClient } from "../ccxt/binance/client.ts";
import { createBinanceMarketData } from "../ccxt/binance/market-data.ts";
import { createBinanceOrders } from "../ccxt/binance/orders.ts";
import { json, scriptedFetch } from "./scripted-fetch.ts";

export const NOW_MS = 1_800_000_000_000;

const spot = (baseAsset: string, quoteAsset: string) => ({
  symbol: baseAsset + quoteAsset,
  status: "TRADING",
  baseAsset,
  quoteAsset,
  baseAssetPrecision: 8,
  quotePrecision: 8,
  orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT"],
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: [
    {
      filterType: "PRICE_FILTER",
      minPrice: "0.00001000",
      maxPrice: "1000.0",
      tickSize: "0.00001000",
    },
    { filterType: "LOT_SIZE", minQty: "1.00000000", maxQty: "9000000.0", stepSize: "1.00000000" },
    { filterType: "NOTIONAL", minNotional: "1.00000000" },
  ],
  permissions: [],
  permissionSets: [["SPOT"]],
});
export const refusal = (status: number, code: number, msg: string) => () =>
  json({ code, msg }, status);

/** The Binance adapter over a script of answers; `cached` is what an earlier isolate left behind. */
export function setUpBinance(
  script: Parameters<typeof scriptedFetch>[0],
  cached = new Map<string, string>(),
) {
  const world = scriptedFetch({
    "GET /api/v3/exchangeInfo": () =>
      json({ symbols: [spot("DOGE", "USDT"), spot("DOGE", "EUR"), spot("XRP", "USDT")] }),
    ...script,
  });
  const clock = { nowMs: NOW_MS };
  const settings: BinanceSettings = {
    apiKey: "key",
    apiSecret: "secret",
    restUrl: "https://binance.test",
    streamUrl: "wss://binance.test/stream",
    userUrl: "wss://binance.test/ws-api/v3",
    weightPerMinute: 6000,
  };
  const now = () => new Date(clock.nowMs);
  const newClient = () =>
    createBinanceClient(settings, {
      marketsCache: {
        get: async (key) => cached.get(key) ?? null,
        put: async (key, text) => void cached.set(key, text),
      },
      now,
      timeoutMs: 100,
      fetch: world.fetch,
    });
  const client = newClient();
  return {
    ...world,
    cached,
    clock,
    newClient,
    orders: createBinanceOrders(client, settings.weightPerMinute),
    marketData: createBinanceMarketData(client, now),
  };
}
