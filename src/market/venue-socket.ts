import type { SubscribableProtocol } from "../brokers/broker.ts";
import { type ConnectionRuntime, VenueConnection } from "../brokers/venue-connection.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import { subscriptionChange } from "./feed-mode.ts";

export interface VenueSocketDeps {
  readonly protocol: SubscribableProtocol<Tick>;
  readonly runtime: ConnectionRuntime;
  onTicks(ticks: readonly Tick[]): void;
  /** Another connection than before is authenticated. */
  onReady(): void;
  /** Sent to the venue just now: what was known of these symbols before may have changed unseen. */
  onSubscribed(symbols: readonly string[]): void;
  onDown(reason: string): void;
}

/** Venues count incoming frames (five a second at the strictest), so changes gather for this long. */
const SUBSCRIBE_EVERY_MS = 500;

/** A connection to a venue's price stream, subscribed to the wanted symbols. */
export class VenueSocket {
  readonly #deps: VenueSocketDeps;
  readonly #connection: VenueConnection<Tick>;
  #wanted: readonly string[] = [];
  /** By symbol, when it was asked for on this connection. */
  readonly #subscribed = new Map<string, number>();
  #subscribeAtMs = 0;
  #subscribePlanned = false;
  #lastTickAtMs = 0;
  #readyAtMs = 0;

  constructor(deps: VenueSocketDeps) {
    this.#deps = deps;
    this.#connection = new VenueConnection({
      protocol: deps.protocol,
      runtime: deps.runtime,
      symbols: () => [...this.#subscribed.keys()],
      onEvents: (ticks) => {
        this.#lastTickAtMs = this.#nowMs();
        deps.onTicks(ticks);
      },
      onReady: () => {
        this.#readyAtMs = this.#nowMs();
        deps.onReady();
        this.#planSubscribe();
      },
      onDown: (reason) => {
        this.#subscribed.clear();
        deps.onDown(reason);
      },
    });
  }

  get ready(): boolean {
    return this.#connection.ready;
  }

  /** When the present connection, or the last one, was authenticated; epoch ms, zero before the first. */
  get readyAtMs(): number {
    return this.#readyAtMs;
  }

  /**
   * When the connection last vouched for `quote`: any tick shows that prices flow, and a change would have been pushed. An
   * answer to a request shows less: a venue may answer while it pushes nothing. Null if the symbol is not subscribed, or
   * if the quote is from before it was: then a change may have been missed.
   */
  vouchedAtMs(quote: Quote): number | null {
    const sinceMs = this.#subscribed.get(quote.symbol);
    if (!this.ready || sinceMs === undefined || quote.confirmedAtMs < sinceMs) return null;
    return this.#lastTickAtMs;
  }

  /** Sets the symbols to be subscribed, and has the connection kept. With none, it is closed. */
  want(symbols: readonly string[]): void {
    this.#wanted = symbols;
    if (symbols.length === 0) {
      this.#connection.close();
      this.#subscribed.clear();
    } else {
      this.#connection.keep();
      this.#planSubscribe();
    }
  }

  /** Gives the connection up; another is dialled after the backoff. */
  abandon(reason: string): void {
    this.#connection.abandon(reason);
  }

  #planSubscribe(): void {
    if (!this.ready || this.#subscribePlanned) return;
    const { add, remove } = subscriptionChange(this.#wanted, this.#subscribed.keys());
    if (add.length + remove.length === 0) return;
    this.#subscribePlanned = true;
    const waitMs = this.#subscribeAtMs + SUBSCRIBE_EVERY_MS - this.#nowMs();
    this.#deps.runtime.later(
      () => {
        this.#subscribePlanned = false;
        this.#subscribe();
      },
      Math.max(waitMs, 15),
    );
  }

  #subscribe(): void {
    const nowMs = this.#nowMs();
    const { add, remove } = subscriptionChange(this.#wanted, this.#subscribed.keys());
    const { protocol, onSubscribed } = this.#deps;
    // Removals first: the venue's limit of symbols counts both.
    const frames = [
      ...(remove.length > 0 ? protocol.unsubscribe(remove) : []),
      ...(add.length > 0 ? protocol.subscribe(add) : []),
    ];
    if (frames.length === 0 || !this.#connection.send(frames)) return;
    for (const symbol of remove) this.#subscribed.delete(symbol);
    for (const symbol of add) this.#subscribed.set(symbol, nowMs);
    this.#subscribeAtMs = nowMs;
    if (add.length > 0) onSubscribed(add);
  }

  #nowMs(): number {
    return this.#deps.runtime.now().getTime();
  }
}
