// Clients of a stream, many in one process. All of them count what they get; some read every message.

import { once } from "node:events";
import { WebSocket } from "ws";
import { serveParent } from "../child.ts";
import { Delays } from "./delays.ts";

export interface ClientsPlan {
  readonly sockets: readonly ClientSocket[];
  /** One client in so many reads all of its messages; the others count them, which costs less than what is measured. */
  readonly readEvery: number;
}

export interface ClientSocket {
  readonly url: string;
  /** To subscribe to; none where the endpoint has its symbol already. */
  readonly symbols: readonly string[];
}

/** What arrived in a stretch of time. */
export interface ClientsWindow {
  readonly seconds: number;
  /** Sockets in the end. */
  readonly open: number;
  /** Sockets that got a quote. */
  readonly served: number;
  readonly frames: number;
  readonly quotes: number;
  readonly bytes: number;
  /** From the venue's time of a quote to its arrival, ms, of those clients that read. */
  readonly delayP50: number;
  readonly delayP99: number;
  readonly heartbeats: number;
  /** The longest that any client was without one, ms. */
  readonly heartbeatGapMs: number;
  /** What should not happen, by its name, since the first of them was opened. */
  readonly faults: Readonly<Record<string, number>>;
}

interface Client {
  readonly socket: WebSocket;
  readonly reads: boolean;
  readonly subscribed: PromiseWithResolvers<void>;
  /** By symbol, the last that was read. */
  readonly last: Map<string, Pick<Message, "epoch" | "seq">>;
  isServed: boolean;
  beats: number | null;
  beatAtMs: number;
}

interface Message {
  readonly type: string;
  readonly symbol: string;
  readonly epoch: string;
  readonly seq: number;
  readonly skipped?: number;
  readonly counter: number;
  readonly data: { readonly timestamp: string };
}

const OPENING_AT_ONCE = 50;
const QUOTE = Buffer.from('{"type":"quote"');

const clients = new Set<Client>();
const delays = new Delays();
const faults: Record<string, number> = {};
let tally = newTally();

function newTally() {
  return { frames: 0, quotes: 0, bytes: 0, heartbeats: 0, heartbeatGapMs: 0 };
}

const calls = {
  /** Opens the sockets; resolves when every client was told that it is subscribed. */
  async open({ sockets, readEvery }: ClientsPlan): Promise<void> {
    const waiting = sockets.map((socket, index) => ({ socket, reads: index % readEvery === 0 }));
    waiting.reverse();
    async function openInTurn(): Promise<void> {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
        await open(next.socket, next.reads);
    }
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openInTurn));
  },

  async measure({ seconds: forSeconds }: { seconds: number }): Promise<ClientsWindow> {
    const startMs = now();
    tally = newTally();
    delays.clear();
    for (const client of clients) Object.assign(client, { beatAtMs: startMs, isServed: false });
    await new Promise((resolve) => setTimeout(resolve, forSeconds * 1000));
    const endMs = now();
    for (const client of clients) noteBeatGap(client, endMs);
    const [delayP50, delayP99] = [delays.percentile(0.5), delays.percentile(0.99)];
    const seconds = (endMs - startMs) / 1000;
    const served = [...clients].filter(({ isServed }) => isServed).length;
    return { ...tally, seconds, open: clients.size, served, delayP50, delayP99, faults };
  },

  /** Closes all sockets. */
  async close(): Promise<void> {
    const closing = [...clients].map(({ socket }) => once(socket, "close"));
    for (const { socket } of clients) socket.close(1000);
    clients.clear();
    await Promise.all(closing);
  },
};

export type ClientsCalls = typeof calls;

async function open({ url, symbols }: ClientSocket, reads: boolean): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const subscribed = Promise.withResolvers<void>();
  const client: Client = {
    socket,
    reads,
    subscribed,
    last: new Map(),
    isServed: false,
    beats: null,
    beatAtMs: now(),
  };
  socket.on("message", (data: Buffer) => take(client, data));
  socket.on("close", (code) => {
    if (clients.delete(client)) fault(`closed with ${code}`);
    subscribed.reject(new Error(`a socket was closed with ${code}`));
  });
  await once(socket, "open");
  clients.add(client);
  if (symbols.length > 0)
    socket.send(JSON.stringify({ action: "subscribe", channels: ["quotes"], symbols }));
  await subscribed.promise;
}

function take(client: Client, data: Buffer): void {
  const atMs = now();
  tally.frames += 1;
  tally.bytes += data.length;
  if (!client.reads && data.indexOf(QUOTE) === 1) {
    client.isServed = true;
    for (let at = 1; at !== -1; at = data.indexOf(QUOTE, at + QUOTE.length)) tally.quotes += 1;
    return;
  }
  for (const message of JSON.parse(data.toString()) as Message[]) read(client, message, atMs);
}

function read(client: Client, message: Message, atMs: number): void {
  const { type, symbol, epoch, seq, skipped = 0 } = message;
  switch (type) {
    case "quote": {
      client.isServed = true;
      tally.quotes += 1;
      delays.record(atMs - Date.parse(message.data.timestamp));
      const last = client.last.get(symbol);
      const follows = last?.epoch === epoch && seq === last.seq + 1 + skipped;
      if (last !== undefined && !follows) fault("hole");
      client.last.set(symbol, { epoch, seq });
      return;
    }
    case "snapshot":
      client.last.set(symbol, { epoch, seq });
      return;
    case "heartbeat":
      answerBeat(client, message.counter, atMs);
      return;
    case "subscribed":
      client.subscribed.resolve();
      return;
    case "welcome":
      return;
    default:
      fault(type);
  }
}

function answerBeat(client: Client, counter: number, atMs: number): void {
  tally.heartbeats += 1;
  if (client.beats !== null && counter !== client.beats + 1) fault("heartbeat missed");
  noteBeatGap(client, atMs);
  client.beats = counter;
  client.beatAtMs = atMs;
  client.socket.send(JSON.stringify({ action: "ack", counter }));
}

function noteBeatGap({ beatAtMs }: Client, atMs: number): void {
  tally.heartbeatGapMs = Math.max(tally.heartbeatGapMs, atMs - beatAtMs);
}

function fault(name: string): void {
  faults[name] = (faults[name] ?? 0) + 1;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

serveParent(calls, async () => {
  for (const { socket } of clients) socket.terminate();
});
