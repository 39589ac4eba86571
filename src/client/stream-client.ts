/**
 * The reference client of SpeedTrade's streams, `/ws/market` and `/ws/market/{symbol}`. It needs a WebSocket and nothing
 * else: a browser's, Node 22's, or one that is given.
 */

import { Alarm } from "./alarm.ts";
import type { Ended, SocketConstructor } from "./connection.ts";
import { Continuity } from "./continuity.ts";
import type { Credential } from "./credential.ts";
import { type EventOf, type RefusedEvent, StreamError, type StreamEvent } from "./events.ts";
import { Journal } from "./journal.ts";
import { Listeners } from "./listeners.ts";
import type { GapMessage, JournalMessage, MarketMessage } from "./messages.ts";
import { PATIENCE, type Patience } from "./pulse.ts";
import { BACKOFF, type Backoff, backoffMs, SOUND_AFTER_MS, verdictOn } from "./reconnect.ts";
import { Session } from "./session.ts";
import {
  type Channel,
  formatCursor,
  type MarketChannel,
  parseCursor,
  parseTopic,
  type Topic,
  topicOf,
  toSymbol,
} from "./topic.ts";

export type { SocketConstructor, SocketLike } from "./connection.ts";
export type { Credential } from "./credential.ts";
export type * from "./events.ts";
export { StreamError } from "./events.ts";
export type { QuoteData, TradeData } from "./messages.ts";
export type { Channel, MarketChannel } from "./topic.ts";

export interface StreamOptions {
  /** `wss://…/ws/market`, or `…/ws/market/F` for every tick of one symbol. */
  readonly url: string;
  /**
   * Called before each connection, and for a token before its end, to prolong the connection: so it should answer with
   * one that is fresh. What it throws is tried again.
   */
  readonly credential: () => Credential | Promise<Credential>;
  /** Where an earlier client was, by `cursors()`. */
  readonly cursors?: Readonly<Record<string, string>>;
  readonly backoff?: Partial<Backoff>;
  readonly patience?: Partial<Patience>;
  /** The global one by default. */
  readonly webSocket?: SocketConstructor;
}

/** How long the user's own callback may take. */
const CREDENTIAL_MS = 30_000;

export class StreamClient {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  readonly #wanted = { topics: new Set<Topic>(), account: false };
  readonly #continuity = new Continuity();
  readonly #journal = new Journal();
  readonly #listeners = new Listeners();
  readonly #retry = new Alarm();
  #session: Session | null = null;
  /** Which of its openings this is; what belongs to another one is over. */
  #opening = 0;
  #isOpen = false;
  #attempt = 0;
  #readyAtMs: number | null = null;
  #inBand = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#backoff = { ...BACKOFF, ...options.backoff };
    for (const [name, text] of Object.entries(options.cursors ?? {})) {
      const topic = parseTopic(name);
      const cursor = parseCursor(text);
      if (topic !== undefined && cursor !== undefined) this.#continuity.place(topic, cursor);
      if (name === "account" && /^\d{1,15}$/.test(text)) this.#journal.start(Number(text));
    }
  }

  /** Connects, and goes on connecting until it is closed or has to stop. Where it was closed before, it goes on from there. */
  open(): this {
    if (this.#isOpen) return this;
    this.#isOpen = true;
    this.#opening += 1;
    this.#attempt = 0;
    void this.#dial();
    return this;
  }

  /** Ends the connection and every iteration; listeners and cursors stay for a later `open`. */
  close(): void {
    if (this.#isOpen) this.#stop(null);
  }

  /** Takes these symbols from now on, each first by a snapshot. Symbols in any spelling; throws where one can't be one. */
  subscribe(channels: MarketChannel | readonly MarketChannel[], symbols: readonly string[]): void;
  /** Takes the account's journal: from its end, or from where an earlier subscription was. */
  subscribe(channel: "account"): void;
  subscribe(channels: Channel | readonly Channel[], symbols: readonly string[] = []): void {
    const { topics, account } = toWish(channels, symbols);
    for (const topic of topics) this.#wanted.topics.add(topic);
    this.#wanted.account ||= account;
    this.#session?.pump();
  }

  unsubscribe(channels: MarketChannel | readonly MarketChannel[], symbols: readonly string[]): void;
  unsubscribe(channel: "account"): void;
  unsubscribe(channels: Channel | readonly Channel[], symbols: readonly string[] = []): void {
    const { topics, account } = toWish(channels, symbols);
    this.#drop(topics, account);
    this.#session?.pump();
  }

  /** Calls `listener` with each event of a type; what it throws is nobody's but its own. Returns how to end that. */
  on<Type extends StreamEvent["type"]>(
    type: Type,
    listener: (event: EventOf<Type>) => void,
  ): () => void {
    return this.#listeners.on(type, listener);
  }

  /** Every event from now on, until the stream is closed; throws its reason where it had to stop. */
  events(): AsyncIterableIterator<StreamEvent> {
    return this.#listeners.iterate();
  }

  /** Where it is, for the `cursors` of a later client: what has been handed out will not come again. */
  cursors(): Record<string, string> {
    const cursors: Record<string, string> = {};
    for (const [topic, cursor] of this.#continuity.cursors()) cursors[topic] = formatCursor(cursor);
    if (this.#journal.seq !== null) cursors.account = String(this.#journal.seq);
    return cursors;
  }

  async #dial(): Promise<void> {
    const opening = this.#opening;
    this.#listeners.emit({ type: "status", state: "connecting", attempt: this.#attempt });
    let credential: Credential | undefined;
    let failure: unknown;
    try {
      credential = await this.#credential();
    } catch (error) {
      failure = error;
    }
    if (!this.#isOpen || opening !== this.#opening) return;
    if (credential !== undefined) this.#begin(credential);
    else {
      const error = new StreamError(0, "there is no credential", { cause: failure });
      this.#wait(backoffMs(this.#attempt, Math.random(), this.#backoff), error);
    }
  }

  #begin(credential: Credential): void {
    const { url, webSocket = globalThis.WebSocket as unknown as SocketConstructor } = this.#options;
    try {
      this.#session = new Session({
        url,
        webSocket,
        credential,
        patience: { ...PATIENCE, ...this.#options.patience },
        inBand: this.#inBand && "token" in credential,
        renew: () => this.#credential(),
        wanted: this.#wanted,
        positions: {
          cursorOf: (topic) => this.#continuity.cursorOf(topic),
          accountSeq: () => this.#journal.seq,
        },
        ready: () => this.#becomeReady(),
        take: (message) => this.#take(message),
        startsAt: (seq) => this.#startJournal(seq),
        heardOf: (head) => {
          if (this.#wanted.account && this.#journal.isBehind(head)) this.#session?.askForJournal();
        },
        refused: (event) => this.#refuse(event),
        ended: (end) => this.#judge(end),
      });
    } catch (cause) {
      // No wait makes an address of what is none.
      this.#stop(new StreamError(0, `${url} can't be dialed with this credential`, { cause }));
    }
  }

  async #credential(): Promise<Credential> {
    const late = new Alarm();
    const tooLate = new Promise<never>((_, reject) => {
      late.set(CREDENTIAL_MS, () => reject(new Error("the credential takes too long")));
    });
    try {
      return await Promise.race([this.#options.credential(), tooLate]);
    } finally {
      late.clear();
    }
  }

  #becomeReady(): void {
    this.#readyAtMs = Date.now();
    this.#inBand = false;
    this.#listeners.emit({ type: "status", state: "open", attempt: this.#attempt });
  }

  #judge(end: Ended): void {
    this.#session = null;
    const stoodMs = this.#readyAtMs === null ? 0 : Date.now() - this.#readyAtMs;
    this.#readyAtMs = null;
    if (stoodMs >= SOUND_AFTER_MS) this.#attempt = 0;
    // A browser is not told why an upgrade was refused: the next try says who it is by a message, which is answered.
    this.#inBand = !end.opened;
    const verdict = verdictOn(end, this.#attempt, Math.random(), this.#backoff);
    if (verdict.kind === "stop") this.#stop(verdict.error);
    else this.#wait(verdict.afterMs, verdict.error);
  }

  #wait(retryInMs: number, error: StreamError): void {
    this.#attempt += 1;
    this.#retry.set(retryInMs, () => void this.#dial());
    this.#listeners.emit({
      type: "status",
      state: "waiting",
      attempt: this.#attempt,
      retryInMs,
      error,
    });
  }

  #stop(error: StreamError | null): void {
    this.#isOpen = false;
    this.#retry.clear();
    this.#session?.close();
    this.#session = null;
    this.#readyAtMs = null;
    const status = { type: "status", state: "closed", attempt: this.#attempt } as const;
    this.#listeners.emit(error === null ? status : { ...status, error });
    this.#listeners.end(error);
  }

  #take(message: MarketMessage | GapMessage | JournalMessage): void {
    if (message.channel !== "account") {
      if (!this.#wanted.topics.has(topicOf(message.channel, message.symbol))) return;
      for (const event of this.#continuity.take(message)) this.#listeners.emit(event);
      return;
    }
    if (!this.#wanted.account) return;
    const { type, seq, event, data } = message;
    const verdict = this.#journal.take(seq);
    if (verdict === "next") this.#listeners.emit({ type, seq, event, data });
    else if (verdict === "hole") this.#session?.askForJournal();
  }

  /** Null: our place lies beyond the journal's end, so it is another journal, or an older one. */
  #startJournal(seq: number | null): void {
    if (seq !== null) {
      this.#journal.start(seq);
      return;
    }
    const from = String(this.#journal.seq ?? 0);
    this.#journal.forget();
    this.#listeners.emit({ type: "gap", channel: "account", symbol: null, from, to: null });
  }

  #refuse(event: RefusedEvent): void {
    const { channels, symbols } = event;
    const ofMarket = channels.filter((channel) => channel !== "account");
    const topics = ofMarket.flatMap((channel) => symbols.map((symbol) => topicOf(channel, symbol)));
    this.#drop(topics, channels.includes("account"));
    this.#listeners.emit(event);
  }

  #drop(topics: readonly Topic[], account: boolean): void {
    for (const topic of topics) {
      this.#wanted.topics.delete(topic);
      this.#continuity.forget(topic);
    }
    if (!account) return;
    this.#wanted.account = false;
    this.#journal.forget();
  }
}

function toWish(channels: Channel | readonly Channel[], symbols: readonly string[]) {
  const named: readonly Channel[] = typeof channels === "string" ? [channels] : channels;
  const normal = symbols.map(toSymbol);
  const market = named.filter((channel) => channel !== "account");
  const topics = market.flatMap((channel) => normal.map((symbol) => topicOf(channel, symbol)));
  return { topics, account: named.includes("account") };
}
