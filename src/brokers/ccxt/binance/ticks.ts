import type { Tick } from "../../../domain/quote.ts";
import type { Received, SubscribableProtocol } from "../../broker.ts";
import { parseFrame, received } from "../../received.ts";
import { fromMarketId, toMarketId } from "./symbols.ts";
import { type TickData, wireTickFrame } from "./wire.ts";

const STREAMS_MAX = 1_024;
const STREAMS_PER_SYMBOL = 2;
// Binance counts incoming frames (five a second), not the streams that they name.
const SYMBOLS_PER_FRAME = 200;

/** The id of the greeting; its answer shows that the connection carries. */
const GREETING_ID = 0;

/** Binance's combined price stream: best bid and ask, and trades. */
export function createBinanceTicks(streamUrl: string): SubscribableProtocol<Tick> {
  let lastId = GREETING_ID;
  const change = (method: "SUBSCRIBE" | "UNSUBSCRIBE") => (symbols: readonly string[]) => {
    const frames: string[] = [];
    for (let from = 0; from < symbols.length; from += SYMBOLS_PER_FRAME) {
      const params = symbols.slice(from, from + SYMBOLS_PER_FRAME).flatMap(streamsOf);
      lastId += 1;
      frames.push(JSON.stringify({ method, params, id: lastId }));
    }
    return frames;
  };

  const listSubscriptions = (id: number) => [JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id })];

  return {
    url: streamUrl,
    symbolsMax: STREAMS_MAX / STREAMS_PER_SYMBOL,

    // There is nothing to log in to. Asking for the list of streams shows when frames are taken.
    async greet() {
      return listSubscriptions(GREETING_ID);
    },

    receive(text, now): Received<Tick> {
      const frame = wireTickFrame().safeParse(parseFrame(text));
      if (!frame.success) return received({ fault: "unreadable frame" });
      if ("error" in frame.data) {
        const { code, msg } = frame.data.error;
        return received({ fault: `${code} ${msg}` });
      }
      if ("e" in frame.data) return received({ fault: frame.data.e });
      if ("id" in frame.data) return received({ ready: frame.data.id === GREETING_ID });
      const tick = toTick(frame.data.data, now);
      return received({ events: tick === null ? [] : [tick] });
    },

    subscribe: change("SUBSCRIBE"),
    unsubscribe: change("UNSUBSCRIBE"),
    ping() {
      lastId += 1;
      return listSubscriptions(lastId);
    },
  };
}

function streamsOf(symbol: string): string[] {
  const id = toMarketId(symbol).toLowerCase();
  return [`${id}@bookTicker`, `${id}@trade`];
}

function toTick(data: TickData, now: Date): Tick | null {
  const symbol = fromMarketId(data.s);
  if (symbol === undefined) return null;
  if ("p" in data) {
    return { kind: "trade", symbol, price: data.p, size: data.q, atMs: data.T };
  }
  return {
    kind: "quote",
    symbol,
    bidPrice: data.b,
    bidSize: data.B,
    askPrice: data.a,
    askSize: data.A,
    // The venue sends no time with it: it is news, so the time is that of its arrival.
    atMs: now.getTime(),
  };
}
