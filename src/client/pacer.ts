/** The server takes ten messages a second, and closes on whoever does not keep to that. */
const MESSAGES_MAX = 8;
const WINDOW_MS = 1_000;

/** Keeps what a client sends below the server's limit. */
export class Pacer {
  readonly #sentAtMs: number[] = [];

  /** How long the next message has to wait. */
  delayMs(nowMs: number): number {
    const oldest = this.#sentAtMs[0];
    if (this.#sentAtMs.length < MESSAGES_MAX || oldest === undefined) return 0;
    return Math.min(WINDOW_MS, Math.max(0, oldest + WINDOW_MS - nowMs));
  }

  sent(nowMs: number): void {
    this.#sentAtMs.push(nowMs);
    if (this.#sentAtMs.length > MESSAGES_MAX) this.#sentAtMs.shift();
  }
}
