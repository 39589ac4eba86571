/** What a connection is asked for, until that is what is wanted. */

import {
  type Channel,
  type Cursor,
  channelOf,
  formatCursor,
  symbolOf,
  type Topic,
} from "./topic.ts";

/** The server takes 4 KiB; the rest is for what is not the list. */
const LIST_BYTES_MAX = 3_500;
/** Asks that are remembered for the answers to them. */
const REMEMBERED_MAX = 64;

/** Topics, of one channel where they are not resumed, or the account. */
export interface Ask {
  readonly action: "subscribe" | "unsubscribe" | "resume";
  readonly topics: readonly Topic[];
  readonly account: boolean;
}

export interface Positions {
  cursorOf(topic: Topic): Cursor | undefined;
  /** The last entry of the journal; null where that is not known. */
  accountSeq(): number | null;
}

export class Asks {
  readonly #positions: Positions;
  /** The topics that the connection was asked for, each by the id of its last ask. */
  readonly #topics = new Map<Topic, string>();
  #account = false;
  readonly #confirmed = new Set<Topic>();
  readonly #asks = new Map<string, Ask>();
  readonly #unanswered = new Set<string>();
  #lastId = 0;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  /** The next message to send, or undefined where everything is asked for. */
  next(wanted: ReadonlySet<Topic>, wantsAccount: boolean): string | undefined {
    const ask = this.#nextAsk(wanted, wantsAccount);
    if (ask === undefined) return undefined;
    this.#lastId += 1;
    const id = String(this.#lastId);
    for (const topic of ask.topics) {
      this.#confirmed.delete(topic);
      if (ask.action === "unsubscribe") this.#topics.delete(topic);
      else this.#topics.set(topic, id);
    }
    if (ask.account) this.#account = ask.action !== "unsubscribe";
    this.#remember(id, ask);
    return encodeAsk(id, ask, this.#positions);
  }

  /** The ask that an answer belongs to. It may be answered by an error even after it was confirmed. */
  answered(id: string | number | undefined): Ask | undefined {
    if (id === undefined) return undefined;
    this.#unanswered.delete(String(id));
    return this.#asks.get(String(id));
  }

  /** Takes what the server says it has given; returns what of the ask it has not. */
  confirm(id: string | number | undefined, given: ReadonlySet<Topic>): Topic[] {
    const ask = this.answered(id);
    if (ask === undefined || ask.action === "unsubscribe") return [];
    const current = ask.topics.filter((topic) => this.#topics.get(topic) === String(id));
    for (const topic of current) if (given.has(topic)) this.#confirmed.add(topic);
    return current.filter((topic) => !given.has(topic));
  }

  /** What comes of a topic before its last ask was confirmed belongs to an earlier one. */
  isConfirmed(topic: Topic): boolean {
    return this.#confirmed.has(topic);
  }

  get awaitsAnswer(): boolean {
    return this.#unanswered.size > 0;
  }

  /** Forgets that these were asked for: what of it is wanted is asked for again. */
  forget(topics: Iterable<Topic>, account: boolean): void {
    for (const topic of topics) this.#topics.delete(topic);
    if (account) this.#account = false;
  }

  #remember(id: string, ask: Ask): void {
    this.#unanswered.add(id);
    this.#asks.set(id, ask);
    const [oldest] = this.#asks.keys();
    if (this.#asks.size > REMEMBERED_MAX && oldest !== undefined) this.#asks.delete(oldest);
  }

  #nextAsk(wanted: ReadonlySet<Topic>, wantsAccount: boolean): Ask | undefined {
    const { cursorOf, accountSeq } = this.#positions;
    if (this.#account && !wantsAccount) return { action: "unsubscribe", topics: [], account: true };
    if (!this.#account && wantsAccount)
      return { action: accountSeq() === null ? "subscribe" : "resume", topics: [], account: true };

    const left = [...this.#topics.keys()].filter((topic) => !wanted.has(topic));
    if (left.length > 0)
      return { action: "unsubscribe", topics: ofOneChannel(left), account: false };
    const missing = [...wanted].filter((topic) => !this.#topics.has(topic));
    const known = fitting(
      missing.filter((topic) => cursorOf(topic) !== undefined),
      cursorOf,
    );
    if (known.length > 0) return { action: "resume", topics: known, account: false };
    if (missing.length > 0)
      return { action: "subscribe", topics: ofOneChannel(missing), account: false };
    return undefined;
  }
}

/** Those of the first one's channel, since a message names channels and symbols apart. */
function ofOneChannel([first, ...rest]: readonly Topic[]): Topic[] {
  if (first === undefined) return [];
  return fitting([first, ...rest.filter((topic) => channelOf(topic) === channelOf(first))]);
}

/** As many as go into one message. */
function fitting(topics: readonly Topic[], cursorOf?: Positions["cursorOf"]): Topic[] {
  let bytes = 0;
  return topics.filter((topic) => {
    const cursor = cursorOf?.(topic);
    bytes += topic.length + 6 + (cursor === undefined ? 0 : formatCursor(cursor).length);
    return bytes <= LIST_BYTES_MAX;
  });
}

function encodeAsk(id: string, ask: Ask, { cursorOf, accountSeq }: Positions): string {
  const { action, topics, account } = ask;
  if (action !== "resume")
    return JSON.stringify({ action, id, channels: channelsOf(ask), symbols: topics.map(symbolOf) });
  const cursors: Record<string, string> = account ? { account: String(accountSeq()) } : {};
  for (const topic of topics) {
    const cursor = cursorOf(topic);
    if (cursor !== undefined) cursors[topic] = formatCursor(cursor);
  }
  return JSON.stringify({ action, id, cursors });
}

export function channelsOf({ topics, account }: Pick<Ask, "topics" | "account">): Channel[] {
  const channels = new Set<Channel>(topics.map(channelOf));
  if (account) channels.add("account");
  return [...channels];
}
