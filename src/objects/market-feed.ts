import { VENUE_NAMES } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import { Feed } from "../market/feed.ts";
import type { FeedDeps, FeedStatus } from "../market/feed-deps.ts";
import { because, newRun } from "../observability/cause.ts";
import { servicesFor } from "../services.ts";
import { CausedObject } from "./caused-object.ts";
import { venueRuntime } from "./venue-runtime.ts";

/** Fine enough to see within a second and a half that a stream is gone. */
const BEAT_MS = 500;
/** An object that holds only an outgoing socket is evicted after some 100 s; an alarm in between keeps it. */
const ALARM_MS = 25_000;
const HELD_KEY = "held";

/** A venue's prices, tick by tick, for the symbols that somebody watches or holds. Addressed by venue: `getByName("alpaca")`. */
export class MarketFeed extends CausedObject {
  /** Null: the venue is not configured, so nothing is known and nothing is asked. */
  readonly #feed: Feed | null;
  readonly #timer = { set: false };

  constructor(ctx: DurableObjectState, env: Env, deps: FeedDeps = servicesFor(env).feeds) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(`CREATE TABLE IF NOT EXISTS watched (
      position INTEGER PRIMARY KEY AUTOINCREMENT, symbol TEXT NOT NULL UNIQUE)`);
    const venue = VENUE_NAMES.find((name) => name === ctx.id.name);
    const marketData = venue === undefined ? undefined : deps.marketData(venue);
    const watched = sql.exec<{ symbol: string }>("SELECT symbol FROM watched ORDER BY position");
    this.#feed =
      marketData === undefined
        ? null
        : new Feed(marketData, deps, venueRuntime, {
            watched: [...watched].map(({ symbol }) => symbol),
            held: ctx.storage.kv.get<string[]>(HELD_KEY) ?? [],
          });
  }

  /** Follows `symbol` until `unwatch`; answers its quote, null if the venue cannot tell. */
  async watch(symbol: string): Promise<Quote | null> {
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO watched (symbol) VALUES (?)", symbol);
    const quote = this.#feed?.watch(symbol) ?? null;
    await this.#keepAwake();
    return quote;
  }

  unwatch(symbol: string): void {
    this.ctx.storage.sql.exec("DELETE FROM watched WHERE symbol = ?", symbol);
    this.#feed?.unwatch(symbol);
  }

  /** Follows, until it is told of others, what somebody has positions or open orders in. */
  async hold(symbols: readonly string[]): Promise<void> {
    const { kv } = this.ctx.storage;
    if (symbols.join() !== kv.get<string[]>(HELD_KEY)?.join()) kv.put(HELD_KEY, [...symbols]);
    this.#feed?.hold(symbols);
    await this.#keepAwake();
  }

  /** Wakes the feed if it had been lost, and says how it fares. */
  async ensure(): Promise<FeedStatus> {
    await this.#keepAwake();
    return (
      this.#feed?.status() ?? {
        connected: false,
        lastTickAtMs: null,
        watched: 0,
        followed: 0,
        mode: "idle",
        droppedOld: 0,
      }
    );
  }

  /** The last quotes of those symbols that are followed and known; the others are left out. */
  quotes(symbols: readonly string[]): Quote[] {
    return this.#feed?.quotes(symbols) ?? [];
  }

  watchedSymbols(): string[] {
    return this.#feed?.watchedSymbols() ?? [];
  }

  /** Hands quotes that the cron asked for to the rooms of watched symbols. */
  refresh(quotes: readonly Quote[]): void {
    this.#feed?.refresh(quotes);
  }

  override alarm(): Promise<void> {
    return because(newRun(), () => this.#keepAwake());
  }

  /** Beats now and twice a second, and sets the next alarm, while anything is followed. */
  async #keepAwake(): Promise<void> {
    try {
      this.#beat();
    } finally {
      if (this.#isNeeded()) await this.ctx.storage.setAlarm(Date.now() + ALARM_MS);
    }
  }

  #beat(): void {
    this.#feed?.beat();
    if (this.#timer.set || !this.#isNeeded()) return;
    this.#timer.set = true;
    venueRuntime.later(() => {
      this.#timer.set = false;
      this.#beat();
    }, BEAT_MS);
  }

  #isNeeded(): boolean {
    return this.#feed?.isNeeded ?? false;
  }
}
