import { type Delivery, mergeDeliveries } from "../streams/delivery.ts";
import { budgetMs } from "../streams/flush-window.ts";
import type { Audience } from "./audience.ts";

/** Timers are no finer. */
const REST_MIN_MS = 1;

/**
 * Sends a room's own sockets what they want, one fan-out at a time. A room that did nothing else would keep everybody
 * waiting, these sockets too, so it rests after each: what comes meanwhile goes in one frame.
 */
export class FanOut {
  readonly #audience: Pick<Audience, "broadcast">;
  readonly #now: () => Date;
  #waiting: Delivery[] = [];
  #isRunning = false;
  #sent: Promise<void> = Promise.resolve();
  #rested: Promise<void> | null = null;

  constructor(audience: Pick<Audience, "broadcast">, now: () => Date) {
    this.#audience = audience;
    this.#now = now;
  }

  /** Resolves when the fan-out that is under way has ended: whoever waits for that can't outrun it. */
  push(deliveries: readonly Delivery[]): Promise<void> {
    this.#waiting.push(...deliveries);
    void this.#run();
    return this.#sent;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting.length > 0) {
        if (this.#rested !== null) await this.#rested;
        this.#sent = this.#send();
        await this.#sent;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #send(): Promise<void> {
    const deliveries = mergeDeliveries(this.#waiting);
    this.#waiting = [];
    const startedAtMs = this.#now().getTime();
    const { frames } = await this.#audience.broadcast(deliveries);
    const restMs = startedAtMs + budgetMs({ frames, batches: 1 }) - this.#now().getTime();
    this.#rested = restMs >= REST_MIN_MS ? scheduler.wait(restMs) : null;
  }
}
