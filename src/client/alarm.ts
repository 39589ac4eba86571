/** The longest that a timer can be set for. */
const LONGEST_MS = 2 ** 31 - 1;

/** A timer that rings once; setting it anew replaces what it was set for. */
export class Alarm {
  #timer: ReturnType<typeof setTimeout> | null = null;

  get isSet(): boolean {
    return this.#timer !== null;
  }

  set(ms: number, ring: () => void): void {
    this.clear();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        ring();
      },
      Math.min(LONGEST_MS, Math.max(0, ms)),
    );
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
