/** What waits to be sent, per topic: it stays small however slowly it is drained. */

import type { Delivery, MarketMessage } from "./delivery.ts";
import { type Cursor, channelOf, type Topic } from "./topic.ts";

/** A quote replaces the one before it; of trades the newest few are kept, so that a usual window loses none. */
const PENDING_MAX = { quotes: 1, trades: 32 } as const;

interface TopicState {
  epoch: string;
  /** The last number that was committed. */
  sent: number;
  latest: MarketMessage | null;
  pending: MarketMessage[];
  lost: Cursor | null;
}

export class Conflation {
  readonly #topics = new Map<Topic, TopicState>();
  readonly #waiting = new Map<Topic, TopicState>();

  /** Takes in messages, in order; what is known already is ignored, so a repeated delivery does no harm. */
  offer(delivery: Delivery): void {
    const { topic } = delivery;
    const state = this.#stateFor(delivery);
    for (const message of delivery.messages) {
      if (message.seq < (state.latest?.seq ?? 0)) continue;
      const known = message.seq <= Math.max(state.sent, state.pending.at(-1)?.seq ?? 0);
      state.latest = message;
      if (!known) state.pending.push(message);
    }
    const excess = state.pending.length - PENDING_MAX[channelOf(topic)];
    if (excess > 0) state.pending.splice(0, excess);
    if (state.pending.length > 0) this.#waiting.set(topic, state);
  }

  /** What waits, without forgetting it: `commit` does once it has arrived. */
  peek(): Delivery[] {
    return [...this.#waiting].map(([topic, { epoch, sent, pending, lost }]) => ({
      topic,
      epoch,
      from: sent,
      messages: [...pending],
      lost,
    }));
  }

  /** Marks `deliveries` as sent. What was offered since they were peeked stays. */
  commit(deliveries: readonly Delivery[]): void {
    for (const { topic, epoch, messages } of deliveries) {
      const state = this.#topics.get(topic);
      const last = messages.at(-1);
      if (state === undefined || last === undefined || state.epoch !== epoch) continue;
      state.sent = Math.max(state.sent, last.seq);
      state.lost = null;
      state.pending = state.pending.filter(({ seq }) => seq > state.sent);
      if (state.pending.length === 0) this.#waiting.delete(topic);
    }
  }

  /** Takes a commit back, since what was sent may not have arrived; of several the newest first. */
  restore(deliveries: readonly Delivery[]): void {
    for (const { topic, epoch, from, messages, lost } of deliveries) {
      const state = this.#topics.get(topic);
      if (state === undefined || state.epoch !== epoch) continue;
      state.sent = Math.min(state.sent, from);
      state.lost = lost;
      state.pending = [...messages, ...state.pending].slice(-PENDING_MAX[channelOf(topic)]);
      this.#waiting.set(topic, state);
    }
  }

  drain(): Delivery[] {
    const deliveries = this.peek();
    this.commit(deliveries);
    return deliveries;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** The newest message of a topic, sent or not. */
  latest(topic: Topic): (Cursor & MarketMessage) | undefined {
    const state = this.#topics.get(topic);
    return state?.latest ? { epoch: state.epoch, ...state.latest } : undefined;
  }

  /** Where the flow of a topic stands: how far it was committed, and what it has lost since. */
  flow(topic: Topic): (Cursor & { readonly lost: Cursor | null }) | undefined {
    const state = this.#topics.get(topic);
    return state && { epoch: state.epoch, seq: state.sent, lost: state.lost };
  }

  /** Where every topic stands, as deliveries of nothing: offered to another conflation, they make it go on from there. */
  flows(): Delivery[] {
    return [...this.#topics].map(([topic, { epoch, sent, lost }]) => ({
      topic,
      epoch,
      from: sent,
      messages: [],
      lost,
    }));
  }

  forget(topic: Topic): void {
    this.#topics.delete(topic);
    this.#waiting.delete(topic);
  }

  #stateFor({ topic, epoch, from, lost }: Delivery): TopicState {
    let state = this.#topics.get(topic);
    if (state === undefined) {
      state = { epoch, sent: from, latest: null, pending: [], lost };
      this.#topics.set(topic, state);
    } else if (state.epoch !== epoch) {
      // Nobody has heard of an epoch that began and ended while nothing could be sent: the first loss stands.
      state.lost ??= { epoch: state.epoch, seq: state.sent };
      Object.assign(state, { epoch, sent: from, latest: null, pending: [] });
      this.#waiting.delete(topic);
    }
    return state;
  }
}
