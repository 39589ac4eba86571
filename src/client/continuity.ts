/** Holds what comes of each market topic against the rule `seq = previous + 1 + skipped`. */

import { eventTypeOf, type GapEvent, type QuoteEvent, type TradeEvent } from "./events.ts";
import type { GapMessage, MarketMessage } from "./messages.ts";
import { type Cursor, formatCursor, type Topic, topicOf } from "./topic.ts";

type MarketEvent = QuoteEvent | TradeEvent | GapEvent;

interface Place {
  readonly cursor: Cursor;
  /** The server has said that the next snapshot does not follow on the cursor. */
  readonly gapTold: boolean;
}

export class Continuity {
  readonly #places = new Map<Topic, Place>();

  cursorOf(topic: Topic): Cursor | undefined {
    return this.#places.get(topic)?.cursor;
  }

  cursors(): [Topic, Cursor][] {
    return [...this.#places].map(([topic, { cursor }]) => [topic, cursor]);
  }

  /** Goes on from there, as if that message had come. */
  place(topic: Topic, cursor: Cursor): void {
    this.#places.set(topic, { cursor, gapTold: false });
  }

  forget(topic: Topic): void {
    this.#places.delete(topic);
  }

  /** What a message means to the user: nothing, if it is known; otherwise itself, behind a gap if something is missing. */
  take(message: MarketMessage | GapMessage): MarketEvent[] {
    const topic = topicOf(message.channel, message.symbol);
    const place = this.#places.get(topic);
    if (message.type === "gap") {
      if (place !== undefined) this.#places.set(topic, { ...place, gapTold: true });
      const { type, channel, symbol, from, to } = message;
      return [{ type, channel, symbol, from, to }];
    }
    const previous = place?.cursor;
    const { epoch, seq } = message;
    if (previous?.epoch === epoch && seq <= previous.seq) return [];
    this.place(topic, { epoch, seq });
    const event = toEvent(message, previous);
    const isGap = previous !== undefined && !place?.gapTold && !follows(message, previous);
    return isGap ? [toGap(message, previous), ...event] : event;
  }
}

/** A snapshot says nothing of what came before it. A message that skips more than is missing overlaps, which is no harm. */
function follows({ type, epoch, seq, skipped = 0 }: MarketMessage, previous: Cursor): boolean {
  return type !== "snapshot" && epoch === previous.epoch && seq - 1 - skipped <= previous.seq;
}

function toEvent(message: MarketMessage, previous: Cursor | undefined): MarketEvent[] {
  const { type, channel, symbol, epoch, seq, data } = message;
  const snapshot = type === "snapshot";
  // The snapshot of a symbol that never traded holds nothing.
  if (channel === "trades" && !("price" in data)) return [];
  const missing = previous?.epoch === epoch ? seq - 1 - previous.seq : 0;
  const skipped = snapshot ? 0 : Math.min(message.skipped ?? 0, missing);
  const event = { type: eventTypeOf(channel), symbol, epoch, seq, snapshot, skipped, data };
  return [event as QuoteEvent | TradeEvent];
}

function toGap({ channel, symbol, epoch, seq }: MarketMessage, previous: Cursor): GapEvent {
  const to = formatCursor({ epoch, seq });
  return { type: "gap", channel, symbol, from: formatCursor(previous), to };
}
