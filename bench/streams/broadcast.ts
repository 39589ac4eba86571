/** What a plain server does to fan prices out: no resuming, no limits, no slow clients. The yardstick's half of the work. */

export interface Receiver {
  send(text: string): void;
}

/** A quote of Alpaca's stream. */
export interface VenueQuote {
  readonly S: string;
  readonly bp: number;
  readonly bs: number;
  readonly ap: number;
  readonly as: number;
  readonly t: string;
}

interface Group {
  readonly symbols: ReadonlySet<string>;
  readonly receivers: Set<Receiver>;
}

interface Pending {
  /** The last number that was sent before. */
  readonly sent: number;
  readonly seq: number;
  readonly quote: VenueQuote;
}

/**
 * Sends each quote to whoever wants its symbol, in the platform's own messages. Without a window: a frame each. With
 * one: the first at once, then one frame a window with the newest of each symbol, made once for all that want the same.
 */
export class Broadcast {
  readonly #windowMs: number | null;
  readonly #groups = new Map<string, Group>();
  readonly #seqs = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #isFlushing = false;

  constructor(windowMs: number | null) {
    this.#windowMs = windowMs;
  }

  subscribe(receiver: Receiver, symbols: readonly string[]): void {
    const signature = [...symbols].sort().join();
    const group = this.#groups.get(signature) ?? {
      symbols: new Set(symbols),
      receivers: new Set(),
    };
    group.receivers.add(receiver);
    this.#groups.set(signature, group);
    receiver.send(JSON.stringify([{ type: "subscribed", subscriptions: { quotes: symbols } }]));
  }

  leave(receiver: Receiver): void {
    for (const { receivers } of this.#groups.values()) receivers.delete(receiver);
  }

  publish(quote: VenueQuote): void {
    const sent = this.#seqs.get(quote.S) ?? 0;
    const seq = sent + 1;
    this.#seqs.set(quote.S, seq);
    if (this.#windowMs === null) {
      const frame = `[${encode({ sent, seq, quote })}]`;
      for (const { symbols, receivers } of this.#groups.values()) {
        if (symbols.has(quote.S)) for (const receiver of receivers) receiver.send(frame);
      }
      return;
    }
    this.#pending.set(quote.S, { sent: this.#pending.get(quote.S)?.sent ?? sent, seq, quote });
    this.#flushLater(this.#windowMs);
  }

  #flushLater(windowMs: number): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const waitMs = this.#flushedAtMs + windowMs - Date.now();
    if (waitMs <= 0) this.#flush();
    else setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    this.#isFlushing = false;
    this.#flushedAtMs = Date.now();
    const texts = new Map([...this.#pending].map(([symbol, each]) => [symbol, encode(each)]));
    this.#pending.clear();
    for (const { symbols, receivers } of this.#groups.values()) {
      const messages = [...symbols].flatMap((symbol) => texts.get(symbol) ?? []);
      if (messages.length === 0) continue;
      const frame = `[${messages.join()}]`;
      for (const receiver of receivers) receiver.send(frame);
    }
  }
}

function encode({ sent, seq, quote }: Pending): string {
  const skipped = seq - sent - 1;
  return JSON.stringify({
    type: "quote",
    channel: "quotes",
    symbol: quote.S,
    epoch: "k0",
    seq,
    ...(skipped > 0 ? { skipped } : {}),
    data: {
      price: null,
      bid_price: quote.bp.toFixed(2),
      bid_size: String(quote.bs),
      ask_price: quote.ap.toFixed(2),
      ask_size: String(quote.as),
      timestamp: quote.t,
      source: "stream",
    },
  });
}
