import type { Places } from "../streams/attachment.ts";
import type { Conflation } from "../streams/conflation.ts";
import type { Connection } from "../streams/connection.ts";
import { type Delivery, encodeDelivery, joinsFlow, type Position } from "../streams/delivery.ts";
import type { Cursor, Topic } from "../streams/topic.ts";

/** A client's socket, and what is only worth knowing while the object is awake. */
export interface Client {
  readonly socket: WebSocket;
  connection: Connection;
  open: boolean;
  gotData: boolean;
  /** The newest journal entry that there is, sent or not. */
  accountHead: number;
  /** Topics in which it is not at the place of everybody else; null where it needs a snapshot first. */
  readonly positions: Map<Topic, Cursor | null>;
  /** Those of the positions that its socket keeps for when the object has slept. */
  kept: Places;
  /** Topics that wait for a replay: nothing newer may overtake it. */
  readonly held: Set<Topic>;
  /** Set while it is slow: what gathers for its one frame a second. */
  backlog: Conflation | null;
  /** Its messages are answered one after the other. */
  turn: Promise<void>;
  turnsWaiting: number;
}

export const createClient = (
  socket: WebSocket,
  connection: Connection,
  kept: Places = new Map(),
): Client => ({
  socket,
  connection,
  open: true,
  gotData: false,
  accountHead: 0,
  positions: new Map(kept),
  kept,
  held: new Set(),
  backlog: null,
  turn: Promise.resolve(),
  turnsWaiting: 0,
});

/** Sets where the client stands in a topic, apart from everybody else until the flow has reached it there. */
export function place(client: Client, topic: Topic, position: Cursor | null): void {
  client.positions.set(topic, position);
  // What gathered for it belongs to the place where it was.
  client.backlog?.forget(topic);
}

/** Forgets where the client stands in a topic that it does not take any more. */
export function displace(client: Client, topic: Topic): void {
  client.positions.delete(topic);
  client.held.delete(topic);
  client.backlog?.forget(topic);
}

/** Whether the client is where everybody else is in all of these, and as fast. */
export function isInFlow(client: Client, deliveries: readonly Delivery[]): boolean {
  if (client.backlog !== null) return false;
  const { positions, held } = client;
  if (positions.size === 0 && held.size === 0) return true;
  return !deliveries.some(({ topic }) => positions.has(topic) || held.has(topic));
}

/**
 * The messages of `deliveries` for a client that may be anywhere; afterwards it is in the flow, but for what is held.
 * What goes with the flow to a slow client gathers in its backlog instead.
 */
export function takeDeliveries(client: Client, deliveries: readonly Delivery[]): string[] {
  const messages: string[] = [];
  for (const delivery of deliveries) {
    const { topic } = delivery;
    if (client.held.has(topic)) continue;
    const known = client.positions.get(topic);
    const position: Position = known === undefined ? "flow" : known;
    if (position === "flow" && client.backlog !== null) {
      client.backlog.offer(delivery);
      continue;
    }
    messages.push(...encodeDelivery(delivery, position));
    if (joinsFlow(delivery, position)) client.positions.delete(topic);
  }
  return messages;
}
