/** One connection, held against the protocol message by message; it believes nothing that a client says of it. */

type Json = Readonly<Record<string, unknown>>;

interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** Where a topic is: at a message, or before a snapshot that was asked for, or one that a gap has announced. */
type Place = Cursor | "fresh" | "gap";

interface Ask {
  readonly topics: ReadonlyMap<string, Place>;
  /** Undefined: it is not of the account. Null: from the journal's end. */
  readonly account: number | null | undefined;
}

export interface LineOptions {
  /** Nothing may be conflated. */
  readonly everyTick: boolean;
}

export class Line {
  readonly faults: string[] = [];
  /** Null before the welcome. */
  connectionId: string | null = null;
  messages = 0;
  gaps = 0;
  skipped = 0;
  readonly #options: LineOptions;
  readonly #asks = new Map<unknown, Ask>();
  readonly #places = new Map<string, Place>();
  #account: number | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  sent(text: string): void {
    const { action, id, channels, symbols, cursors } = JSON.parse(text) as Json;
    if (action === "resume") this.#asks.set(id, toResume(cursors as Record<string, string>));
    if (action === "subscribe") this.#asks.set(id, toSubscribe(channels, symbols));
  }

  received(text: string): void {
    for (const message of JSON.parse(text) as Json[]) this.#take(message);
  }

  #take(message: Json): void {
    this.messages += 1;
    const { type, channel, symbol } = message;
    if (type === "welcome") this.connectionId = String(message.connection_id);
    if (type === "subscribed") this.#confirm(message);
    if (channel === "account") this.#takeEntry(Number(message.seq));
    else if (channel !== undefined) this.#takeMarket(`${channel}|${symbol}`, message);
  }

  #confirm({ id, subscriptions, account_seq }: Json): void {
    const given = subscriptions as Record<string, readonly string[]>;
    const ask = this.#asks.get(id) ?? { topics: new Map(), account: undefined };
    for (const [topic, place] of ask.topics) this.#places.set(topic, place);
    if (ask.account !== undefined) this.#account = Number(account_seq);
    // What a socket on one symbol has without asking.
    for (const channel of ["quotes", "trades"])
      for (const symbol of given[channel] ?? []) {
        const topic = `${channel}|${symbol}`;
        if (!this.#places.has(topic)) this.#places.set(topic, "fresh");
      }
  }

  #takeEntry(seq: number): void {
    if (this.#account === undefined) this.faults.push(`entry ${seq} without asking`);
    else if (seq > this.#account + 1) this.faults.push(`entry ${seq} after ${this.#account}`);
    this.#account = Math.max(this.#account ?? 0, seq);
  }

  #takeMarket(topic: string, { type, epoch, seq, skipped = 0 }: Json): void {
    const place = this.#places.get(topic);
    if (type === "gap") {
      this.gaps += 1;
      this.#places.set(topic, "gap");
      return;
    }
    const now = { epoch: String(epoch), seq: Number(seq) };
    this.#places.set(topic, now);
    this.skipped += Number(skipped);
    const what = `${topic} ${type} ${now.epoch}:${now.seq}+${skipped}`;
    if (place === undefined) this.faults.push(`${what} without asking`);
    else if (type === "snapshot") {
      const isKnown = typeof place !== "string" && place.epoch === epoch && place.seq === seq;
      if (typeof place !== "string" && !isKnown) this.faults.push(`${what} after ${show(place)}`);
    } else if (typeof place === "string") this.faults.push(`${what}, ${place}, without a snapshot`);
    else if (place.epoch !== epoch || now.seq !== place.seq + 1 + Number(skipped))
      this.faults.push(`${what} after ${show(place)}`);
    if (this.#options.everyTick && Number(skipped) > 0) this.faults.push(`${what} is conflated`);
  }
}

const show = ({ epoch, seq }: Cursor): string => `${epoch}:${seq}`;

function toResume({ account, ...cursors }: Record<string, string>): Ask {
  const topics = new Map<string, Place>();
  for (const [topic, text] of Object.entries(cursors)) {
    const [epoch = "", seq] = text.split(":");
    topics.set(topic, { epoch, seq: Number(seq) });
  }
  return { topics, account: account === undefined ? undefined : Number(account) };
}

function toSubscribe(channels: unknown, symbols: unknown): Ask {
  const named = channels as readonly string[];
  const market = named.filter((channel) => channel !== "account");
  const topics = market.flatMap((channel) =>
    (symbols as readonly string[]).map((symbol) => [`${channel}|${symbol}`, "fresh"] as const),
  );
  return { topics: new Map(topics), account: named.includes("account") ? null : undefined };
}
