/** Bounds how much is under way at once. Who comes too late is turned away, not kept waiting. */
export class Gate {
  readonly #max: number;
  readonly #forgottenAfterMs: number;
  readonly #enteredMs = new Map<object, number>();

  /**
   * What was let in and never left is forgotten after a while: the runtime ends a request whose client has gone
   * without running it to its end.
   */
  constructor(max: number, forgottenAfterMs: number) {
    this.#max = max;
    this.#forgottenAfterMs = forgottenAfterMs;
  }

  /** How to leave again; undefined where there is no room. */
  enter(nowMs: number): (() => void) | undefined {
    this.#forget(nowMs);
    if (this.#enteredMs.size >= this.#max) return undefined;
    const entry = {};
    this.#enteredMs.set(entry, nowMs);
    return () => void this.#enteredMs.delete(entry);
  }

  // In the order in which they came.
  #forget(nowMs: number): void {
    for (const [entry, enteredMs] of this.#enteredMs) {
      if (nowMs - enteredMs < this.#forgottenAfterMs) return;
      this.#enteredMs.delete(entry);
    }
  }
}
