// A venue's price stream and nothing else, in Alpaca's protocol: each symbol's quotes come at random, at a mean rate of
// choice and independent of the others'. The simulated venue gathers for 20 ms before it sends, which would hide what
// is measured here, and its symbols have rates of their own.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { loopback } from "../../local/ports.ts";
import {
  exponential,
  type RandomState,
  seededState,
  uniform,
} from "../../simulator/market/random.ts";
import { serveParent } from "../child.ts";
import type { VenueQuote } from "./broadcast.ts";

export interface TickPlan {
  /** Equal seeds give equal gaps and prices. */
  readonly seed: number;
  readonly symbols: readonly string[];
  /** Of each symbol, on average; 0: none ever comes. */
  readonly ticksPerSecond: number;
}

interface Stream {
  readonly symbol: string;
  readonly random: RandomState;
  dueMs: number;
  bidCents: number;
}

const START_CENTS = 2_000;
const LOT = 100;

let server: WebSocketServer | undefined;
let sent = 0;

const calls = {
  async start(plan: TickPlan): Promise<{ url: string }> {
    const started = new WebSocketServer({ host: loopback, port: 0, perMessageDeflate: false });
    server = started;
    await once(started, "listening");
    started.on("connection", (socket) => serve(socket, plan));
    const { port } = started.address() as AddressInfo;
    return { url: `ws://${loopback}:${port}` };
  },

  /** Quotes that have gone out. */
  async sent(): Promise<number> {
    return sent;
  },
};

export type TickSourceCalls = typeof calls;

/** One client, which gets the quotes of those symbols that it subscribed to. */
function serve(socket: WebSocket, { seed, symbols, ticksPerSecond }: TickPlan): void {
  const gapMs = 1_000 / ticksPerSecond;
  const streams = new Map<string, Stream>();
  const send = (...messages: object[]) => socket.send(JSON.stringify(messages));
  let timer: NodeJS.Timeout | undefined;

  function subscribe(wanted: readonly string[]): void {
    for (const symbol of wanted) {
      if (streams.has(symbol) || !symbols.includes(symbol)) continue;
      const random = seededState(seed, "ticks", symbol);
      const dueMs = Date.now() + exponential(random) * gapMs;
      streams.set(symbol, { symbol, random, dueMs, bidCents: START_CENTS });
    }
    send({ T: "subscription", quotes: [...streams.keys()] });
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    const nextMs = Math.min(...[...streams.values()].map(({ dueMs }) => dueMs));
    if (nextMs !== Number.POSITIVE_INFINITY)
      timer = setTimeout(sendDue, Math.max(0, nextMs - Date.now()));
  }

  function sendDue(): void {
    const nowMs = Date.now();
    const due: VenueQuote[] = [];
    for (const stream of streams.values()) {
      for (; stream.dueMs <= nowMs; stream.dueMs += exponential(stream.random) * gapMs)
        due.push(nextQuote(stream));
    }
    if (due.length > 0)
      send(...due.map((quote) => ({ T: "q", bx: "V", ax: "V", c: ["R"], ...quote })));
    sent += due.length;
    schedule();
  }

  socket.on("message", (data) => {
    const message = JSON.parse(data.toString());
    if (message.action === "auth") send({ T: "success", msg: "authenticated" });
    if (message.action === "subscribe") subscribe(message.quotes);
  });
  socket.on("close", () => clearTimeout(timer));
  send({ T: "success", msg: "connected" });
}

/** Stamped with the time it is due at, so that who is late here counts as late. */
function nextQuote(stream: Stream): VenueQuote {
  const { symbol, random, dueMs } = stream;
  const draw = (values: number) => Math.floor(uniform(random) * values);
  stream.bidCents = Math.max(LOT, stream.bidCents + draw(3) - 1);
  return {
    S: symbol,
    bp: stream.bidCents / 100,
    bs: LOT * (1 + draw(20)),
    ap: (stream.bidCents + 1 + draw(3)) / 100,
    as: LOT * (1 + draw(20)),
    t: new Date(Math.ceil(dueMs)).toISOString(),
  };
}

serveParent(calls, async () => server?.close());
