/** One venue's price feed: its stream, the polls that stand in for it, and what is known of the symbols it follows. */

import type { MarketData } from "../brokers/broker.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";
import { absorbSnapshot, applyTick, type SymbolState } from "./apply-tick.ts";
import { VenueClocks } from "./clock.ts";
import type { FeedDeps, FeedRuntime, FeedStatus } from "./feed-deps.ts";
import { type FeedMode, feedMode, isStreamDead, POLL_SYMBOLS_MAX } from "./feed-mode.ts";
import { FeedPoller, type PollPace } from "./feed-poller.ts";
import { Following } from "./following.ts";
import { samePrices } from "./freshest.ts";
import { RoomOutbox } from "./room-outbox.ts";
import { SnapshotBatch } from "./snapshot-batch.ts";
import { VenueSocket } from "./venue-socket.ts";

/**
 * Publishes every tick of the watched symbols to their rooms; of those that are only held it knows the last quote. It has
 * no clock of its own: whoever runs it calls `beat` twice a second while anything is followed.
 */
export class Feed {
  readonly #venue: VenueName;
  readonly #log: Log;
  readonly #now: () => Date;
  readonly #following: Following;
  readonly #states = new Map<string, SymbolState>();
  /** Their prices may have changed unseen: asked for with the next poll, whatever the mode. */
  readonly #unseen: Set<string>;
  /** Null: the venue pushes nothing. */
  readonly #socket: VenueSocket | null;
  readonly #poller: FeedPoller;
  readonly #batch: SnapshotBatch;
  readonly #outbox: RoomOutbox;
  readonly #clocks: VenueClocks;
  #marketOpen = true;
  #mode: FeedMode = "idle";
  #polled: ReadonlySet<string> = new Set();
  #followedSinceMs: number;
  #lastTickAtMs: number | null = null;
  #droppedOld = 0;
  #roomFailures = 0;

  constructor(
    marketData: MarketData,
    deps: Pick<FeedDeps, "publish" | "dial" | "log">,
    runtime: FeedRuntime,
    symbols: { readonly watched: Iterable<string>; readonly held: Iterable<string> },
  ) {
    const { now, random, later } = runtime;
    const snapshots = (symbols: readonly string[]) => marketData.snapshots(symbols);
    this.#venue = marketData.venue;
    this.#log = deps.log.with({ venue: marketData.venue });
    this.#now = now;
    const { ticks: protocol } = marketData;
    this.#following = new Following(protocol?.symbolsMax ?? 0, symbols.watched, symbols.held);
    this.#unseen = new Set(this.#following.symbols);
    this.#followedSinceMs = now().getTime();
    this.#batch = new SnapshotBatch({ snapshots, later }, POLL_SYMBOLS_MAX);
    this.#socket =
      protocol &&
      new VenueSocket({
        protocol,
        runtime,
        onTicks: (ticks) => this.#takeTicks(ticks),
        // What polls saw while there was none is no fault of this one.
        onReady: () => this.#poller.restart(),
        onSubscribed: (symbols) => {
          for (const symbol of symbols) this.#unseen.add(symbol);
        },
        onDown: (reason) => this.#log.warn("feed_down", { reason }),
      });
    this.#poller = new FeedPoller({
      snapshots,
      now,
      random,
      onQuotes: (asked, quotes) => this.#takePoll(asked, quotes),
      onFailure: (error) => this.#log.warn("feed_poll_failed", { error }),
    });
    this.#outbox = new RoomOutbox({
      ...deps,
      now,
      name: `${now().getTime()}-${random()}`,
      onListeners: (symbol, listeners) => this.#following.heard(symbol, listeners),
      onFailure: (symbol, error) => {
        if (this.#roomFailures++ === 0) this.#log.warn("room_publish_failed", { symbol, error });
      },
    });
    this.#clocks = new VenueClocks({
      read: () => marketData.clock(),
      now,
      onFailure: (venue, error) => this.#log.warn("clock_failed", { venue, error }),
    });
  }

  /** Follows `symbol` from now on, and answers where it stands; null if the venue cannot tell. */
  async watch(symbol: string): Promise<Quote | null> {
    this.#begin();
    this.#following.watch(symbol);
    this.beat();
    const known = this.#states.get(symbol);
    if (known !== undefined) return this.#confirmed(known.quote);
    try {
      const snapshot = await this.#batch.get(symbol);
      if (snapshot === undefined) return null;
      const state = absorbSnapshot(this.#states.get(symbol), snapshot);
      if (this.#following.has(symbol)) this.#states.set(symbol, state);
      return state.quote;
    } catch (error) {
      this.#log.warn("feed_snapshot_failed", { symbol, error });
      this.#unseen.add(symbol);
      return null;
    }
  }

  unwatch(symbol: string): void {
    this.#following.unwatch(symbol);
    this.#outbox.forget(symbol);
    this.#forgetOthers();
    this.beat();
  }

  /** Follows what somebody holds, in place of what was held before. */
  hold(symbols: readonly string[]): void {
    this.#begin();
    for (const symbol of this.#following.hold(symbols)) this.#unseen.add(symbol);
    this.#forgetOthers();
    this.beat();
  }

  watchedSymbols(): string[] {
    return this.#following.watched;
  }

  /** Whether anything is followed, so that the feed has to be kept going. */
  get isNeeded(): boolean {
    return this.#following.size > 0;
  }

  /** The last quotes of those symbols that are followed and known. */
  quotes(symbols: readonly string[]): Quote[] {
    return symbols.flatMap((symbol) => {
      const state = this.#states.get(symbol);
      return state === undefined ? [] : [this.#confirmed(state.quote)];
    });
  }

  /** Takes in quotes that somebody else asked the venue for, and tells the rooms that want them. */
  refresh(quotes: readonly Quote[]): void {
    for (const quote of quotes) {
      if (!this.#following.has(quote.symbol)) continue;
      const { after } = this.#takeSnapshot(quote);
      this.#publish(after, []);
    }
  }

  status(): FeedStatus {
    return {
      connected: this.#socket?.ready ?? false,
      lastTickAtMs: this.#lastTickAtMs,
      watched: this.#following.watched.length,
      followed: this.#following.size,
      mode: this.#mode,
      droppedOld: this.#droppedOld,
    };
  }

  /** Does what is due: dials, subscribes, polls. */
  beat(): void {
    const { streamed, polled } = this.#following.place(this.#now().getTime());
    this.#polled = new Set(polled);
    this.#roomFailures = 0;
    this.#socket?.want(streamed);
    this.#decideMode();
    if (!this.isNeeded) return;
    void this.#readClock();

    const { symbols } = this.#following;
    const byTurn = this.#mode === "poll" ? symbols : this.#marketOpen ? polled : [];
    const watched = this.#unseenOr(byTurn, (symbol) => this.#following.isWatched(symbol));
    const held = this.#unseenOr(byTurn, (symbol) => !this.#following.isWatched(symbol));
    this.#poller.poll({ watched, held }, this.#paceOf(watched));
  }

  /** The unseen go first, and once: a symbol that the venue does not know is not asked for for ever. */
  #unseenOr(byTurn: readonly string[], isMeant: (symbol: string) => boolean): string[] {
    const unseen = [...this.#unseen].filter(isMeant);
    return unseen.length > 0 ? unseen : byTurn.filter(isMeant);
  }

  #paceOf(watched: readonly string[]): PollPace {
    if (this.#unseen.size > 0) return "urgent";
    if (watched.length === 0) return "relaxed";
    // Where nothing is pushed, a quiet poll is no sign that the next one may wait.
    return this.#socket === null ? "urgent" : "usual";
  }

  #decideMode(): void {
    const hasStream = this.#socket !== null;
    const ready = this.#socket?.ready ?? false;
    const nowMs = this.#now().getTime();
    const silentMs = nowMs - Math.max(this.#lastTickAtMs ?? 0, this.#followedSinceMs);
    const readyMs = nowMs - (this.#socket?.readyAtMs ?? 0);
    const { eventful } = this.#poller;
    if (isStreamDead({ ready, silentMs: Math.min(silentMs, readyMs), eventfulPolls: eventful })) {
      this.#poller.restart();
      this.#socket?.abandon("delivers nothing");
    }
    const followed = this.#following.size;
    const mode = feedMode({ followed, hasStream, ready, marketOpen: this.#marketOpen, silentMs });
    if (mode === this.#mode) return;
    this.#log.info("feed_mode", { from: this.#mode, to: mode, followed });
    this.#mode = mode;
  }

  async #readClock(): Promise<void> {
    this.#marketOpen = await this.#clocks.isOpen(this.#venue);
  }

  #takeTicks(ticks: readonly Tick[]): void {
    const nowMs = this.#now().getTime();
    const applied = new Map<string, Tick[]>();
    for (const tick of ticks) {
      if (!this.#following.has(tick.symbol)) continue;
      const state = applyTick(this.#states.get(tick.symbol), tick, nowMs);
      if (state === undefined) {
        this.#droppedOld += 1;
        continue;
      }
      this.#states.set(tick.symbol, state);
      const ofSymbol = applied.get(tick.symbol);
      if (ofSymbol === undefined) applied.set(tick.symbol, [tick]);
      else ofSymbol.push(tick);
    }
    if (applied.size === 0) return;
    this.#lastTickAtMs = nowMs;
    this.#poller.restart();
    if (this.#mode === "poll") this.#decideMode();
    for (const [symbol, ofSymbol] of applied) {
      const state = this.#states.get(symbol);
      if (state !== undefined) this.#publish(state.quote, ofSymbol);
    }
  }

  /** Whether the poll told of prices that the stream had not. */
  #takePoll(asked: readonly string[], quotes: readonly Quote[]): boolean {
    let anyNews = false;
    for (const quote of quotes) {
      if (!this.#following.has(quote.symbol)) continue;
      const standsIn = this.#mode === "poll" || this.#polled.has(quote.symbol);
      const { after, news } = this.#takeSnapshot(standsIn ? { ...quote, source: "poll" } : quote);
      if (news) this.#publish(after, []);
      anyNews ||= news;
    }
    for (const symbol of asked) this.#unseen.delete(symbol);
    return anyNews;
  }

  /** A room that nobody listens to is not woken. */
  #publish(quote: Quote, ticks: readonly Tick[]): void {
    if (this.#following.isWatched(quote.symbol)) this.#outbox.push(quote, ticks);
  }

  #begin(): void {
    if (!this.isNeeded) this.#followedSinceMs = this.#now().getTime();
  }

  #forgetOthers(): void {
    for (const symbol of this.#states.keys())
      if (!this.#following.has(symbol)) this.#states.delete(symbol);
    for (const symbol of this.#unseen)
      if (!this.#following.has(symbol)) this.#unseen.delete(symbol);
  }

  #takeSnapshot(snapshot: Quote): { readonly after: Quote; readonly news: boolean } {
    const before = this.#states.get(snapshot.symbol);
    const state = absorbSnapshot(before, snapshot);
    this.#states.set(snapshot.symbol, state);
    const news = before === undefined || !samePrices(before.quote, state.quote);
    return { after: state.quote, news };
  }

  /**
   * A symbol may be quiet on a live stream: then its last quote still stands, and what confirms it is any sign of life of
   * the connection. Rooms are not told so each time; whoever needs the age of a quiet symbol asks here.
   */
  #confirmed(quote: Quote): Quote {
    const vouchedAtMs = this.#socket?.vouchedAtMs(quote) ?? null;
    if (vouchedAtMs === null || vouchedAtMs <= quote.confirmedAtMs) return quote;
    return { ...quote, confirmedAtMs: vouchedAtMs };
  }
}
