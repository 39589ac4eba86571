/** One venue's price feed: its stream, the polls that stand in for it, and what is known of the watched symbols. */

import type { MarketData } from "../brokers/broker.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import { absorbSnapshot, applyTick, type SymbolState } from "./apply-tick.ts";
import { VenueClocks } from "./clock.ts";
import {
  type FeedMode,
  feedMode,
  isStreamDead,
  POLL_SYMBOLS_MAX,
  placeSymbols,
} from "./feed-mode.ts";
import { FeedPoller } from "./feed-poller.ts";
import { samePrices } from "./freshest.ts";
import { RoomOutbox } from "./room-outbox.ts";
import { SnapshotBatch } from "./snapshot-batch.ts";
import { VenueSocket, type VenueSocketDeps } from "./venue-socket.ts";

export interface FeedStatus {
  /** The stream is authenticated. */
  readonly connected: boolean;
  readonly lastTickAtMs: number | null;
  readonly watched: number;
  readonly mode: FeedMode;
  /** Ticks that the venue stamped before one it had already sent. */
  readonly droppedOld: number;
}

/** What the platform gives every feed. */
export interface FeedDeps {
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): MarketData | undefined;
  publish(symbol: string, update: RoomUpdate): Promise<void>;
  readonly log: Log;
}

/** What the object that runs a feed gives it. */
export type FeedRuntime = VenueSocketDeps["runtime"];

/**
 * Publishes every tick of the watched symbols to their rooms. It has no clock of its own: whoever runs it calls `beat`
 * each second while anything is watched.
 */
export class Feed {
  readonly #venue: VenueName;
  readonly #log: Log;
  readonly #now: () => Date;
  readonly #symbolsMax: number;
  /** In the order in which they came. */
  readonly #watched: Set<string>;
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
  #watchedSinceMs: number;
  #lastTickAtMs: number | null = null;
  #droppedOld = 0;
  #roomFailures = 0;

  constructor(
    marketData: MarketData,
    deps: Pick<FeedDeps, "publish" | "log">,
    runtime: FeedRuntime,
    watched: Iterable<string>,
  ) {
    const { now, random, later } = runtime;
    const snapshots = (symbols: readonly string[]) => marketData.snapshots(symbols);
    this.#venue = marketData.venue;
    this.#log = deps.log.with({ venue: marketData.venue });
    this.#now = now;
    const { ticks: protocol } = marketData;
    this.#symbolsMax = protocol?.symbolsMax ?? 0;
    this.#watched = new Set(watched);
    this.#unseen = new Set(this.#watched);
    this.#watchedSinceMs = now().getTime();
    this.#batch = new SnapshotBatch({ snapshots, later }, POLL_SYMBOLS_MAX);
    this.#socket =
      protocol &&
      new VenueSocket({
        protocol,
        runtime,
        onTicks: (ticks) => this.#takeTicks(ticks),
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
      publish: deps.publish,
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
    if (this.#watched.size === 0) this.#watchedSinceMs = this.#now().getTime();
    this.#watched.add(symbol);
    this.beat();
    const known = this.#states.get(symbol);
    if (known !== undefined) return this.#confirmed(known.quote);
    try {
      const snapshot = await this.#batch.get(symbol);
      if (snapshot === undefined) return null;
      const state = absorbSnapshot(this.#states.get(symbol), snapshot);
      if (this.#watched.has(symbol)) this.#states.set(symbol, state);
      return state.quote;
    } catch (error) {
      this.#log.warn("feed_snapshot_failed", { symbol, error });
      this.#unseen.add(symbol);
      return null;
    }
  }

  unwatch(symbol: string): void {
    this.#watched.delete(symbol);
    this.#states.delete(symbol);
    this.#unseen.delete(symbol);
    this.beat();
  }

  watchedSymbols(): string[] {
    return [...this.#watched];
  }

  /** The last quotes of those symbols that are watched and known. */
  quotes(symbols: readonly string[]): Quote[] {
    return symbols.flatMap((symbol) => {
      const state = this.#states.get(symbol);
      return state === undefined ? [] : [this.#confirmed(state.quote)];
    });
  }

  /** Takes in quotes that somebody else asked the venue for, and tells the rooms that want them. */
  refresh(quotes: readonly Quote[]): void {
    for (const quote of quotes) {
      if (!this.#watched.has(quote.symbol)) continue;
      const { after } = this.#takeSnapshot(quote);
      this.#outbox.push(after, []);
    }
  }

  status(): FeedStatus {
    return {
      connected: this.#socket?.ready ?? false,
      lastTickAtMs: this.#lastTickAtMs,
      watched: this.#watched.size,
      mode: this.#mode,
      droppedOld: this.#droppedOld,
    };
  }

  /** Does what is due: dials, subscribes, polls. */
  beat(): void {
    const { streamed, polled } = placeSymbols(this.#watched, this.#symbolsMax);
    this.#polled = new Set(polled);
    this.#roomFailures = 0;
    this.#socket?.want(streamed);
    this.#decideMode();
    if (this.#watched.size === 0) return;
    void this.#readClock();

    const byTurn = this.#mode === "poll" ? [...this.#watched] : this.#marketOpen ? polled : [];
    // The unseen go first, and once: a symbol that the venue does not know is not asked for for ever.
    const due = this.#unseen.size > 0 ? [...this.#unseen] : byTurn;
    // Where nothing is pushed, a quiet poll is no sign that the next one may wait.
    this.#poller.poll(due, this.#unseen.size > 0 || this.#socket === null);
  }

  #decideMode(): void {
    const hasStream = this.#socket !== null;
    const ready = this.#socket?.ready ?? false;
    const silentMs =
      this.#now().getTime() - Math.max(this.#lastTickAtMs ?? 0, this.#watchedSinceMs);
    const { eventful } = this.#poller;
    if (isStreamDead({ ready, silentMs, eventfulPolls: eventful })) {
      this.#poller.restart();
      this.#socket?.abandon("delivers nothing");
    }
    const watched = this.#watched.size;
    const mode = feedMode({ watched, hasStream, ready, marketOpen: this.#marketOpen, silentMs });
    if (mode === this.#mode) return;
    this.#log.info("feed_mode", { from: this.#mode, to: mode, watched });
    this.#mode = mode;
  }

  async #readClock(): Promise<void> {
    this.#marketOpen = await this.#clocks.isOpen(this.#venue);
  }

  #takeTicks(ticks: readonly Tick[]): void {
    const nowMs = this.#now().getTime();
    const applied = new Map<string, Tick[]>();
    for (const tick of ticks) {
      if (!this.#watched.has(tick.symbol)) continue;
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
      if (state !== undefined) this.#outbox.push(state.quote, ofSymbol);
    }
  }

  /** Whether the poll told of prices that the stream had not. */
  #takePoll(asked: readonly string[], quotes: readonly Quote[]): boolean {
    let anyNews = false;
    for (const quote of quotes) {
      if (!this.#watched.has(quote.symbol)) continue;
      const standsIn = this.#mode === "poll" || this.#polled.has(quote.symbol);
      const { after, news } = this.#takeSnapshot(standsIn ? { ...quote, source: "poll" } : quote);
      if (news) this.#outbox.push(after, []);
      anyNews ||= news;
    }
    for (const symbol of asked) this.#unseen.delete(symbol);
    return anyNews;
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
