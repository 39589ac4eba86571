import { type Delivery, mergeDeliveries } from "../streams/delivery.ts";
import { restMs } from "../streams/flush-window.ts";
import type { Audience } from "./audience.ts";

/** Timers are no finer. */
const REST_MIN_MS = 1;

/**
 * Sends a room's own sockets what they want, one fan-out at a time. A room that did nothing else would keep everybody
 * waiting, these sockets too, so it rests after each: what comes meanwhile goes in one frame.
 */
export class FanOut {
  readonly #audience: Pick<Audience, "broadcast">;
  #waiting: Delivery[] = [];
  #isRunning = false;
  #sent: Promise<void> = Promise.resolve();
  #rested: Promise<void> | null = null;

  constructor(audience: Pick<Audience, "broadcast">) {
    this.#audience = audience;
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
    const { frames } = await this.#audience.broadcast(deliveries);
    const restsMs = restMs({ frames, batches: 1 });
    this.#rested = restsMs >= REST_MIN_MS ? scheduler.wait(restsMs) : null;
  }
}
