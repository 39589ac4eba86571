import { backoffMs } from "../domain/backoff.ts";
import type { Quote } from "../domain/quote.ts";
import { nextPollBatch, POLL_SLOWEST_MS, pollDelayMs } from "./feed-mode.ts";

/** `urgent`: no need to wait out a quiet market. `relaxed`: nobody watches; the quotes must only not go stale. */
export type PollPace = "urgent" | "usual" | "relaxed";

export interface FeedPollerDeps {
  snapshots(symbols: readonly string[]): Promise<readonly Quote[]>;
  now(): Date;
  /** In [0, 1). */
  random(): number;
  /** Takes the answer in, and says whether it told anything new. */
  onQuotes(asked: readonly string[], quotes: readonly Quote[]): boolean;
  /** The first failure of a row. */
  onFailure(error: unknown): void;
}

/** Asks for snapshots, one request at a time, no more often than the venue bears. */
export class FeedPoller {
  readonly #deps: FeedPollerDeps;
  #busy = false;
  #nextMs = 0;
  #lastSymbol: string | null = null;
  #failures = 0;
  #uneventful = 0;
  #eventful = 0;

  constructor(deps: FeedPollerDeps) {
    this.#deps = deps;
  }

  /** Polls since the last `restart` that told anything new. */
  get eventful(): number {
    return this.#eventful;
  }

  /** The stream has spoken: what was counted against it is void. */
  restart(): void {
    this.#uneventful = 0;
    this.#eventful = 0;
  }

  /** Asks for `symbols`, or the next part of them in turn, if that is due. */
  poll(symbols: readonly string[], pace: PollPace): void {
    if (pace === "urgent") this.#uneventful = 0;
    if (this.#busy || symbols.length === 0) return;
    if (this.#deps.now().getTime() < this.#dueMs(pace)) return;
    void this.#ask(nextPollBatch(symbols, this.#lastSymbol));
  }

  async #ask(symbols: readonly string[]): Promise<void> {
    this.#busy = true;
    this.#nextMs = this.#deps.now().getTime();
    this.#lastSymbol = symbols.at(-1) ?? null;
    try {
      const quotes = await this.#deps.snapshots(symbols);
      this.#failures = 0;
      if (this.#deps.onQuotes(symbols, quotes)) {
        this.#uneventful = 0;
        this.#eventful += 1;
      } else {
        this.#uneventful += 1;
      }
    } catch (error) {
      if (this.#failures === 0) this.#deps.onFailure(error);
      this.#nextMs = this.#deps.now().getTime() + backoffMs(this.#failures, this.#deps.random());
      this.#failures += 1;
    } finally {
      this.#busy = false;
    }
  }

  #dueMs(pace: PollPace): number {
    if (this.#failures > 0) return this.#nextMs;
    return this.#nextMs + (pace === "relaxed" ? POLL_SLOWEST_MS : pollDelayMs(this.#uneventful));
  }
}
