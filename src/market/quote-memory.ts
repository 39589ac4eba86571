/** What one isolate remembers of quotes. Plain values only: a promise shared between requests would hang them. */

import { type VenueName, type Venues, venueOf } from "../domain/instrument.ts";
import { ageMs, type Quote } from "../domain/quote.ts";
import { type Budget, type BudgetRule, fullBudget, spend } from "../domain/request-budget.ts";
import { freshest } from "./freshest.ts";

/** For this long a quote is answered again without asking anybody. */
const FRESH_MS = 1_000;
/** Symbols somebody wanted in this time are refreshed along when the venue is asked anyway. */
const WANTED_MS = 30_000;
/** Younger ones have no need of it. */
const AGED_MS = 5_000;
const SYMBOLS_MAX = 5_000;
/** Longer than a venue's answer may take. */
const ASKING_MS = 10_000;
/** Of an isolate, beside the cron and the feed: the venues' budgets are some hundreds a minute for all of us. */
const VENUE_RULE: BudgetRule = { burst: 40, perMinute: 60 };

interface Entry {
  readonly quote: Quote | null;
  readonly readAtMs: number;
  readonly wantedAtMs: number;
}

/** One an isolate. */
export class QuoteMemory {
  readonly #venues: Venues;
  readonly #entries = new Map<string, Entry>();
  readonly #askingUntilMs = new Map<string, number>();
  readonly #budgets = new Map<VenueName, Budget>();

  constructor(venues: Venues) {
    this.#venues = venues;
  }

  /** A quote that was read less than a second ago. */
  fresh(symbol: string, nowMs: number): Quote | null {
    const entry = this.#entries.get(symbol);
    return entry !== undefined && nowMs - entry.readAtMs < FRESH_MS ? entry.quote : null;
  }

  /** The last quote, however old. */
  last(symbol: string): Quote | null {
    return this.#entries.get(symbol)?.quote ?? null;
  }

  want(symbol: string, nowMs: number): void {
    if (this.#entries.size >= SYMBOLS_MAX && !this.#entries.has(symbol)) this.#entries.clear();
    const entry = this.#entries.get(symbol) ?? { quote: null, readAtMs: 0 };
    this.#entries.set(symbol, { ...entry, wantedAtMs: nowMs });
  }

  keep(quote: Quote, nowMs: number): void {
    const entry = this.#entries.get(quote.symbol);
    const best = entry?.quote ? freshest(entry.quote, quote) : quote;
    this.#entries.set(quote.symbol, {
      quote: best,
      readAtMs: nowMs,
      wantedAtMs: entry?.wantedAtMs ?? 0,
    });
  }

  /** Whether another request of this isolate is asking the venue for `symbol` right now. */
  isAsking(symbol: string, nowMs: number): boolean {
    return (this.#askingUntilMs.get(symbol) ?? 0) > nowMs;
  }

  /**
   * Claims a request to the venue for `symbols` and, as it costs the same, for others of that venue that were wanted of
   * late, up to `max`. Null: the budget is spent.
   */
  claim(venue: VenueName, symbols: readonly string[], max: number, nowMs: number): string[] | null {
    const budget = this.#budgets.get(venue) ?? fullBudget(VENUE_RULE, nowMs);
    const left = spend(budget, VENUE_RULE, nowMs);
    if (left === undefined) return null;
    this.#budgets.set(venue, left);
    const claimed = new Set(symbols.slice(0, max));
    for (const [symbol, { quote, wantedAtMs }] of this.#entries) {
      if (claimed.size >= max) break;
      const wanted = nowMs - wantedAtMs < WANTED_MS;
      const aged = quote !== null && ageMs(quote, nowMs) >= AGED_MS;
      const isOfVenue = venueOf(this.#venues, symbol) === venue;
      if (wanted && aged && isOfVenue && !this.isAsking(symbol, nowMs)) claimed.add(symbol);
    }
    for (const symbol of claimed) this.#askingUntilMs.set(symbol, nowMs + ASKING_MS);
    return [...claimed];
  }

  release(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#askingUntilMs.delete(symbol);
  }
}
