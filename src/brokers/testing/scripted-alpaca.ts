import { createAlpacaClient } from "../alpaca/client.ts";
import { createAlpacaMarketData } from "../alpaca/market-data.ts";
import { createAlpacaOrders } from "../alpaca/orders.ts";
import { json, scriptedFetch } from "./scripted-fetch.ts";

export const refusal = (status: number, message: string) => () =>
  json({ code: status * 100_000, message }, status);

/** The Alpaca adapter over a script of answers; `leftOut` is what it could not read. */
export function setUpAlpaca(script: Parameters<typeof scriptedFetch>[0]) {
  const world = scriptedFetch(script);
  const settings = {
    keyId: "key",
    secretKey: "secret",
    tradingUrl: "https://trading.test",
    dataUrl: "https://data.test",
    updatesUrl: "wss://trading.test/stream",
    streamUrl: "wss://data.test/v2/iex",
    streamSymbolsMax: 30,
    requestsPerMinute: 200,
  };
  const client = createAlpacaClient(settings, world.fetch, 100);
  const leftOut: string[] = [];
  return {
    ...world,
    leftOut,
    orders: createAlpacaOrders(client, settings.requestsPerMinute),
    marketData: createAlpacaMarketData(
      client,
      () => new Date(1_800_000_000_000),
      (what) => void leftOut.push(what),
    ),
  };
}
