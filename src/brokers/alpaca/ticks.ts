import type { Tick } from "../../domain/quote.ts";
import type { Received, SubscribableProtocol } from "../broker.ts";
import { parseFrame, received } from "../received.ts";
import type { AlpacaSettings } from "./client.ts";
import { toHalted } from "./translate-market.ts";
import { wireTickFrame } from "./wire.ts";

type TickSettings = Pick<AlpacaSettings, "keyId" | "secretKey" | "streamUrl" | "streamSymbolsMax">;

/** Alpaca's price stream in JSON: quotes, trades and halts. */
export function createAlpacaTicks(settings: TickSettings): SubscribableProtocol<Tick> {
  const change = (action: "subscribe" | "unsubscribe") => (symbols: readonly string[]) =>
    symbols.length === 0
      ? []
      : [JSON.stringify({ action, quotes: symbols, trades: symbols, statuses: symbols })];

  const subscribe = change("subscribe");

  return {
    url: settings.streamUrl,
    symbolsMax: settings.streamSymbolsMax,

    // The venue speaks first; the key goes out as the reply to its welcome.
    async greet() {
      return [];
    },

    receive(text): Received<Tick> {
      const frame = wireTickFrame().safeParse(parseFrame(text));
      if (!frame.success) return received({ fault: "unreadable frame" });
      const events: Tick[] = [];
      const replies: string[] = [];
      let ready = false;
      for (const message of frame.data) {
        if ("bp" in message) {
          events.push({
            kind: "quote",
            symbol: message.S,
            bidPrice: message.bp,
            bidSize: message.bs,
            askPrice: message.ap,
            askSize: message.as,
            atMs: message.t.getTime(),
          });
        } else if ("p" in message) {
          const { S: symbol, p: price, s: size, t } = message;
          events.push({ kind: "trade", symbol, price, size, atMs: t.getTime() });
        } else if ("sc" in message) {
          const halted = toHalted(message.sc);
          if (halted === null) continue;
          events.push({ kind: "status", symbol: message.S, halted, atMs: message.t.getTime() });
        } else if ("code" in message) {
          return received({ fault: `${message.code} ${message.msg}` });
        } else if ("msg" in message) {
          if (message.msg === "connected") replies.push(authentication(settings));
          if (message.msg === "authenticated") ready = true;
        }
      }
      return received({ events, replies, ready });
    },

    subscribe,
    unsubscribe: change("unsubscribe"),
    // Subscribing adds to what there is, and is answered with all of it.
    ping: (symbols) => subscribe(symbols.slice(0, 1)),
  };
}

const authentication = ({ keyId, secretKey }: TickSettings): string =>
  JSON.stringify({ action: "auth", key: keyId, secret: secretKey });
