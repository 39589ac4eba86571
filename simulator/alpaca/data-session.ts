/** One client of the market data stream: authentication and subscriptions, as JSON text or as MessagePack. */

import { decode, encode } from "@msgpack/msgpack";
import type { Core } from "../core.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import type { StreamSocket } from "../sockets.ts";
import type { AlpacaSettings } from "./settings.ts";

const CHANNELS = ["trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses"] as const;
const AUTH_TIMEOUT_MS = 10_000;

export type Channel = (typeof CHANNELS)[number];
export type Message = JsonObject;

/** A message and its JSON, which is made once for all clients. */
export interface Gathered {
  readonly text: string;
  readonly message: Message;
}

export interface DataSession {
  readonly wanted: Readonly<Record<Channel, ReadonlySet<string>>>;
  /** Indices of what is gathered for this client until the next flush. */
  readonly pending: number[];
  readonly sendGathered: (gathered: readonly Gathered[]) => void;
  readonly receive: (data: Buffer) => void;
  readonly end: () => void;
}

export function openDataSession(
  core: Core,
  socket: StreamSocket,
  options: {
    readonly packed: boolean;
    readonly crowded: boolean;
    readonly settings: AlpacaSettings;
  },
): DataSession {
  const { packed, crowded, settings } = options;
  const wanted = Object.fromEntries(
    CHANNELS.map((channel) => [channel, new Set<string>()]),
  ) as Record<Channel, Set<string>>;
  let authenticated = false;

  const send = (message: Message) => {
    socket.send(packed ? encode([message]) : JSON.stringify([message]));
  };
  const fail = (code: number, msg: string) => send({ T: "error", code, msg });
  const failAndClose = (code: number, msg: string) => {
    fail(code, msg);
    socket.close(1000, msg);
  };

  function authenticate(message: Message): void {
    if (authenticated) {
      fail(403, "already authenticated");
      return;
    }
    const valid = message.key === settings.keyId && message.secret === settings.secret;
    core.counters.count("keys", `alpaca ${valid ? "valid" : "invalid"}`);
    authenticated = valid && !crowded;
    if (!valid) failAndClose(402, "auth failed");
    else if (crowded) failAndClose(406, "connection limit exceeded");
    else send({ T: "success", msg: "authenticated" });
  }

  function subscribe(message: Message, add: boolean): void {
    for (const channel of CHANNELS) {
      const after = new Set(wanted[channel]);
      for (const symbol of textsOf(message[channel])) {
        if (add) after.add(symbol);
        else after.delete(symbol);
      }
      if (settings.dataSymbolsMax > 0 && after.size > settings.dataSymbolsMax) {
        fail(405, "symbol limit exceeded");
        return;
      }
      wanted[channel] = after;
    }
    const lists = CHANNELS.map((channel) => [channel, [...wanted[channel]]]);
    send({ T: "subscription", ...Object.fromEntries(lists), lulds: [], corrections: [] });
  }

  const endTimeout = core.clock.after(AUTH_TIMEOUT_MS, () => {
    if (!authenticated) failAndClose(404, "auth timeout");
  });
  send({ T: "success", msg: "connected" });

  return {
    get wanted() {
      return wanted;
    },
    pending: [],
    end: endTimeout,
    sendGathered(gathered) {
      if (packed) socket.send(encode(gathered.map(({ message }) => message)));
      else socket.send(`[${gathered.map(({ text }) => text).join(",")}]`);
    },
    receive(data) {
      const message = parse(data, packed);
      if (message?.action === "auth") authenticate(message);
      else if (message?.action !== "subscribe" && message?.action !== "unsubscribe")
        fail(400, "invalid syntax");
      else if (authenticated) subscribe(message, message.action === "subscribe");
      else failAndClose(401, "not authenticated");
    },
  };
}

function parse(data: Buffer, packed: boolean): Message | undefined {
  if (!packed) return parseJsonObject(data.toString());
  try {
    const value = decode(data);
    return typeof value === "object" && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((it) => typeof it === "string") : [];
