/** Events on their way to somebody who iterates. */

import type { StreamEvent } from "./events.ts";

/** Whoever is this far behind will not catch up: the iteration ends with an error, rather than with a silent hole. */
const WAITING_MAX = 10_000;

export class EventQueue implements AsyncIterableIterator<StreamEvent> {
  readonly #release: () => void;
  #waiting: StreamEvent[] = [];
  #takers: ((result: Promise<IteratorResult<StreamEvent>>) => void)[] = [];
  /** Undefined while it goes on; an error, or null for a quiet end. */
  #end: Error | null | undefined;

  /** `release` is called once, when nobody will iterate any more. */
  constructor(release: () => void) {
    this.#release = release;
  }

  push(event: StreamEvent): void {
    if (this.#end !== undefined) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(Promise.resolve({ value: event, done: false }));
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(event);
    else this.end(new Error(`the iteration is ${WAITING_MAX} events behind its stream`));
  }

  /** Ends behind what is waiting. */
  end(error: Error | null): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#release();
    for (const taker of this.#takers) taker(this.#ended());
    this.#takers = [];
  }

  next(): Promise<IteratorResult<StreamEvent>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#end !== undefined) return this.#ended();
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  return(): Promise<IteratorResult<StreamEvent>> {
    this.#waiting = [];
    this.end(null);
    return this.#ended();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #ended(): Promise<IteratorResult<StreamEvent>> {
    if (this.#end instanceof Error) {
      const error = this.#end;
      this.#end = null;
      return Promise.reject(error);
    }
    return Promise.resolve({ value: undefined, done: true });
  }
}
