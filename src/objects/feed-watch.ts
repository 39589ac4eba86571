import type { Quote } from "../domain/quote.ts";
import type { SymbolFeed } from "./stream-deps.ts";

/** How long a symbol is followed on when nobody listens any more: clients come back, and venues limit subscribing. */
const LINGER_MS = 15_000;
const RETRY_MS = 5_000;
/** A subscriber gets what is known after this long; what the feed answers later is news. */
const PATIENCE_MS = 2_000;
const WATCHED_KEY = "watchedAtFeed";

export interface FeedWatchDeps {
  readonly kv: SyncKvStorage;
  readonly feed: SymbolFeed;
  now(): Date;
  isListenedTo(): boolean;
  /** The feed told its quote. */
  news(quote: Quote): Promise<void>;
  /** The feed could not be told what is wanted; it will be told again. */
  failed(error: unknown): void;
}

/** Keeps a room's feed following the symbol exactly while somebody listens. */
export class FeedWatch {
  readonly #deps: FeedWatchDeps;
  #starting: Promise<void> | null = null;
  #ending: Promise<void> = Promise.resolve();
  /** Subscribers on their way in. */
  #arriving = 0;
  #hasAnswered = false;
  #unheardAtMs: number | null = null;
  #retryAtMs: number | null = null;

  constructor(deps: FeedWatchDeps) {
    this.#deps = deps;
  }

  /** Follows the symbol. Resolves when the feed has told its quote, or after a moment. */
  async start(): Promise<void> {
    this.#unheardAtMs = null;
    if (this.#isWatched && this.#starting === null) {
      this.#hasAnswered = true;
      return;
    }
    this.#arriving += 1;
    let timer: number | null = null;
    try {
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      await Promise.race([this.#begin(), patience]);
    } finally {
      clearTimeout(timer);
      this.#arriving -= 1;
      this.#hasAnswered = true;
    }
  }

  /** What the room knows is as fresh as can be had: the feed has told, or let us wait for too long. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** When it has to be looked at again; null while all is as it should be. */
  dueAtMs(): number | null {
    if (this.#isNeeded) {
      this.#unheardAtMs = null;
      if (this.#isWatched) return null;
      this.#retryAtMs ??= this.#deps.now().getTime() + RETRY_MS;
      return this.#retryAtMs;
    }
    if (!this.#isWatched) return null;
    this.#unheardAtMs ??= this.#deps.now().getTime();
    return this.#unheardAtMs + LINGER_MS;
  }

  /** Begins or ends what is due. */
  async alarm(): Promise<void> {
    const dueAtMs = this.dueAtMs();
    if (dueAtMs === null || dueAtMs > this.#deps.now().getTime()) return;
    if (this.#isNeeded) return await this.#begin();
    this.#ending = this.#end();
    await this.#ending;
  }

  get #isNeeded(): boolean {
    return this.#arriving > 0 || this.#deps.isListenedTo();
  }

  get #isWatched(): boolean {
    return this.#deps.kv.get(WATCHED_KEY) === true;
  }

  #begin(): Promise<void> {
    this.#starting ??= this.#watch().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #watch(): Promise<void> {
    // Requests of ours may overtake each other on their way to the feed.
    await this.#ending;
    try {
      const quote = await this.#deps.feed.watch();
      this.#deps.kv.put(WATCHED_KEY, true);
      this.#retryAtMs = null;
      if (quote !== null) await this.#deps.news(quote);
    } catch (error) {
      this.#deps.failed(error);
      this.#retryAtMs = this.#deps.now().getTime() + RETRY_MS;
    }
  }

  async #end(): Promise<void> {
    // Forgotten first: if somebody comes while the feed is being told, it is told again.
    this.#deps.kv.delete(WATCHED_KEY);
    this.#hasAnswered = false;
    this.#unheardAtMs = null;
    try {
      await this.#deps.feed.unwatch();
    } catch (error) {
      this.#deps.failed(error);
      this.#deps.kv.put(WATCHED_KEY, true);
    }
  }
}
