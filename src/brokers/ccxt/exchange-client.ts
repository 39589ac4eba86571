/** Exchanges through ccxt: one instance an account, its markets from a cache. */

import type { ExchangeOptions } from "#ccxt";
import type { CryptoExchange } from "../../domain/instrument.ts";
import { boundedFetch } from "../bounded-fetch.ts";
import type { Fetch } from "../fetch.ts";

/** Where the cut-down markets outlive an isolate: one JSON text a key. Either method may fail. */
export interface MarketsCache {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
}

export interface ExchangeDeps {
  readonly marketsCache: MarketsCache;
  readonly now: () => Date;
  readonly timeoutMs: number;
  /** Given by tests only: the exchange is then kept by this client and not for the isolate. */
  readonly fetch?: Fetch | undefined;
}

interface Loadable {
  loadFetchImplementation(): Promise<void>;
  proxiesModulesLoading: Promise<void>;
  setMarkets(markets: readonly unknown[]): unknown;
}

/** What one exchange does in its own way. */
export interface ExchangeKind<Exchange extends Loadable, Market extends { symbol: string }> {
  readonly venue: CryptoExchange;
  /** Which account on which host: an exchange signs with the key that it was made with. */
  readonly account: readonly string[];
  /** Where this kind's exchanges are kept for the isolate. */
  readonly kept: Map<string, Held<Exchange, Market>>;
  open(fetchApi: Fetch, timeoutMs: number): Promise<Exchange>;
  /** Asks the venue for its markets, cut down to what of them is ours. */
  listMarkets(exchange: Exchange): Promise<Market[]>;
  /** Reads what `listMarkets` gave, back from JSON; throws where it is something else. */
  readonly marketsFile: { parse(json: unknown): { atMs: number; markets: Market[] } };
}

export interface Held<Exchange, Market> {
  readonly exchange: Exchange;
  /** By ccxt's symbol. */
  markets: ReadonlyMap<string, Market>;
  marketsAtMs: number | null;
}

export type ReadyExchange<Exchange, Market> = Pick<Held<Exchange, Market>, "exchange" | "markets">;

export interface ExchangeClient<Exchange, Market> {
  /** The exchange with its markets set. */
  ready(): Promise<ReadyExchange<Exchange, Market>>;
  /** The markets that are ours, asked of the venue now; they replace those of the cache. */
  reloadMarkets(): Promise<readonly Market[]>;
}

/** How long an isolate trusts what it holds before it reads the cache again. */
const HELD_MS = 3_600_000;
/** Older than this, the cache is asked for only if the venue can't be. */
const CACHED_MS = 36 * 3_600_000;
/** An exchange costs 3 ms of CPU and its markets 200 and more. */
const HELD_MAX = 8;

export function createExchangeClient<Exchange extends Loadable, Market extends { symbol: string }>(
  kind: ExchangeKind<Exchange, Market>,
  { marketsCache, now, timeoutMs, fetch: ownFetch }: ExchangeDeps,
): ExchangeClient<Exchange, Market> {
  const kept = ownFetch === undefined ? kind.kept : new Map<string, Held<Exchange, Market>>();
  const fetchApi = ownFetch ?? boundedFetch((url, init) => fetch(url, init), 2 * timeoutMs, now);
  const key = JSON.stringify([...kind.account, timeoutMs]);
  const marketsKey = `markets:${kind.venue}`;

  async function held(): Promise<Held<Exchange, Market>> {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const exchange = await kind.open(fetchApi, timeoutMs);
    // What it loads on its first request would be a promise that requests share.
    await exchange.loadFetchImplementation();
    // Proxies are not used: their modules would be looked for in vain.
    exchange.proxiesModulesLoading = Promise.resolve();
    const made = { exchange, markets: new Map(), marketsAtMs: null };
    if (kept.size >= HELD_MAX) kept.clear();
    kept.set(key, made);
    return made;
  }

  async function fetchMarkets({ exchange }: Held<Exchange, Market>): Promise<Market[]> {
    const markets = await kind.listMarkets(exchange);
    const text = JSON.stringify({ atMs: now().getTime(), markets });
    await marketsCache.put(marketsKey, text).catch(() => undefined);
    return markets;
  }

  async function cachedMarkets() {
    try {
      const text = await marketsCache.get(marketsKey);
      return text === null ? null : kind.marketsFile.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  function set(target: Held<Exchange, Market>, markets: readonly Market[]): void {
    target.exchange.setMarkets(markets);
    target.markets = new Map(markets.map((market) => [market.symbol, market]));
    target.marketsAtMs = now().getTime();
  }

  return {
    // Each caller loads for itself: awaiting a load that another request began would hang with that request.
    async ready() {
      const target = await held();
      const nowMs = now().getTime();
      if (target.marketsAtMs !== null && nowMs - target.marketsAtMs < HELD_MS) return target;
      const cached = await cachedMarkets();
      if (cached !== null && nowMs - cached.atMs < CACHED_MS) {
        set(target, cached.markets);
        return target;
      }
      try {
        set(target, await fetchMarkets(target));
      } catch (error) {
        if (cached !== null) set(target, cached.markets);
        else if (target.marketsAtMs === null) throw error;
      }
      return target;
    },

    async reloadMarkets() {
      const target = await held();
      const markets = await fetchMarkets(target);
      set(target, markets);
      return markets;
    },
  };
}

/** What every exchange is made with. */
export const exchangeOptions = (
  { apiKey, apiSecret }: { readonly apiKey: string; readonly apiSecret: string },
  fetchImplementation: ExchangeOptions["fetchImplementation"],
  timeoutMs: number,
): ExchangeOptions => ({
  apiKey,
  secret: apiSecret,
  // Its throttle is a promise that requests would share.
  enableRateLimit: false,
  fetchImplementation,
  number: String,
  timeout: timeoutMs,
});

/** Sends an exchange's requests to another host. */
export function useHost({ urls }: { readonly urls: ExchangeUrls }, restUrl: string): void {
  const { api } = urls;
  for (const [name, url] of Object.entries(api)) {
    if (typeof url === "string") api[name] = url.replace(/^https:\/\/[^/]+/, restUrl);
  }
}

interface ExchangeUrls {
  readonly api: Record<string, string | Record<string, unknown>>;
}
