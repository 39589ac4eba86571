/** What the streaming objects need of the rest of the platform. */

import type { Principal } from "../domain/principal.ts";
import type { Quote } from "../domain/quote.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { JournalEvent } from "../streams/protocol.ts";

export interface StreamDeps {
  /** Throws `AppError` where the token is no good. */
  verifyToken(token: string): Promise<Principal>;
  readonly journal: Journal;
  /** Those of `symbols` that there are. */
  instrumentExists(symbols: readonly string[]): Promise<ReadonlySet<string>>;
  /** The feed of the symbol's venue. */
  feed(symbol: string): SymbolFeed;
  /** The shortest time between two frames to a client of a gateway. */
  readonly windowMs: number;
  now(): Date;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly metrics: Pick<Metrics, "gap">;
}

export interface Journal {
  /** Ascending by `seq`, which has no holes: entries after `afterSeq`, at most `limit` of them. */
  read(userId: string, afterSeq: number, limit: number): Promise<readonly JournalEvent[]>;
  head(userId: string): Promise<JournalHead>;
}

export interface JournalHead {
  /** Of the newest entry; 0 where there is none. */
  readonly seq: number;
  /** How many orders are open: while there are any, entries may come that nobody announces. */
  readonly openOrders: number;
}

/** Repeating either does no harm. */
export interface SymbolFeed {
  /** Follows the symbol until `unwatch`; answers its quote, null where the venue can't tell. */
  watch(): Promise<Quote | null>;
  unwatch(): Promise<void>;
}
