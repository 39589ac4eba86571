import type { Quote, Tick } from "../domain/quote.ts";
import { Link, LinkBroken, type LinkEvents, type LinkSocket } from "../streams/link.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import { gatherTicks } from "./gather-ticks.ts";

export interface RoomOutboxDeps {
  /** What rooms know the feed's updates by: another name after the feed was lost. */
  readonly name: string;
  /** Resolves with how many listen to the room. */
  publish(symbol: string, update: RoomUpdate): Promise<number>;
  /** Opens what many updates go to a room over. */
  dial(symbol: string, events: LinkEvents): Promise<LinkSocket>;
  onListeners(symbol: string, listeners: number): void;
  /** A room that could not be told; its ticks are gone, its quote comes again with the next one. */
  onFailure(symbol: string, error: unknown): void;
  now(): Date;
}

/** What goes to one room. */
interface Line {
  readonly link: Link<RoomUpdate, number>;
  /** What a link took that broke: it goes again, and the room ignores what it has. */
  repeated: RoomUpdate[];
  waiting: { readonly quote: Quote; readonly ticks: readonly Tick[] } | null;
  isBusy: boolean;
}

/**
 * Tells rooms, with one update under way a symbol: what comes meanwhile gathers and goes with the next. So a room gets its
 * ticks in order, and a slow one costs memory for a bounded number of them and delays nobody else.
 */
export class RoomOutbox {
  readonly #deps: RoomOutboxDeps;
  readonly #lines = new Map<string, Line>();
  #sent = 0;

  constructor(deps: RoomOutboxDeps) {
    this.#deps = deps;
  }

  push(quote: Quote, ticks: readonly Tick[]): void {
    const line = this.#lineOf(quote.symbol);
    line.waiting = { quote, ticks: gatherTicks(line.waiting?.ticks ?? [], ticks) };
    void this.#send(quote.symbol, line);
  }

  /** Nothing more goes to the room for now. */
  forget(symbol: string): void {
    const line = this.#lines.get(symbol);
    if (line === undefined) return;
    this.#lines.delete(symbol);
    line.waiting = null;
    line.repeated = [];
    line.link.close();
  }

  async #send(symbol: string, line: Line): Promise<void> {
    if (line.isBusy) return;
    line.isBusy = true;
    for (let update = this.#next(line); update !== undefined; update = this.#next(line)) {
      try {
        this.#deps.onListeners(symbol, await line.link.push(update));
      } catch (error) {
        if (!(error instanceof LinkBroken)) this.#deps.onFailure(symbol, error);
        else if (this.#lines.get(symbol) === line) line.repeated.push(update);
      }
    }
    line.isBusy = false;
  }

  #next(line: Line): RoomUpdate | undefined {
    const repeated = line.repeated.shift();
    if (repeated !== undefined || line.waiting === null) return repeated;
    const { waiting } = line;
    line.waiting = null;
    this.#sent += 1;
    return { ...waiting, mark: { feed: this.#deps.name, number: this.#sent } };
  }

  #lineOf(symbol: string): Line {
    const known = this.#lines.get(symbol);
    if (known !== undefined) return known;
    const { publish, dial, now } = this.#deps;
    const line: Line = {
      link: new Link<RoomUpdate, number>({
        call: (update) => publish(symbol, update),
        dial: (events) => dial(symbol, events),
        meanwhile: (listeners) => listeners,
        broken: (updates) => {
          line.repeated.unshift(...updates);
          void this.#send(symbol, line);
        },
        now,
      }),
      repeated: [],
      waiting: null,
      isBusy: false,
    };
    this.#lines.set(symbol, line);
    return line;
  }
}
