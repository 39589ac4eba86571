/** The newest messages of one topic, for clients that were away for a moment. */

import type { MarketMessage } from "./delivery.ts";

export const RING_MESSAGES_MAX = 1_024;
export const RING_AGE_MAX_MS = 60_000;

export interface RingEntry extends MarketMessage {
  readonly atMs: number;
}

/** Holds messages with consecutive numbers, bounded in count and age. */
export class Ring {
  #entries: RingEntry[];
  /** Index of the oldest: dropping from the front of an array for each message would copy it each time. */
  #first = 0;

  constructor(entries: readonly RingEntry[] = []) {
    this.#entries = entries.slice(-RING_MESSAGES_MAX);
  }

  push(message: MarketMessage, nowMs: number): void {
    this.#entries.push({ ...message, atMs: nowMs });
    if (this.#entries.length - this.#first > RING_MESSAGES_MAX) this.#first += 1;
    if (this.#first >= RING_MESSAGES_MAX) this.#compact();
  }

  /** What came after `seq`, which must not be ahead of the newest; undefined where part of it is gone. */
  after(seq: number, nowMs: number): readonly MarketMessage[] | undefined {
    const kept = this.entries(nowMs);
    const oldest = kept[0];
    if (oldest === undefined || seq < oldest.seq - 1) return undefined;
    return kept.slice(seq - oldest.seq + 1).map((entry) => ({ seq: entry.seq, data: entry.data }));
  }

  entries(nowMs: number): readonly RingEntry[] {
    while ((this.#entries[this.#first]?.atMs ?? nowMs) < nowMs - RING_AGE_MAX_MS) this.#first += 1;
    this.#compact();
    return this.#entries;
  }

  #compact(): void {
    if (this.#first === 0) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
