/** One connection's conversation: who it is, what it asks for, and its share of the manners. */

import { Alarm } from "./alarm.ts";
import { type Ask, Asks, channelsOf, type Positions } from "./asks.ts";
import { Connection, type Ended, type SocketConstructor } from "./connection.ts";
import { addressOf, type Credential, endOf, renewalOf } from "./credential.ts";
import type { RefusedEvent } from "./events.ts";
import {
  type ErrorMessage,
  type GapMessage,
  type JournalMessage,
  type MarketMessage,
  type ServerMessage,
  type SubscribedMessage,
  topicsOf,
} from "./messages.ts";
import { Pacer } from "./pacer.ts";
import type { Patience } from "./pulse.ts";
import { symbolOf, type Topic, topicOf } from "./topic.ts";

/** How long an ask may stay unanswered. */
const ANSWER_MS = 30_000;
/** What failed on the server's side is asked for again after this long. */
const RETRY_MS = 1_000;
const RENEWAL_RETRY_MS = 10_000;

type Refusal = Pick<RefusedEvent, "code" | "message">;

export interface SessionOptions {
  readonly url: string;
  readonly webSocket: SocketConstructor;
  readonly patience: Patience;
  readonly credential: Credential;
  /** Sends the token by the first message: a refused upgrade would not say why. */
  readonly inBand: boolean;
  renew(): Promise<Credential>;
  readonly wanted: { readonly topics: ReadonlySet<Topic>; readonly account: boolean };
  readonly positions: Positions;
  ready(): void;
  take(message: MarketMessage | GapMessage | JournalMessage): void;
  /** Where the account channel starts, or that there is more of it; null: it has no idea of where we are. */
  startsAt(seq: number | null): void;
  heardOf(head: number): void;
  refused(event: RefusedEvent): void;
  ended(end: Ended): void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #asks: Asks;
  readonly #pacer = new Pacer();
  /** Why a part of an ask is refused, by its id. */
  readonly #refusals = new Map<string, Refusal>();
  readonly #alarms = {
    pace: new Alarm(),
    answer: new Alarm(),
    renewal: new Alarm(),
    again: new Alarm(),
  };
  #again: { readonly topics: Set<Topic>; account: boolean } = { topics: new Set(), account: false };
  #journalAskedAtMs = 0;
  #isReady = false;
  #isOver = false;
  #ack: number | null = null;
  /** The token that is to be sent, and the one whose answer is awaited. */
  #auth: Credential | null = null;
  #proposed: Credential | null = null;
  #authCount = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#asks = new Asks(options.positions);
    const { credential, inBand, webSocket, patience } = options;
    this.#connection = new Connection({
      ...addressOf(options.url, inBand ? null : credential),
      webSocket,
      patience,
      take: (message) => this.#take(message),
      ended: (end) => {
        this.#stop();
        options.ended(end);
      },
    });
  }

  /** Sends what is due. To be called when what is wanted has changed. */
  pump(): void {
    while (!this.#isOver) {
      const waitMs = this.#pacer.delayMs(Date.now());
      if (waitMs > 0) this.#alarms.pace.set(waitMs, () => this.pump());
      const text = waitMs > 0 ? undefined : this.#nextMessage();
      if (text === undefined) return;
      this.#pacer.sent(Date.now());
      this.#connection.send(text);
    }
  }

  /** Has the account's journal told from where we are. */
  askForJournal(): void {
    const sinceMs = Date.now() - this.#journalAskedAtMs;
    this.#askAgain({ topics: [], account: true }, RETRY_MS - sinceMs);
  }

  close(): void {
    this.#stop();
    this.#connection.close();
  }

  #stop(): void {
    this.#isOver = true;
    for (const alarm of Object.values(this.#alarms)) alarm.clear();
  }

  #nextMessage(): string | undefined {
    if (this.#auth !== null && "token" in this.#auth) {
      const { token } = this.#auth;
      this.#proposed = this.#auth;
      this.#auth = null;
      this.#authCount += 1;
      return JSON.stringify({ action: "auth", id: this.#authId, token });
    }
    if (this.#ack !== null) {
      const counter = this.#ack;
      this.#ack = null;
      return JSON.stringify({ action: "ack", counter });
    }
    if (!this.#isReady) return undefined;
    const { topics, account } = this.#options.wanted;
    const ask = this.#asks.next(topics, account);
    if (ask !== undefined && !this.#alarms.answer.isSet) this.#awaitAnswer();
    return ask;
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        if (this.#options.inBand) this.#auth = this.#options.credential;
        else this.#begin(this.#options.credential);
        break;
      case "subscribed":
        this.#takeSubscribed(message);
        break;
      case "error":
        this.#takeError(message);
        break;
      case "heartbeat":
        this.#ack = message.counter;
        if (message.account_seq !== undefined) this.#options.heardOf(message.account_seq);
        break;
      case "snapshot":
      case "quote":
      case "trade":
      case "gap":
        if (this.#asks.isConfirmed(topicOf(message.channel, message.symbol)))
          this.#options.take(message);
        return;
      case "order":
      case "cash":
      case "account":
        this.#options.take(message);
        return;
      case "pong":
        return;
    }
    this.pump();
  }

  #takeSubscribed(message: SubscribedMessage): void {
    const { id, account_seq } = message;
    if (this.#proposed !== null && id === this.#authId) {
      const credential = this.#proposed;
      this.#proposed = null;
      if (this.#isReady) this.#renewBefore(credential);
      else this.#begin(credential);
      return;
    }
    const missing = this.#asks.confirm(id, topicsOf(message));
    const refusal = this.#refusals.get(String(id)) ?? { code: 0, message: "" };
    this.#refusals.delete(String(id));
    if (missing.length > 0) this.#refuse({ topics: missing, account: false }, refusal);
    if (account_seq !== undefined) this.#options.startsAt(account_seq);
    this.#noteAnswer();
  }

  #takeError({ id, code, message }: ErrorMessage): void {
    if (this.#proposed !== null && id === this.#authId) {
      this.#proposed = null;
      this.#alarms.renewal.set(RENEWAL_RETRY_MS, () => void this.#renew());
      return;
    }
    // The message that was too much is lost, and nobody says which it was.
    if (code === 429) this.#connection.fail(message);
    const ask = this.#asks.answered(id);
    if (ask === undefined) return;
    this.#noteAnswer();
    if (code === 500) this.#askAgain(ask, RETRY_MS * (1 + Math.random()));
    else if (code === 410) this.#options.startsAt(null);
    // The rest of the ask is confirmed, which shows what was refused.
    else if (code === 411 || (code === 409 && !ask.account))
      this.#refusals.set(String(id), { code, message });
    else this.#refuse(ask, { code, message });
  }

  #refuse(ask: Pick<Ask, "topics" | "account">, refusal: Refusal): void {
    this.#asks.forget(ask.topics, ask.account);
    const symbols = [...new Set(ask.topics.map(symbolOf))];
    this.#options.refused({ type: "refused", ...refusal, channels: channelsOf(ask), symbols });
  }

  #begin(credential: Credential): void {
    this.#isReady = true;
    this.#renewBefore(credential);
    this.#options.ready();
  }

  #askAgain({ topics, account }: Pick<Ask, "topics" | "account">, afterMs: number): void {
    for (const topic of topics) this.#again.topics.add(topic);
    this.#again.account ||= account;
    if (this.#alarms.again.isSet) return;
    this.#alarms.again.set(afterMs, () => {
      const again = this.#again;
      this.#again = { topics: new Set(), account: false };
      this.#asks.forget(again.topics, again.account);
      if (again.account) this.#journalAskedAtMs = Date.now();
      this.pump();
    });
  }

  #awaitAnswer(): void {
    this.#alarms.answer.set(ANSWER_MS, () => this.#connection.fail("a request is not answered"));
  }

  #noteAnswer(): void {
    if (this.#asks.awaitsAnswer) this.#awaitAnswer();
    else this.#alarms.answer.clear();
  }

  #renewBefore(credential: Credential): void {
    const endMs = endOf(credential);
    if (endMs === null) return;
    const waitMs = Math.max(RETRY_MS, renewalOf(endMs, Date.now()) - Date.now());
    this.#alarms.renewal.set(waitMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      const credential = await this.#options.renew();
      // A ticket opens a connection and prolongs none: this one ends with its token, and the next one takes a ticket.
      if ("ticket" in credential || this.#isOver) return;
      this.#auth = credential;
      this.pump();
    } catch {
      if (!this.#isOver) this.#alarms.renewal.set(RENEWAL_RETRY_MS, () => void this.#renew());
    }
  }

  get #authId(): string {
    return `auth-${this.#authCount}`;
  }
}
