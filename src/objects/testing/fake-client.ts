/** A client of the streaming objects, as a test sees the world. */

import { decimal } from "../../domain/decimal.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Quote, Tick } from "../../domain/quote.ts";
import { toUpgradeRequest } from "../../streams/handshake.ts";

const POLL_MS = 10;
const PATIENCE_MS = 20_000;

export type Received = Readonly<Record<string, unknown>>;

export interface FakeClient {
  readonly connectionId: string;
  /** Everything received so far, in order. */
  readonly messages: Received[];
  readonly frames: Received[][];
  readonly closed: { code: number | null };
  /** Text and bytes as they are, anything else as JSON. */
  send(message: unknown): void;
  close(): void;
  /** Waits for as many messages of a type as `count`, and answers all of that type. */
  got(type: string, count?: number): Promise<Received[]>;
}

export const principalOf = (userId: string, changes: Partial<Principal> = {}): Principal => ({
  userId,
  sessionId: crypto.randomUUID(),
  apiKeyId: null,
  scopes: ["read", "trade"],
  expiresAt: new Date(Date.now() + 30 * 60_000),
  ...changes,
});

/** Connects as the Worker would; without a principal the client has yet to authenticate. */
export async function connect(
  object: Pick<Fetcher, "fetch">,
  principal: Principal | null = principalOf(crypto.randomUUID()),
): Promise<FakeClient> {
  const connectionId = crypto.randomUUID();
  const requestId = crypto.randomUUID();
  const handshake = { connectionId, requestId, principal, subprotocol: false };
  const { webSocket: socket, status } = await object.fetch(toUpgradeRequest(handshake));
  if (socket === null) throw new Error(`no socket: ${status}`);
  const messages: Received[] = [];
  const frames: Received[][] = [];
  const closed: FakeClient["closed"] = { code: null };
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data));
    frames.push(frame);
    messages.push(...frame);
  });
  socket.addEventListener("close", ({ code }) => {
    closed.code = code;
  });
  socket.accept();
  return {
    connectionId,
    messages,
    frames,
    closed,
    send(message) {
      const isRaw = typeof message === "string" || message instanceof Uint8Array;
      socket.send(isRaw ? message : JSON.stringify(message));
    },
    close: () => socket.close(1000),
    async got(type, count = 1) {
      const own = () => messages.filter((message) => message.type === type);
      for (let waitedMs = 0; own().length < count; waitedMs += POLL_MS) {
        if (waitedMs >= PATIENCE_MS)
          throw new Error(`${own().length} of ${count} ${type} came: ${JSON.stringify(messages)}`);
        await scheduler.wait(POLL_MS);
      }
      return own();
    },
  };
}

export function quoteOf(symbol: string, price: string, changes: Partial<Quote> = {}): Quote {
  return {
    symbol,
    bidPrice: decimal(price),
    bidSize: decimal("100"),
    askPrice: decimal(price),
    askSize: decimal("200"),
    price: decimal(price),
    size: decimal("10"),
    open: null,
    high: null,
    low: null,
    volume: null,
    previousClose: null,
    halted: false,
    atMs: Date.now(),
    confirmedAtMs: Date.now(),
    source: "stream",
    ...changes,
  };
}

function quoteTickOf(symbol: string, price: string): Tick {
  return {
    kind: "quote",
    symbol,
    bidPrice: decimal(price),
    bidSize: decimal("100"),
    askPrice: decimal(price),
    askSize: decimal("200"),
    atMs: Date.now(),
  };
}

export const tradeTickOf = (symbol: string, price: string): Tick => ({
  kind: "trade",
  symbol,
  price: decimal(price),
  size: decimal("10"),
  atMs: Date.now(),
});

/** What a feed publishes after ticks of quotes: the bid and the ask move, the last trade stays at `price`. */
export const movesOf = (symbol: string, price: string, bids: readonly string[]) => ({
  quote: quoteOf(symbol, price, {
    bidPrice: decimal(bids.at(-1) ?? price),
    askPrice: decimal(bids.at(-1) ?? price),
  }),
  ticks: bids.map((bid) => quoteTickOf(symbol, bid)),
});

/** Whether market messages of one topic can be told complete: each follows on the one before. */
export function isGapless(messages: readonly Received[]): boolean {
  let previous: Received | undefined;
  for (const message of messages) {
    if (previous !== undefined && message.type !== "snapshot") {
      const skipped = Number(message.skipped ?? 0);
      if (message.epoch !== previous.epoch) return false;
      if (Number(message.seq) !== Number(previous.seq) + 1 + skipped) return false;
    }
    previous = message;
  }
  return true;
}
