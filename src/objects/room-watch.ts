import type { Delivery } from "../streams/delivery.ts";
import type { MarketChannel } from "../streams/topic.ts";
import type { StreamDeps } from "./stream-deps.ts";

/** A room that has been silent for this long is asked whether there is anything. */
const SILENCE_MAX_MS = 60_000;
const RETRY_MS = 5_000;
/** Requests an object may have open to others at once without being queued. */
const ASKED_AT_ONCE = 6;
const CHECKED_KEY = "roomsCheckedAtMs";

export interface RoomWatchDeps {
  readonly kv: SyncKvStorage;
  now(): Date;
  readonly log: Pick<StreamDeps["log"], "warn">;
  /** Which channels of a symbol somebody here wants now. */
  wanted(symbol: string): readonly MarketChannel[];
  watch(symbol: string, channels: readonly MarketChannel[]): Promise<readonly Delivery[]>;
  unwatch(symbol: string): Promise<void>;
  arrived(deliveries: readonly Delivery[]): void;
  /** What could not be had at first has arrived. */
  recovered(symbol: string): void;
}

/** Keeps the rooms pushing exactly what a gateway's clients want, whatever either of them forgets. */
export class RoomWatch {
  readonly #deps: RoomWatchDeps;
  /** What a room was last asked for. */
  readonly #watched = new Map<string, string>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #heardAtMs = new Map<string, number>();
  /** When rooms that were silent are asked again; null while nobody wants anything. */
  #checkAtMs: number | null = null;

  constructor(deps: RoomWatchDeps) {
    this.#deps = deps;
  }

  /** Takes up `symbols` from before the gateway slept: their rooms know it, unless they lost it meanwhile. */
  resume(symbols: ReadonlySet<string>): void {
    for (const symbol of symbols) this.#watched.set(symbol, this.#deps.wanted(symbol).join());
    if (symbols.size === 0) return;
    this.#checkAtMs = (this.#deps.kv.get<number>(CHECKED_KEY) ?? 0) + SILENCE_MAX_MS;
    if (this.#checkAtMs <= this.#now()) this.alarm(symbols);
  }

  /** Resolves when the symbol's room has told its present state; rejects if it could not be asked. */
  watch(symbol: string): Promise<void> {
    this.#checkAtMs ??= this.#now() + SILENCE_MAX_MS;
    if (!this.#asking.has(symbol)) this.#watched.delete(symbol);
    return this.#agree(symbol);
  }

  /** To be called when something of the symbol is not wanted any more. */
  release(symbol: string): void {
    this.#agree(symbol).catch(() => {});
  }

  heardOf(symbol: string): void {
    this.#heardAtMs.set(symbol, this.#now());
  }

  dueAtMs(): number | null {
    return this.#checkAtMs;
  }

  /** Asks the rooms that have been silent, if that is due. */
  alarm(symbols: ReadonlySet<string>): void {
    const nowMs = this.#now();
    if (this.#checkAtMs === null || this.#checkAtMs > nowMs) return;
    this.#checkAtMs = symbols.size === 0 ? null : nowMs + SILENCE_MAX_MS;
    this.#deps.kv.put(CHECKED_KEY, nowMs);
    const silent = [...symbols].filter(
      (symbol) => (this.#heardAtMs.get(symbol) ?? 0) <= nowMs - SILENCE_MAX_MS,
    );
    const askInTurn = async () => {
      for (let symbol = silent.pop(); symbol !== undefined; symbol = silent.pop())
        await this.watch(symbol).catch(() => {});
    };
    for (let asker = 0; asker < ASKED_AT_ONCE; asker += 1) void askInTurn();
  }

  #retry(symbol: string): void {
    const { recovered } = this.#deps;
    this.#agree(symbol).then(
      () => recovered(symbol),
      () => {},
    );
  }

  /** One conversation with a room at a time, until what it was asked for is what is wanted. */
  #agree(symbol: string): Promise<void> {
    const running = this.#asking.get(symbol);
    if (running !== undefined) return running;
    const asking = this.#askUntilAgreed(symbol).finally(() => this.#asking.delete(symbol));
    this.#asking.set(symbol, asking);
    return asking;
  }

  async #askUntilAgreed(symbol: string): Promise<void> {
    const { log, wanted, watch, unwatch, arrived } = this.#deps;
    try {
      for (;;) {
        const channels = wanted(symbol);
        const asked = channels.join();
        if (asked !== "" && this.#watched.get(symbol) === asked) return;
        if (asked === "") {
          this.#watched.delete(symbol);
          await unwatch(symbol);
          if (wanted(symbol).length > 0) continue;
          this.#heardAtMs.delete(symbol);
          return;
        }
        this.#watched.set(symbol, asked);
        const deliveries = await watch(symbol, channels);
        this.heardOf(symbol);
        arrived(deliveries);
      }
    } catch (error) {
      this.#watched.delete(symbol);
      log.warn("stream_gateway.room_unreachable", { symbol, error });
      if (wanted(symbol).length > 0) setTimeout(() => this.#retry(symbol), RETRY_MS);
      throw error;
    }
  }

  #now(): number {
    return this.#deps.now().getTime();
  }
}
