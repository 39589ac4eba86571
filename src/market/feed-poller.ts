import { backoffMs } from "../domain/backoff.ts";
import type { Quote } from "../domain/quote.ts";
import {
  nextInTurn,
  type PollDue,
  type PollShares,
  pollDelayMs,
  pollShares,
  slowestPollMs,
} from "./feed-mode.ts";

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
  /** Watched ones and held ones take turns among themselves. */
  #lastWatched: string | null = null;
  #lastHeld: string | null = null;
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

  /** Asks for what is due, or the next part of it in turn, if it is time. */
  poll(due: PollDue, pace: PollPace): void {
    if (pace === "urgent") this.#uneventful = 0;
    const shares = pollShares(due);
    if (this.#busy || shares.requests === 0) return;
    if (this.#deps.now().getTime() < this.#dueMs(pace, shares)) return;
    const watched = nextInTurn(due.watched, this.#lastWatched, shares.watched);
    const held = nextInTurn(due.held, this.#lastHeld, shares.held);
    this.#lastWatched = watched.at(-1) ?? this.#lastWatched;
    this.#lastHeld = held.at(-1) ?? this.#lastHeld;
    void this.#ask([...watched, ...held]);
  }

  async #ask(symbols: readonly string[]): Promise<void> {
    this.#busy = true;
    this.#nextMs = this.#deps.now().getTime();
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

  #dueMs(pace: PollPace, { requests }: PollShares): number {
    if (this.#failures > 0) return this.#nextMs;
    const isRelaxed = pace === "relaxed";
    return (
      this.#nextMs + (isRelaxed ? slowestPollMs(requests) : pollDelayMs(this.#uneventful, requests))
    );
  }
}
