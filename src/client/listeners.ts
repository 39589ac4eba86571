/** Whoever wants a stream's events: listeners by type, and iterations over all of them. */

import { EventQueue } from "./event-queue.ts";
import type { EventOf, StreamEvent } from "./events.ts";

type Listener = (event: never) => void;

export class Listeners {
  readonly #byType = new Map<StreamEvent["type"], Set<Listener>>();
  readonly #queues = new Set<EventQueue>();

  on<Type extends StreamEvent["type"]>(
    type: Type,
    listener: (event: EventOf<Type>) => void,
  ): () => void {
    const own = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, own.add(listener as Listener));
    return () => void own.delete(listener as Listener);
  }

  iterate(): AsyncIterableIterator<StreamEvent> {
    const queue: EventQueue = new EventQueue(() => this.#queues.delete(queue));
    this.#queues.add(queue);
    return queue;
  }

  emit(event: StreamEvent): void {
    for (const listener of [...(this.#byType.get(event.type) ?? [])]) {
      try {
        listener(event as never);
      } catch (error) {
        // The listener's fault must not be the stream's: it surfaces as an uncaught one.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    for (const queue of [...this.#queues]) queue.push(event);
  }

  /** Ends every iteration; listeners stay. */
  end(error: Error | null): void {
    for (const queue of [...this.#queues]) queue.end(error);
  }
}
