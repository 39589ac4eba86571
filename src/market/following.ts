import { placeSymbols } from "./feed-mode.ts";

/** The order by audience is looked at again after this long: each change costs the venue a subscription and a snapshot. */
const PLACED_MS = 10_000;

export interface Placement {
  readonly streamed: readonly string[];
  readonly polled: readonly string[];
}

/** Which symbols a feed follows, and which of them its stream carries: those with the largest audience. */
export class Following {
  readonly #symbolsMax: number;
  /** With how many listen, as far as their rooms have told; in the order in which they came. */
  readonly #watched: Map<string, number>;
  #held: ReadonlySet<string>;
  #placement: Placement = { streamed: [], polled: [] };
  #placeAtMs = 0;

  constructor(symbolsMax: number, watched: Iterable<string>, held: Iterable<string>) {
    this.#symbolsMax = symbolsMax;
    this.#watched = new Map([...watched].map((symbol) => [symbol, 1]));
    this.#held = new Set(held);
  }

  get size(): number {
    return this.#watched.size + this.#heldAlone().length;
  }

  /** In the order in which they came: watched ones, then those that are only held. */
  get symbols(): string[] {
    return [...this.#watched.keys(), ...this.#heldAlone()];
  }

  get watched(): string[] {
    return [...this.#watched.keys()];
  }

  isWatched(symbol: string): boolean {
    return this.#watched.has(symbol);
  }

  has(symbol: string): boolean {
    return this.#watched.has(symbol) || this.#held.has(symbol);
  }

  /** For somebody who listens. */
  watch(symbol: string): void {
    if (this.#watched.has(symbol)) return;
    this.#watched.set(symbol, 1);
    this.#placeAtMs = 0;
  }

  unwatch(symbol: string): void {
    if (this.#watched.delete(symbol)) this.#placeAtMs = 0;
  }

  /** For those who have positions or open orders in these, and nobody has in others. Answers what is new. */
  hold(symbols: Iterable<string>): string[] {
    const before = this.#held;
    this.#held = new Set(symbols);
    const added = [...this.#held].filter((symbol) => !before.has(symbol));
    if (added.length > 0 || this.#held.size !== before.size) this.#placeAtMs = 0;
    return added.filter((symbol) => !this.#watched.has(symbol));
  }

  /** A room told how many listen to it. */
  heard(symbol: string, listeners: number): void {
    if (this.#watched.has(symbol)) this.#watched.set(symbol, Math.max(1, listeners));
  }

  place(nowMs: number): Placement {
    if (nowMs < this.#placeAtMs) return this.#placement;
    this.#placeAtMs = nowMs + PLACED_MS;
    const followed = this.symbols.map((symbol) => ({
      symbol,
      audience: this.#watched.get(symbol) ?? 0,
    }));
    const streamed = new Set(this.#placement.streamed);
    this.#placement = placeSymbols(followed, this.#symbolsMax, streamed);
    return this.#placement;
  }

  #heldAlone(): string[] {
    return [...this.#held].filter((symbol) => !this.#watched.has(symbol));
  }
}
