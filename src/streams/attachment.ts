/** What of a connection survives hibernation: it goes with the socket, in at most 16 KiB. */

import type { Principal } from "../domain/principal.ts";
import type { Connection } from "./connection.ts";
import { MESSAGES_PER_SECOND_MAX } from "./protocol.ts";
import { type Cursor, channelOf, MARKET_CHANNELS, symbolOf, type Topic, topicOf } from "./topic.ts";

/** Where a client is that is not where everybody else is, by topic; null: before a snapshot. */
export type Places = ReadonlyMap<Topic, Cursor | null>;

/** So many fit beside the longest list of symbols. */
export const PLACES_MAX = 64;

/** Symbols stand in one string, each channel as one, since an array of 400 topics would not fit. */
export interface Attachment {
  readonly id: string;
  readonly openedAtMs: number;
  readonly principal: Principal | null;
  readonly symbols: Readonly<Record<string, string>>;
  readonly accountSeq: number | null;
  readonly heartbeat: Connection["heartbeat"];
  readonly places: readonly (readonly [Topic, Cursor | null])[];
}

export function toAttachment(connection: Connection, places: Places): Attachment {
  const { id, openedAtMs, principal, topics, accountSeq, heartbeat } = connection;
  const symbols: Record<string, string> = {};
  for (const channel of MARKET_CHANNELS) {
    const own = [...topics].filter((topic) => channelOf(topic) === channel);
    if (own.length > 0) symbols[channel] = own.map(symbolOf).join(",");
  }
  return { id, openedAtMs, principal, symbols, accountSeq, heartbeat, places: [...places] };
}

export function fromAttachment(attachment: Attachment, nowMs: number): Connection {
  const { symbols, places: _, ...kept } = attachment;
  const topics = new Set<Topic>();
  for (const channel of MARKET_CHANNELS) {
    for (const symbol of symbols[channel]?.split(",") ?? []) topics.add(topicOf(channel, symbol));
  }
  return { ...kept, topics, allowance: { messages: MESSAGES_PER_SECOND_MAX, atMs: nowMs } };
}
