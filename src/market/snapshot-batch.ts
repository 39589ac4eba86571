import type { Quote } from "../domain/quote.ts";

export interface SnapshotBatchDeps {
  snapshots(symbols: readonly string[]): Promise<readonly Quote[]>;
  later(run: () => void, ms: number): void;
}

/** Long enough for the watches of one client's subscription to meet, too short to be felt. */
const GATHER_MS = 15;

/**
 * Asks the venue for many single symbols in few requests: a client that subscribes to 200 symbols makes 200 rooms ask at
 * once, and the venue counts requests, not symbols.
 */
export class SnapshotBatch {
  readonly #deps: SnapshotBatchDeps;
  readonly #symbolsMax: number;
  #open: { readonly symbols: Set<string>; readonly answer: Promise<Map<string, Quote>> } | null =
    null;

  constructor(deps: SnapshotBatchDeps, symbolsMax: number) {
    this.#deps = deps;
    this.#symbolsMax = symbolsMax;
  }

  /** Undefined: the venue does not know it. Throws what the venue's request throws. */
  async get(symbol: string): Promise<Quote | undefined> {
    const batch = this.#open ?? this.#start();
    batch.symbols.add(symbol);
    if (batch.symbols.size >= this.#symbolsMax) this.#open = null;
    return (await batch.answer).get(symbol);
  }

  #start() {
    const symbols = new Set<string>();
    const gathered = new Promise<void>((resolve) => this.#deps.later(resolve, GATHER_MS));
    const batch = {
      symbols,
      answer: gathered.then(async () => {
        if (this.#open === batch) this.#open = null;
        const quotes = await this.#deps.snapshots([...symbols]);
        return new Map(quotes.map((quote) => [quote.symbol, quote]));
      }),
    };
    this.#open = batch;
    return batch;
  }
}
