import type { MarketData } from "../brokers/broker.ts";
import type { Quote } from "../domain/quote.ts";

const SYMBOLS_PER_REQUEST = 100;
/** An invocation may hold six connections, and two venues are asked side by side. */
const REQUESTS_AT_ONCE = 2;

export interface FetchedQuotes {
  readonly quotes: readonly Quote[];
  /** One for each request that failed; the other requests' quotes are there. */
  readonly errors: readonly unknown[];
}

/** Asks a venue for any number of symbols, in requests of bounded size, few at a time. */
export async function fetchQuotes(
  market: Pick<MarketData, "snapshots">,
  symbols: readonly string[],
): Promise<FetchedQuotes> {
  const quotes: Quote[] = [];
  const errors: unknown[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < symbols.length) {
      const chunk = symbols.slice(next, next + SYMBOLS_PER_REQUEST);
      next += SYMBOLS_PER_REQUEST;
      try {
        quotes.push(...(await market.snapshots(chunk)));
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  return { quotes, errors };
}
