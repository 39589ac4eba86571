/** The part of ccxt that we use, as it behaves under `number: String`: numbers in answers are decimal text. */
declare module "#ccxt" {
  export interface ExchangeOptions {
    readonly apiKey: string;
    readonly secret: string;
    readonly enableRateLimit: boolean;
    readonly fetchImplementation: (url: string, request: CcxtRequest) => Promise<Response>;
    readonly number: StringConstructor;
    readonly timeout: number;
    readonly options?: Readonly<Record<string, unknown>>;
  }

  /** What a `fetchImplementation` is called with: `fetch`'s options, and some that only Node's libraries know. */
  export interface CcxtRequest {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string | undefined;
    readonly signal: AbortSignal;
    readonly timeout: number;
    readonly agent?: unknown;
  }

  /** Unified structures are read by schemas; `unknown` keeps unread fields out. */
  class Exchange {
    constructor(options: ExchangeOptions);
    readonly urls: { readonly api: Record<string, string | Record<string, unknown>> };
    readonly markets: Record<string, unknown> | undefined;
    loadFetchImplementation(): Promise<void>;
    proxiesModulesLoading: Promise<void>;
    setMarkets(markets: readonly unknown[]): unknown;
    fetchMarkets(): Promise<unknown[]>;
    fetchTickers(
      symbols: readonly string[],
      params?: Readonly<Record<string, unknown>>,
    ): Promise<Record<string, unknown>>;
    /** Each as `[start, open, high, low, close, volume]`, ascending. */
    fetchOHLCV(
      symbol: string,
      timeframe: string,
      sinceMs: number,
      limit: number,
    ): Promise<unknown[]>;
    createOrder(
      symbol: string,
      type: "market" | "limit",
      side: "buy" | "sell",
      amount: string | undefined,
      price: string | undefined,
      params: Readonly<Record<string, string>>,
    ): Promise<unknown>;
    /** Truncates to the market's step. */
    amountToPrecision(symbol: string, amount: string): string;
    /** Rounds to the market's tick. */
    priceToPrecision(symbol: string, price: string): string;
  }

  export class binance extends Exchange {
    cancelOrder(
      id: string | undefined,
      symbol: string,
      params: Readonly<Record<string, string>>,
    ): Promise<unknown>;
    fetchOrder(
      id: string | undefined,
      symbol: string,
      params: Readonly<Record<string, string>>,
    ): Promise<unknown>;
    fetchMyTrades(
      symbol: string,
      sinceMs: number | undefined,
      limit: number,
      params: Readonly<Record<string, string>>,
    ): Promise<unknown[]>;
    fetchOpenOrders(
      symbol: undefined,
      sinceMs: undefined,
      limit: undefined,
      params: Readonly<Record<string, string>>,
    ): Promise<unknown[]>;
    /** The parameters of order/cancelReplace. */
    editSpotOrderRequest(
      id: string | undefined,
      symbol: string,
      type: "market" | "limit",
      side: "buy" | "sell",
      amount: string | undefined,
      price: string | undefined,
      params: Readonly<Record<string, string>>,
    ): Readonly<Record<string, string>>;
    /** The answer as it came, but with its numbers as text. */
    privatePostOrderCancelReplace(request: Readonly<Record<string, string>>): Promise<unknown>;
  }

  type Request = Readonly<Record<string, string | boolean | readonly string[]>>;

  export class coinbase extends Exchange {
    /** Signs as its requests are; throws where the secret is of no use. */
    sign(
      path: string,
      api: readonly ["v3", "private"],
      method: "GET" | "POST",
      params: Request,
    ): { readonly url: string; readonly headers: Readonly<Record<string, string>> };
    /** Truncates to the step of amounts of money. */
    costToPrecision(symbol: string, cost: string): string;
    parseSpotMarket(product: unknown, feeTier: object): unknown;
    fetchBidsAsks(symbols: readonly string[]): Promise<Record<string, unknown>>;
    v3PrivateGetBrokerageProducts(request: Request): Promise<unknown>;
    v3PrivateGetBrokerageOrdersHistoricalBatch(request: Request): Promise<unknown>;
    v3PrivateGetBrokerageOrdersHistoricalOrderId(request: Request): Promise<unknown>;
    v3PrivateGetBrokerageOrdersHistoricalFills(request: Request): Promise<unknown>;
    v3PrivatePostBrokerageOrdersBatchCancel(request: Request): Promise<unknown>;
  }

  export class kraken extends Exchange {
    /** Called for each signed request. */
    nonce: () => number;
    /** Signs as its requests are; throws where the secret is of no use. */
    sign(
      path: string,
      api: "private",
      method: "POST",
      params: Request,
    ): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
    /** Truncates to the step of amounts of money. */
    costToPrecision(symbol: string, cost: string): string;
    privatePostOpenOrders(request: Request): Promise<unknown>;
    privatePostClosedOrders(request: Request): Promise<unknown>;
    privatePostQueryOrders(request: Request): Promise<unknown>;
    privatePostQueryTrades(request: Request): Promise<unknown>;
    privatePostCancelOrder(request: Request): Promise<unknown>;
  }

  export class BaseError extends Error {}
  export class ExchangeError extends BaseError {}
  export class BadSymbol extends ExchangeError {}
  export class InvalidOrder extends ExchangeError {}
  export class NotSupported extends ExchangeError {}
  export class NetworkError extends BaseError {}
  export class RequestTimeout extends NetworkError {}
}
