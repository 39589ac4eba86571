import { backoffMs } from "../domain/backoff.ts";
import { Conflation } from "../streams/conflation.ts";
import type { Delivery } from "../streams/delivery.ts";
import {
  delayMs,
  type FlushWindow,
  gatherMs,
  OPENING_WINDOW,
  untilNextFlushMs,
} from "../streams/flush-window.ts";
import { Link, type LinkEvents, type LinkSocket } from "../streams/link.ts";
import { channelOf, type MarketChannel, type Topic } from "../streams/topic.ts";

/** Some ten minutes of trying. */
const FAILURES_MAX = 25;

/** What a gateway answers to a batch. */
export interface PushAnswer {
  /** How often it flushes. */
  readonly windowMs: number;
  /** How long it is until the next time. */
  readonly untilFlushMs: number;
  /** What its clients still want of the symbol. */
  readonly channels: readonly MarketChannel[];
  /** How many of its clients that are. */
  readonly listeners: number;
}

export interface OutboxDeps {
  push(deliveries: readonly Delivery[]): Promise<PushAnswer>;
  /** Opens what many pushes go over. */
  dial(events: LinkEvents): Promise<LinkSocket>;
  now(): Date;
  /** The gateway wants nothing any more, or was out of reach for too long: `error` says why. */
  dropped(error?: unknown): void;
}

/** One gateway of a room: at most one batch is under way, and one goes out in a window, just before it is flushed. */
export class GatewayOutbox {
  readonly #deps: OutboxDeps;
  readonly #pending = new Conflation();
  readonly #link: Link<readonly Delivery[], PushAnswer>;
  #channels: ReadonlySet<MarketChannel> = new Set();
  #window: FlushWindow = OPENING_WINDOW;
  #listeners = 1;
  #failures = 0;
  #choices = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#link = new Link({
      call: (deliveries) => deps.push(deliveries),
      dial: (events) => deps.dial(events),
      meanwhile: (answer, sinceAskedMs) => ({
        ...answer,
        untilFlushMs: untilNextFlushMs(answer.windowMs, answer.untilFlushMs, sinceAskedMs),
      }),
      broken: (batches) => {
        for (const deliveries of batches.toReversed()) this.#pending.restore(deliveries);
        this.#pushLater();
      },
      now: () => deps.now(),
    });
  }

  get channels(): ReadonlySet<MarketChannel> {
    return this.#channels;
  }

  /** As the gateway told last. */
  get listeners(): number {
    return this.#listeners;
  }

  /** Chooses what goes to the gateway; a topic that is new to it starts at `flow`, which it has from elsewhere. */
  choose(channels: readonly MarketChannel[], flow: readonly Delivery[]): void {
    this.#choices += 1;
    this.#channels = new Set(channels);
    for (const delivery of flow) {
      if (!this.#channels.has(channelOf(delivery.topic))) this.#pending.forget(delivery.topic);
      else if (this.#pending.flow(delivery.topic) === undefined) this.#pending.offer(delivery);
    }
  }

  /** What the gateway has for sure, as the start of a delivery. */
  flow(topic: Topic): Pick<Delivery, "from" | "lost"> {
    const { seq, lost } = this.#pending.flow(topic) ?? { seq: 0, lost: null };
    return { from: seq, lost };
  }

  /** Nothing waits or is under way. */
  get isIdle(): boolean {
    return this.#pending.isEmpty && !this.#isBusy && this.#link.isAtRest;
  }

  offer(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      if (this.#channels.has(channelOf(delivery.topic))) this.#pending.offer(delivery);
    }
    this.#pushLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#link.close();
  }

  #pushLater(waitMs = delayMs(this.#window, this.#deps.now().getTime())): void {
    if (this.#isBusy || this.#isClosed || this.#pending.isEmpty) return;
    this.#isBusy = true;
    if (waitMs === 0) void this.#push();
    else setTimeout(() => void this.#push(), waitMs);
  }

  async #push(): Promise<void> {
    const deliveries = this.#isClosed ? [] : this.#pending.peek();
    const choices = this.#choices;
    let waitMs: number | undefined;
    try {
      if (deliveries.length > 0) {
        const sentAtMs = this.#deps.now().getTime();
        const { windowMs, untilFlushMs, channels, listeners } = await this.#link.push(deliveries);
        const answeredAtMs = this.#deps.now().getTime();
        // Committed only now: what the gateway did not confirm goes again, and it ignores what it has. Of a link that
        // breaks, what was taken on trust comes back.
        this.#pending.commit(deliveries);
        this.#window = {
          windowMs: gatherMs(windowMs, untilFlushMs, answeredAtMs - sentAtMs),
          flushedAtMs: answeredAtMs,
        };
        this.#failures = 0;
        this.#listeners = listeners;
        // Unless it has asked anew while its answer was on the way.
        if (channels.length === 0 && choices === this.#choices) this.#drop();
      }
    } catch (error) {
      waitMs = backoffMs(this.#failures, Math.random());
      this.#failures += 1;
      if (this.#failures >= FAILURES_MAX) this.#drop(error);
    }
    this.#isBusy = false;
    this.#pushLater(waitMs);
  }

  #drop(error?: unknown): void {
    this.close();
    this.#deps.dropped(error);
  }
}
