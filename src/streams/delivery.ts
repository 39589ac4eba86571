/** A step of one topic's stream, and what it means to a client at a given position. */

import { encodeGap, encodeMarketMessage } from "./protocol.ts";
import { type Cursor, channelOf, type Topic } from "./topic.ts";

export interface MarketMessage {
  readonly seq: number;
  /** JSON text. A quote's is the whole state, so it serves as a snapshot too. */
  readonly data: string;
}

export interface Delivery {
  readonly topic: Topic;
  readonly epoch: string;
  /** Whoever is in the flow has had everything up to here, conflated or not. */
  readonly from: number;
  /** Ascending, all after `from`; numbers that are missing were conflated away. */
  readonly messages: readonly MarketMessage[];
  /** Where the flow stood when what follows was lost; only the newest message is good then. Null in the usual case. */
  readonly lost: Cursor | null;
}

/** `flow`: the client has had what everybody has had. Null: it has had nothing and needs a snapshot first. */
export type Position = Cursor | "flow" | null;

/**
 * The messages that bring a client at `position` to the end of `delivery`. Each obeys `seq = previous + 1 + skipped`;
 * where some are lost for good, a gap and a snapshot say so.
 */
export function encodeDelivery(delivery: Delivery, position: Position): string[] {
  const { topic, epoch, messages, lost } = delivery;
  const last = messages.at(-1);
  if (last === undefined) return [];
  const end = { epoch, seq: last.seq };
  if (position === null) return [encodeMarketMessage("snapshot", topic, end, last.data)];

  const missed = position === "flow" ? lost : position.epoch === epoch ? null : position;
  if (missed !== null) {
    return [encodeGap(topic, missed, end), encodeMarketMessage("snapshot", topic, end, last.data)];
  }

  const type = channelOf(topic) === "quotes" ? "quote" : "trade";
  let previous = position === "flow" ? delivery.from : position.seq;
  const texts: string[] = [];
  for (const { seq, data } of messages) {
    if (seq <= previous) continue;
    texts.push(encodeMarketMessage(type, topic, { epoch, seq }, data, seq - previous - 1));
    previous = seq;
  }
  return texts;
}

/** Whether a client at `position` is in the flow once `delivery` has gone out. */
export function joinsFlow(delivery: Delivery, position: Position): boolean {
  const last = delivery.messages.at(-1);
  if (last === undefined) return false;
  if (position === "flow" || position === null || position.epoch !== delivery.epoch) return true;
  return last.seq >= position.seq;
}

/** Consecutive deliveries as one of each topic; those of different epochs stay apart. */
export function mergeDeliveries(deliveries: readonly Delivery[]): Delivery[] {
  const merged: Delivery[] = [];
  const lastOf = new Map<Topic, number>();
  for (const delivery of deliveries) {
    const at = lastOf.get(delivery.topic);
    const before = at === undefined ? undefined : merged[at];
    if (at === undefined || before?.epoch !== delivery.epoch || delivery.lost !== null) {
      lastOf.set(delivery.topic, merged.length);
      merged.push(delivery);
    } else {
      merged[at] = { ...before, messages: [...before.messages, ...delivery.messages] };
    }
  }
  return merged;
}
