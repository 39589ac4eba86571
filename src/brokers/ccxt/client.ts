/** Binance through ccxt: one exchange an account, its markets from a cache. */

import type { binance } from "#ccxt";
import type { Fetch } from "../fetch.ts";
import { exchangeFetch } from "./http.ts";
import { type WireMarket, wireMarket, wireMarketsFile } from "./wire.ts";

export interface BinanceSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly restUrl: string;
  readonly streamUrl: string;
  readonly userUrl: string;
  /** In Binance's request weights. */
  readonly weightPerMinute: number;
}

/** Where the cut-down markets outlive an isolate: one JSON text a key. Either method may fail. */
export interface MarketsCache {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
}

export interface BinanceClientDeps {
  readonly marketsCache: MarketsCache;
  readonly now: () => Date;
  readonly timeoutMs: number;
  /** Given by tests only: the exchange is then kept by this client and not for the isolate. */
  readonly fetch?: Fetch | undefined;
}

export interface ReadyExchange {
  readonly exchange: binance;
  /** By ccxt's symbol. */
  readonly markets: ReadonlyMap<string, WireMarket>;
}

export interface BinanceClient {
  /** The exchange with its markets set. */
  ready(): Promise<ReadyExchange>;
  /** The markets quoted in USDT, asked of the venue now; they replace those of the cache. */
  reloadMarkets(): Promise<readonly WireMarket[]>;
}

/** How long an isolate trusts what it holds before it reads the cache again. */
const HELD_MS = 3_600_000;
/** Older than this, the cache is asked for only if the venue can't be. */
const CACHED_MS = 36 * 3_600_000;
const MARKETS_KEY = "markets:binance";

interface Held {
  readonly exchange: binance;
  markets: ReadonlyMap<string, WireMarket>;
  marketsAtMs: number | null;
}

// An exchange costs 8 ms of CPU and its markets 200 and more. It signs with the key it was made with.
const heldByKey = new Map<string, Held>();
const HELD_MAX = 8;

export function createBinanceClient(
  settings: BinanceSettings,
  { marketsCache, now, timeoutMs, fetch: ownFetch }: BinanceClientDeps,
): BinanceClient {
  const kept = ownFetch === undefined ? heldByKey : new Map<string, Held>();
  const fetchApi: Fetch = ownFetch ?? ((url, init) => fetch(url, init));
  const key = JSON.stringify([settings.restUrl, settings.apiKey, settings.apiSecret, timeoutMs]);

  async function held(): Promise<Held> {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const { binance } = await import("#ccxt");
    const exchange = newExchange(binance, settings, fetchApi, timeoutMs);
    // What it loads on its first request would be a promise that requests share.
    await exchange.loadFetchImplementation();
    await exchange.loadProxyModules();
    const made = { exchange, markets: new Map(), marketsAtMs: null };
    if (kept.size >= HELD_MAX) kept.clear();
    kept.set(key, made);
    return made;
  }

  async function fetchMarkets({ exchange }: Held): Promise<WireMarket[]> {
    const markets = (await exchange.fetchMarkets()).flatMap(cut);
    const text = JSON.stringify({ atMs: now().getTime(), markets });
    await marketsCache.put(MARKETS_KEY, text).catch(() => undefined);
    return markets;
  }

  async function cachedMarkets() {
    try {
      const text = await marketsCache.get(MARKETS_KEY);
      return text === null ? null : wireMarketsFile.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  function set(target: Held, markets: readonly WireMarket[]): void {
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

function newExchange(
  Exchange: typeof binance,
  settings: BinanceSettings,
  fetchApi: Fetch,
  timeoutMs: number,
): binance {
  const exchange = new Exchange({
    apiKey: settings.apiKey,
    secret: settings.apiSecret,
    // Its throttle is a promise that requests would share.
    enableRateLimit: false,
    fetchImplementation: exchangeFetch(fetchApi),
    number: String,
    timeout: timeoutMs,
    options: {
      fetchMarkets: { types: ["spot"] },
      fetchCurrencies: false,
      fetchMargins: false,
      fetchOpenOrders: { warnWithoutSymbol: false },
    },
  });
  const { api } = exchange.urls;
  for (const [name, url] of Object.entries(api)) {
    if (typeof url === "string") api[name] = url.replace(/^https:\/\/[^/]+/, settings.restUrl);
  }
  return exchange;
}

// Only what trades against USDT on the spot market is ours.
function cut(market: unknown): WireMarket[] {
  const parsed = wireMarket.safeParse(market);
  return parsed.success && parsed.data.quote === "USDT" ? [parsed.data] : [];
}
