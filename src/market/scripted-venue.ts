/** A venue, its sockets and the time, as tests script them. */

import type { MarketClock, MarketData, SubscribableProtocol } from "../brokers/broker.ts";
import type { Bar, BarRange } from "../domain/bar.ts";
import { decimal } from "../domain/decimal.ts";
import type { Instrument, VenueName } from "../domain/instrument.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import type { Log, LogFields } from "../observability/log.ts";
import type { FeedRuntime } from "./feed-deps.ts";

export const START_MS = Date.parse("2026-03-02T15:00:00Z");

export function quoteOf(symbol: string, change: Partial<Quote> = {}): Quote {
  return {
    symbol,
    bidPrice: decimal("9.99"),
    bidSize: decimal("500"),
    askPrice: decimal("10.01"),
    askSize: decimal("400"),
    price: decimal("10"),
    size: decimal("100"),
    open: decimal("9.8"),
    high: decimal("10.2"),
    low: decimal("9.7"),
    volume: decimal("12000"),
    previousClose: decimal("9.9"),
    halted: null,
    atMs: START_MS,
    confirmedAtMs: START_MS,
    source: "rest",
    ...change,
  };
}

export function instrumentOf(symbol: string, change: Partial<Instrument> = {}): Instrument {
  const crypto = symbol.includes("/");
  return {
    symbol,
    assetType: crypto ? "crypto" : "stock",
    name: `${symbol} Inc.`,
    exchange: crypto ? "BINANCE" : "NYSE",
    venue: crypto ? "binance" : "alpaca",
    quoteCurrency: crypto ? "USDT" : "USD",
    priceIncrement: crypto ? decimal("0.00001") : null,
    quantityIncrement: decimal("1"),
    minQuantity: null,
    fractionable: false,
    tradable: true,
    inUniverse: true,
    ...change,
  };
}

export function quoteTick(symbol: string, bid: string, ask: string, atMs: number): Tick {
  const [bidSize, askSize] = [decimal("5"), decimal("6")];
  const sides = { bidPrice: decimal(bid), bidSize, askPrice: decimal(ask), askSize };
  return { kind: "quote", symbol, ...sides, atMs };
}

export function tradeTick(symbol: string, price: string, atMs: number, size = "3"): Tick {
  return { kind: "trade", symbol, price: decimal(price), size: decimal(size), atMs };
}

/** Answers from `quotes`, and speaks a protocol of plain JSON: what `receive` returns is what the frame holds. */
export class ScriptedVenue implements MarketData {
  readonly venue: VenueName;
  readonly quotes = new Map<string, Quote>();
  /** The symbols of each request for snapshots. */
  readonly asked: (readonly string[])[] = [];
  readonly askedBars: { readonly symbols: readonly string[]; readonly range: BarRange }[] = [];
  /** By symbol and interval: `F 1D`. */
  readonly barsOf = new Map<string, readonly Bar[]>();
  barSymbolsMax = 3;
  listed: Instrument[] = [];
  clockAnswer: MarketClock = { isOpen: true, nextOpen: null, nextClose: null };
  failing = false;
  /** When answers are given; unset, quotes keep the confirmation they were scripted with. */
  nowMs: (() => number) | undefined;
  ticks: SubscribableProtocol<Tick> | null;

  constructor(venue: VenueName, symbolsMax = 30) {
    this.venue = venue;
    this.ticks = {
      url: "ws://venue/stream",
      symbolsMax,
      greet: async () => ["hello"],
      receive: (frame) => ({
        events: [],
        replies: [],
        ready: false,
        fault: null,
        ...JSON.parse(frame),
      }),
      subscribe: (symbols) => [`+${symbols.join(",")}`],
      unsubscribe: (symbols) => [`-${symbols.join(",")}`],
    };
  }

  async snapshots(symbols: readonly string[]): Promise<Quote[]> {
    this.asked.push([...symbols]);
    if (this.failing) throw new Error("the venue is down");
    const confirmed = this.nowMs === undefined ? {} : { confirmedAtMs: this.nowMs() };
    const known = symbols.flatMap((symbol) => this.quotes.get(symbol) ?? []);
    return known.map((quote) => ({ ...quote, ...confirmed }));
  }

  async instruments(): Promise<Instrument[]> {
    if (this.failing) throw new Error("the venue is down");
    return this.listed;
  }

  async bars(symbols: readonly string[], range: BarRange): Promise<Map<string, Bar[]>> {
    this.askedBars.push({ symbols, range });
    if (this.failing) throw new Error("the venue is down");
    const found = symbols.map((symbol): [string, Bar[]] => [
      symbol,
      (this.barsOf.get(`${symbol} ${range.interval}`) ?? []).filter(
        ({ startMs }) => startMs >= range.startMs && startMs < range.endMs,
      ),
    ]);
    return new Map(found.filter(([, bars]) => bars.length > 0));
  }

  async clock(): Promise<MarketClock> {
    if (this.failing) throw new Error("the venue is down");
    return this.clockAnswer;
  }
}

type SocketEvents = Parameters<FeedRuntime["open"]>[1];

export interface ScriptedSocket {
  readonly sent: string[];
  readonly events: SocketEvents;
  closed: boolean;
}

/** A clock that stands until it is moved, and the sockets that were opened meanwhile. */
export class ScriptedRuntime implements FeedRuntime {
  nowMs = START_MS;
  refusing = false;
  readonly sockets: ScriptedSocket[] = [];
  #planned: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly now = () => new Date(this.nowMs);
  readonly random = () => 0;
  readonly later = (run: () => void, ms: number) => {
    this.#planned.push({ atMs: this.nowMs + ms, run });
  };
  readonly open = async (_url: string, events: SocketEvents) => {
    if (this.refusing) throw new Error("connection refused");
    const socket: ScriptedSocket = { sent: [], events, closed: false };
    this.sockets.push(socket);
    return {
      send: (frame: string) => void socket.sent.push(frame),
      close: () => {
        socket.closed = true;
      },
    };
  };

  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  say(message: object): void {
    this.socket.events.onFrame(JSON.stringify(message));
  }

  /** Moves the time on in steps, running what falls due; `each` is called after every step. */
  async advance(ms: number, each: () => void = () => {}, stepMs = 1_000): Promise<void> {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + stepMs);
      const due = this.#planned.filter(({ atMs }) => atMs <= this.nowMs);
      this.#planned = this.#planned.filter(({ atMs }) => atMs > this.nowMs);
      for (const { run } of due) run();
      each();
      await settled();
    }
  }
}

/** Lets everything that needs no time come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

export function recordingLog(): {
  readonly log: Log;
  readonly lines: (LogFields & { event: string })[];
} {
  const lines: (LogFields & { event: string })[] = [];
  const write = (event: string, fields?: LogFields) => void lines.push({ event, ...fields });
  const log: Log = { debug: write, info: write, warn: write, error: write, with: () => log };
  return { log, lines };
}
