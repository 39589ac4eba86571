/** Very many delays, counted in steps of a tenth of a millisecond. */

const STEPS_PER_MS = 10;
const STEPS_MAX = 60_000 * STEPS_PER_MS;

export class Delays {
  readonly #counts = new Uint32Array(STEPS_MAX + 1);
  #total = 0;

  record(ms: number): void {
    const step = Math.min(STEPS_MAX, Math.max(0, Math.round(ms * STEPS_PER_MS)));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total += 1;
  }

  /** What a share of all, 0 to 1, does not exceed, ms; NaN of none. */
  percentile(share: number): number {
    if (this.#total === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#total));
    const step = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return step / STEPS_PER_MS;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
