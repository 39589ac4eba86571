import type { Quote, Tick } from "../domain/quote.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import { gatherTicks } from "./gather-ticks.ts";

export interface RoomOutboxDeps {
  /** Resolves with how many listen to the room. */
  publish(symbol: string, update: RoomUpdate): Promise<number>;
  onListeners(symbol: string, listeners: number): void;
  /** A room that could not be told; its ticks are gone, its quote comes again with the next one. */
  onFailure(symbol: string, error: unknown): void;
}

/**
 * Tells rooms, with one call in flight a symbol: what comes meanwhile gathers and goes with the next. So a room gets its
 * ticks in order, and a slow one costs memory for a bounded number of them and delays nobody else.
 */
export class RoomOutbox {
  readonly #deps: RoomOutboxDeps;
  /** By symbol with a call in flight: what waits behind it. */
  readonly #waiting = new Map<string, RoomUpdate | null>();

  constructor(deps: RoomOutboxDeps) {
    this.#deps = deps;
  }

  push(quote: Quote, ticks: readonly Tick[]): void {
    const waiting = this.#waiting.get(quote.symbol);
    if (waiting === undefined) {
      void this.#send(quote.symbol, { quote, ticks });
      return;
    }
    this.#waiting.set(quote.symbol, { quote, ticks: gatherTicks(waiting?.ticks ?? [], ticks) });
  }

  async #send(symbol: string, first: RoomUpdate): Promise<void> {
    let update: RoomUpdate | null = first;
    while (update !== null) {
      this.#waiting.set(symbol, null);
      try {
        this.#deps.onListeners(symbol, await this.#deps.publish(symbol, update));
      } catch (error) {
        this.#deps.onFailure(symbol, error);
      }
      update = this.#waiting.get(symbol) ?? null;
    }
    this.#waiting.delete(symbol);
  }
}
