/** Alpaca through its SDK: credentials, hosts and limits. Answers stay raw JSON for `wire.ts` to read. */

import { marketData, trading } from "@alpacahq/alpaca-trade-api";
import type { Fetch } from "../fetch.ts";

export interface AlpacaSettings {
  readonly keyId: string;
  readonly secretKey: string;
  readonly tradingUrl: string;
  readonly dataUrl: string;
  readonly updatesUrl: string;
  readonly streamUrl: string;
  /** How many symbols its plan streams. */
  readonly streamSymbolsMax: number;
  /** What the account may ask of the trading host. */
  readonly requestsPerMinute: number;
}

/** The few calls we make. Each rejects with the SDK's `ApiError` or `FetchError`. */
export function createAlpacaClient(settings: AlpacaSettings, fetchApi: Fetch, timeoutMs: number) {
  const common = {
    keyId: settings.keyId,
    secret: settings.secretKey,
    // The SDK's default ("error") does not exist in workerd: every request would throw.
    redirect: "manual" as const,
    timeoutMs,
    // Only GET is ever repeated by the SDK. A 429 is not: the budget is shared with orders.
    retry: { maxRetries: 1, retryableStatuses: [502, 503, 504] },
    fetchApi: (url: string, init: RequestInit) => fetchApi(url, init),
  };
  const tradingHost = new trading.Configuration({ ...common, basePath: settings.tradingUrl });
  const dataHost = new marketData.Configuration({ ...common, basePath: settings.dataUrl });
  const orders = new trading.OrdersApi(tradingHost);
  const activities = new trading.AccountActivitiesApi(tradingHost);
  const assets = new trading.AssetsApi(tradingHost);
  const clock = new trading.ClockApi(tradingHost);
  const stocks = new marketData.StockApi(dataHost);

  return {
    postOrder: (order: trading.PostOrderRequest) =>
      json(orders.postOrderRaw({ postOrderRequest: order })),
    replaceOrder: (orderId: string, changes: trading.PatchOrderRequest) =>
      json(orders.patchOrderByOrderIdRaw({ orderId, patchOrderRequest: changes })),
    cancelOrder: (orderId: string) => orders.deleteOrderByOrderID({ orderId }),
    orderByClientId: (clientOrderId: string) =>
      json(orders.getOrderByClientOrderIdRaw({ clientOrderId })),
    /** One page, oldest first; `afterOrderId` is the last of the page before. */
    openOrders: (range: { limit: number; afterOrderId?: string }) =>
      json(orders.getAllOrdersRaw({ status: "open", direction: "asc", ...range })),
    /** One page of the account's executions, newest first; `pageToken` is the last id of the page before. */
    fills: (range: { after: Date; until: Date; pageSize: number; pageToken?: string }) =>
      json(
        activities.getAccountActivitiesByActivityTypeRaw({
          activityType: "FILL",
          direction: "desc",
          ...range,
        }),
      ),
    activeAssets: () => json(assets.getV2AssetsRaw({ status: "active", assetClass: "us_equity" })),
    clock: () => json(clock.legacyClockRaw()),
    /** One page, a symbol after the other, each oldest first; `end` is included. */
    bars: (query: {
      symbols: readonly string[];
      timeframe: string;
      start: Date;
      end: Date;
      limit: number;
      pageToken?: string;
    }) =>
      json(
        stocks.stockBarsRaw({
          ...query,
          symbols: query.symbols.join(","),
          adjustment: "split",
          feed: "iex",
          sort: "asc",
        }),
      ),
    snapshots: (symbols: readonly string[]) =>
      json(stocks.stockSnapshotsRaw({ symbols: symbols.join(","), feed: "iex" })),
  };
}

export type AlpacaClient = ReturnType<typeof createAlpacaClient>;

// The body as it came: the same schemas then read REST answers and stream messages, and the SDK's own models
// drop fields that they do not know.
async function json(call: Promise<{ readonly raw: { json(): Promise<unknown> } }>) {
  const response = await call;
  return response.raw.json();
}
