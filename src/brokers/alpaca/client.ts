/** Alpaca through its SDK: credentials, hosts and limits. Answers stay raw JSON for `wire.ts` to read. */

import type { ApiError, trading } from "@alpacahq/alpaca-trade-api";
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
  let opened: Apis | undefined;
  const apis = async () => {
    opened ??= await openApis(settings, fetchApi, timeoutMs);
    return opened;
  };

  return {
    postOrder: async (order: trading.PostOrderRequest) =>
      json((await apis()).orders.postOrderRaw({ postOrderRequest: order })),
    replaceOrder: async (orderId: string, changes: trading.PatchOrderRequest) =>
      json((await apis()).orders.patchOrderByOrderIdRaw({ orderId, patchOrderRequest: changes })),
    cancelOrder: async (orderId: string) => (await apis()).orders.deleteOrderByOrderID({ orderId }),
    orderByClientId: async (clientOrderId: string) =>
      json((await apis()).orders.getOrderByClientOrderIdRaw({ clientOrderId })),
    /** One page, oldest first; `afterOrderId` is the last of the page before. */
    openOrders: async (range: { limit: number; afterOrderId?: string }) =>
      json((await apis()).orders.getAllOrdersRaw({ status: "open", direction: "asc", ...range })),
    /** One page of the account's executions, newest first; `pageToken` is the last id of the page before. */
    fills: async (range: { after: Date; until: Date; pageSize: number; pageToken?: string }) =>
      json(
        (await apis()).activities.getAccountActivitiesByActivityTypeRaw({
          activityType: "FILL",
          direction: "desc",
          ...range,
        }),
      ),
    activeAssets: async () =>
      json((await apis()).assets.getV2AssetsRaw({ status: "active", assetClass: "us_equity" })),
    clock: async () => json((await apis()).clock.legacyClockRaw()),
    /** One page, a symbol after the other, each oldest first; `end` is included. */
    bars: async (query: {
      symbols: readonly string[];
      timeframe: string;
      start: Date;
      end: Date;
      limit: number;
      pageToken?: string;
    }) =>
      json(
        (await apis()).stocks.stockBarsRaw({
          ...query,
          symbols: query.symbols.join(","),
          adjustment: "split",
          feed: "iex",
          sort: "asc",
        }),
      ),
    snapshots: async (symbols: readonly string[]) =>
      json((await apis()).stocks.stockSnapshotsRaw({ symbols: symbols.join(","), feed: "iex" })),
  };
}

type Apis = Awaited<ReturnType<typeof openApis>>;

/** The SDK is large: it is loaded at the first call. */
async function openApis(settings: AlpacaSettings, fetchApi: Fetch, timeoutMs: number) {
  const { marketData, trading } = await import("#alpaca");
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
  return {
    orders: new trading.OrdersApi(tradingHost),
    activities: new trading.AccountActivitiesApi(tradingHost),
    assets: new trading.AssetsApi(tradingHost),
    clock: new trading.ClockApi(tradingHost),
    stocks: new marketData.StockApi(dataHost),
  };
}

/** Whether the venue has answered, and refused. By its status, which no other error has: the class comes with the SDK. */
export const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && "status" in error && typeof error.status === "number";

export type AlpacaClient = ReturnType<typeof createAlpacaClient>;

// The body as it came: the same schemas then read REST answers and stream messages, and the SDK's own models
// drop fields that they do not know.
async function json(call: Promise<{ readonly raw: { json(): Promise<unknown> } }>) {
  const response = await call;
  return response.raw.json();
}
