/** The server's half of the stream protocol, as it arrives. */

import type { MarketChannel, Topic } from "./topic.ts";

/** Amounts are decimal texts. What nobody knows is null. */
export interface QuoteData {
  readonly price: string | null;
  readonly bid_price: string | null;
  readonly bid_size: string | null;
  readonly ask_price: string | null;
  readonly ask_size: string | null;
  readonly timestamp: string | null;
  readonly source: string | null;
}

export interface TradeData {
  readonly price: string;
  readonly size: string | null;
  readonly timestamp: string;
}

export interface WelcomeMessage {
  readonly type: "welcome";
  readonly connection_id: string;
  readonly heartbeat_ms: number;
}

export interface SubscribedMessage {
  readonly type: "subscribed";
  readonly id?: string | number;
  readonly subscriptions: {
    readonly quotes: readonly string[];
    readonly trades?: readonly string[];
    readonly account: boolean;
  };
  /** Where the account channel stands: everything after it will come. */
  readonly account_seq?: number;
}

export interface MarketMessage {
  readonly type: "snapshot" | "quote" | "trade";
  readonly channel: MarketChannel;
  readonly symbol: string;
  readonly epoch: string;
  readonly seq: number;
  readonly skipped?: number;
  readonly data: QuoteData | TradeData;
}

export interface JournalMessage {
  readonly type: "order" | "cash" | "account";
  readonly channel: "account";
  readonly seq: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface GapMessage {
  readonly type: "gap";
  readonly channel: MarketChannel;
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
}

export interface HeartbeatMessage {
  readonly type: "heartbeat";
  readonly counter: number;
  readonly account_seq?: number;
}

export interface ErrorMessage {
  readonly type: "error";
  readonly id?: string | number;
  readonly code: number;
  readonly message: string;
}

export type ServerMessage =
  | WelcomeMessage
  | SubscribedMessage
  | MarketMessage
  | JournalMessage
  | GapMessage
  | HeartbeatMessage
  | ErrorMessage
  | { readonly type: "pong" };

type Raw = Readonly<Record<string, unknown>>;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (value: unknown): boolean => typeof value === "string";
const isObject = (value: unknown): value is Raw => typeof value === "object" && value !== null;
const isMarket = ({ channel, symbol }: Raw): boolean =>
  (channel === "quotes" || channel === "trades") && isText(symbol);
const isCounted = (raw: Raw): boolean =>
  isMarket(raw) && isText(raw.epoch) && isCount(raw.seq) && isObject(raw.data);
const isEntry = ({ channel, seq, event, data }: Raw): boolean =>
  channel === "account" && isCount(seq) && isText(event) && isObject(data);

/** What this client relies on in each type of message. */
const SOUND: Readonly<Record<ServerMessage["type"], (raw: Raw) => boolean>> = {
  welcome: ({ heartbeat_ms }) => isCount(heartbeat_ms),
  subscribed: ({ subscriptions }) => isObject(subscriptions) && Array.isArray(subscriptions.quotes),
  snapshot: isCounted,
  quote: isCounted,
  trade: isCounted,
  order: isEntry,
  cash: isEntry,
  account: isEntry,
  gap: (raw) => isMarket(raw) && isText(raw.from) && isText(raw.to),
  heartbeat: ({ counter }) => isCount(counter),
  error: ({ code, message }) => isCount(code) && isText(message),
  pong: () => true,
};

/** The messages of a frame; types that are new to this client are left out. Undefined: this is not our protocol. */
export function parseFrame(text: unknown): ServerMessage[] | undefined {
  if (typeof text !== "string") return undefined;
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(frame)) return undefined;
  const messages: ServerMessage[] = [];
  for (const raw of frame as unknown[]) {
    if (!isObject(raw) || typeof raw.type !== "string") return undefined;
    const isSound = Object.hasOwn(SOUND, raw.type) && SOUND[raw.type as ServerMessage["type"]];
    if (isSound === false) continue;
    if (!isSound(raw)) return undefined;
    messages.push(raw as unknown as ServerMessage);
  }
  return messages;
}

/** The market topics that a connection has. */
export function topicsOf({ subscriptions }: SubscribedMessage): Set<Topic> {
  const { quotes, trades = [] } = subscriptions;
  return new Set<Topic>([
    ...quotes.map((symbol): Topic => `quotes|${symbol}`),
    ...trades.map((symbol): Topic => `trades|${symbol}`),
  ]);
}
