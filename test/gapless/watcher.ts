/** A client that remembers: what every connection brought, and what its client made of it. */

import type { SocketConstructor, SocketLike } from "../../src/client/connection.ts";
import {
  type GapEvent,
  type QuoteData,
  type QuoteEvent,
  StreamClient,
  type TradeEvent,
} from "../../src/client/stream-client.ts";
import { Line, type LineOptions } from "./line.ts";

/** Soon back, so that much happens in a short time; patient where a busy machine may be slow. */
const BACKOFF = { firstMs: 40, longestMs: 400 };
const PATIENCE = { silenceMs: 1_000, answerMs: 5_000 };

export interface WatcherOptions extends Partial<LineOptions> {
  readonly name: string;
  /** ws://… */
  readonly url: string;
  readonly token: string;
  readonly quotes: readonly string[];
  readonly trades?: readonly string[];
  /** The entry that it has; it does not take the account otherwise. */
  readonly account?: number;
  /** It has just sent a resume. */
  readonly resuming?: (watcher: Watcher) => void;
}

export class Watcher {
  readonly name: string;
  readonly client: StreamClient;
  /** The last entry of the account. */
  seq: number;
  connections = 0;
  events = 0;
  readonly quotes = new Map<string, QuoteData>();
  readonly #options: WatcherOptions;
  readonly #faults: string[] = [];
  readonly #lines: Line[] = [];
  #expected: { readonly seq: number; readonly bids: ReadonlyMap<string, number | undefined> } = {
    seq: 0,
    bids: new Map(),
  };
  readonly #last = new Map<string, QuoteEvent | TradeEvent | GapEvent>();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.name = options.name;
    this.seq = options.account ?? 0;
    const { url, token, account, quotes, trades = [] } = options;
    this.client = new StreamClient({
      url,
      credential: () => ({ token }),
      backoff: BACKOFF,
      patience: PATIENCE,
      webSocket: this.#socketClass(),
      ...(account === undefined ? {} : { cursors: { account: String(account) } }),
    });
    this.#listen();
    this.client.subscribe("quotes", quotes);
    if (trades.length > 0) this.client.subscribe("trades", trades);
    if (account !== undefined) this.client.subscribe("account");
    this.client.open();
  }

  /** Of the connection that it has now; null before its welcome. */
  get connectionId(): string | null {
    return this.#lines.at(-1)?.connectionId ?? null;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What should not have been: found in the raw messages, and in what the client made of them. */
  get faults(): string[] {
    const ofLines = this.#lines.flatMap(({ faults }, n) =>
      faults.map((fault) => `connection ${n + 1}: ${fault}`),
    );
    return [...this.#faults, ...ofLines].map((fault) => `${this.name}: ${fault}`);
  }

  /** Says what has to arrive: the account's last entry, and the bid of each symbol. */
  expect(seq: number | undefined, bids: ReadonlyMap<string, number | undefined>): void {
    this.#expected = { seq: seq ?? 0, bids };
  }

  /** What of that has not arrived. */
  get missing(): string[] {
    const { seq, bids } = this.#expected;
    const late = [...bids].filter(
      ([symbol, bid]) => Number(this.quotes.get(symbol)?.bid_price) !== bid,
    );
    return [
      ...(this.seq < seq ? [`${this.name} has entry ${this.seq} of ${seq}`] : []),
      ...late.map(([symbol]) => `${this.name} has not the last quote of ${symbol}`),
    ];
  }

  count(what: "messages" | "gaps" | "skipped"): number {
    return this.#lines.reduce((sum, line) => sum + line[what], 0);
  }

  close(): void {
    this.client.close();
  }

  #isOpen = false;

  #listen(): void {
    const { client } = this;
    for (const type of ["order", "cash", "account"] as const)
      client.on(type, ({ seq }) => {
        this.events += 1;
        if (seq !== this.seq + 1) this.#faults.push(`entry ${seq} after ${this.seq}`);
        this.seq = seq;
      });
    for (const type of ["quote", "trade"] as const)
      client.on(type, (event) => this.#takeMarket(event));
    client.on("gap", (event) => {
      if (event.channel === "account") this.#faults.push(`a gap after entry ${event.from}`);
      else this.#last.set(`${event.channel}|${event.symbol}`, event);
    });
    client.on("refused", ({ code, message }) => this.#faults.push(`${code} ${message}`));
    client.on("status", ({ state, error }) => {
      this.#isOpen = state === "open";
      if (this.#isOpen) this.connections += 1;
      if (state === "closed" && error !== undefined) this.#faults.push(error.message);
    });
  }

  #takeMarket(event: QuoteEvent | TradeEvent): void {
    this.events += 1;
    const topic = `${event.type}s|${event.symbol}`;
    const last = this.#last.get(topic);
    this.#last.set(topic, event);
    if (event.type === "quote") this.quotes.set(event.symbol, event.data);
    if (last === undefined || last.type === "gap") return;
    if (last.epoch !== event.epoch || event.seq !== last.seq + 1 + event.skipped)
      this.#faults.push(
        `${topic} ${event.epoch}:${event.seq} after ${last.epoch}:${last.seq} without a gap`,
      );
  }

  #socketClass(): SocketConstructor {
    const { everyTick = false, resuming } = this.#options;
    const begin = () => {
      const line = new Line({ everyTick });
      this.#lines.push(line);
      return line;
    };
    const resumes = () => resuming?.(this);
    return class implements SocketLike {
      onopen = null;
      onmessage: ((event: never) => void) | null = null;
      onclose = null;
      onerror = null;
      readonly #socket: WebSocket;
      readonly #line = begin();

      constructor(url: string, protocols: string[]) {
        const socket = new WebSocket(url, protocols);
        this.#socket = socket;
        socket.onopen = (event) => call(this.onopen, event);
        socket.onclose = (event) => call(this.onclose, event);
        socket.onerror = (event) => call(this.onerror, event);
        socket.onmessage = (event) => {
          this.#line.received(String(event.data));
          call(this.onmessage, event);
        };
      }

      send(text: string): void {
        this.#line.sent(text);
        this.#socket.send(text);
        if (text.startsWith('{"action":"resume"')) resumes();
      }

      close(code?: number): void {
        this.#socket.close(code);
      }
    };
  }
}

function call(listener: ((event: never) => void) | null, event: Event): void {
  listener?.(event as never);
}
