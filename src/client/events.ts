/** What a stream tells its user. */

import type { QuoteData, TradeData } from "./messages.ts";
import type { Channel, MarketChannel } from "./topic.ts";

interface Counted {
  readonly symbol: string;
  readonly epoch: string;
  readonly seq: number;
  /** The present state, not news: the first message of a topic, or the first after a gap. */
  readonly snapshot: boolean;
  /** How many messages before this one were conflated into it. */
  readonly skipped: number;
}

export interface QuoteEvent extends Counted {
  readonly type: "quote";
  readonly data: QuoteData;
}

export interface TradeEvent extends Counted {
  readonly type: "trade";
  readonly data: TradeData;
}

/** An entry of the account's journal: each comes once, in the order of `seq`, which has no holes. */
export interface JournalEvent {
  readonly type: "order" | "cash" | "account";
  readonly seq: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Something was lost for good. What follows is the present state; of the account channel, REST has the rest. */
export interface GapEvent {
  readonly type: "gap";
  readonly channel: Channel;
  /** Null for the account. */
  readonly symbol: string | null;
  /** The last that came; `k3:10400`, or the account's seq. */
  readonly from: string;
  /** Where it goes on; null where the account channel can't tell yet. */
  readonly to: string | null;
}

/** The platform will not send these. They are not asked for again. */
export interface RefusedEvent {
  readonly type: "refused";
  readonly code: number;
  readonly message: string;
  readonly channels: readonly Channel[];
  readonly symbols: readonly string[];
}

export interface StatusEvent {
  readonly type: "status";
  readonly state: "connecting" | "open" | "waiting" | "closed";
  /** Connections that failed or broke since one last stood for a while. */
  readonly attempt: number;
  /** With `waiting`. */
  readonly retryInMs?: number;
  /** Why it waits, or closed for good. */
  readonly error?: StreamError;
}

export type StreamEvent =
  | QuoteEvent
  | TradeEvent
  | JournalEvent
  | GapEvent
  | RefusedEvent
  | StatusEvent;

export type EventOf<Type extends StreamEvent["type"]> = Extract<
  StreamEvent,
  { readonly type: Type }
>;

/** Why a stream broke or ended. `code` is the close code; 0 where there was none. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const eventTypeOf = (channel: MarketChannel) => (channel === "quotes" ? "quote" : "trade");
