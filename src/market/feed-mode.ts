/** What a feed decides: whether to trust its stream, whom to poll, what to subscribe. */

/** `stream`: prices come by push. `poll`: the push is silent, gone, or there is none. `idle`: nothing is followed, or nothing moves. */
export type FeedMode = "stream" | "poll" | "idle";

/** A stream that says nothing for this long, while the market is open, is not taken at its word. */
const SILENCE_MS = 2_000;
/** A socket that is gone says nothing for sure; most are back within this time. */
const DOWN_MS = 1_000;
/** One snapshot request a second: what the venues' request budgets bear beside orders and the cron. */
const POLL_MS = 1_000;
const POLL_SLOWEST_MS = 5_000;
/** Symbols a request; the venues' own limits of a snapshot are at or above it. */
export const POLL_SYMBOLS_MAX = 100;
/** A socket may be alive and yet deliver nothing: given up after this long, if polls saw what it did not tell. */
const DEAD_AFTER_MS = 20_000;
const DEAD_AFTER_NEWS = 5;

export interface FeedSituation {
  /** Symbols. */
  readonly followed: number;
  /** Whether the venue has one at all. */
  readonly hasStream: boolean;
  /** The socket is authenticated. */
  readonly ready: boolean;
  readonly marketOpen: boolean;
  /** Since the last tick of any symbol, or since the first was followed if none has come. */
  readonly silentMs: number;
}

/** A silence within its margin is not worth a poll, so the mode stays `stream` meanwhile. */
export function feedMode(situation: FeedSituation): FeedMode {
  const { followed, hasStream, ready, marketOpen, silentMs } = situation;
  if (followed === 0) return "idle";
  if (!hasStream) return marketOpen ? "poll" : "idle";
  if (silentMs < (ready ? SILENCE_MS : DOWN_MS)) return "stream";
  if (marketOpen) return "poll";
  return ready ? "stream" : "idle";
}

/** Symbols to poll. */
export interface PollDue {
  readonly watched: readonly string[];
  /** Followed for those who hold them. */
  readonly held: readonly string[];
}

export interface PollShares {
  readonly watched: number;
  readonly held: number;
  /** Requests until each symbol was in one. */
  readonly requests: number;
}

/** How many symbols of each kind go into one request: watched ones first, but half of it is left to the others. */
export function pollShares(due: PollDue, max: number = POLL_SYMBOLS_MAX): PollShares {
  const watched = Math.min(
    due.watched.length,
    max - Math.min(due.held.length, Math.floor(max / 2)),
  );
  const held = Math.min(due.held.length, max - watched);
  const turns = (symbols: readonly string[], share: number) =>
    share === 0 ? 0 : Math.ceil(symbols.length / share);
  return {
    watched,
    held,
    requests: Math.max(turns(due.watched, watched), turns(due.held, held)),
  };
}

/** The longest wait between two polls, of which it takes `requests` to ask for all: no quote goes stale meanwhile. */
export const slowestPollMs = (requests: number): number =>
  Math.max(POLL_MS, POLL_SLOWEST_MS / Math.max(1, requests));

/**
 * The wait between two polls. Polls that see nothing the stream has not told mean a quiet market, not a broken stream:
 * they slow down, though never so far that the quotes they confirm go stale.
 */
export function pollDelayMs(uneventfulPolls: number, requests: number): number {
  return Math.min(POLL_MS * (1 + uneventfulPolls), slowestPollMs(requests));
}

export interface Silence {
  readonly ready: boolean;
  /** Since its last tick, or since it is there if it has told none. */
  readonly silentMs: number;
  /** Polls since then that brought other prices than the stream's. */
  readonly eventfulPolls: number;
}

/** Whether a connected stream has stopped delivering and must be dialled anew. */
export function isStreamDead({ ready, silentMs, eventfulPolls }: Silence): boolean {
  return ready && silentMs >= DEAD_AFTER_MS && eventfulPolls >= DEAD_AFTER_NEWS;
}

export interface Followed {
  readonly symbol: string;
  /** How many listen. */
  readonly audience: number;
}

/**
 * Divides symbols between the stream and the polls: the least watched are polled. Among equals those stay that the stream
 * carries already, then they go by who came first.
 */
export function placeSymbols(
  followed: readonly Followed[],
  symbolsMax: number,
  streamedBefore: ReadonlySet<string>,
): { readonly streamed: string[]; readonly polled: string[] } {
  const carried = ({ symbol }: Followed) => Number(streamedBefore.has(symbol));
  const ranked = followed.toSorted((a, b) => b.audience - a.audience || carried(b) - carried(a));
  const symbols = ranked.map(({ symbol }) => symbol);
  return { streamed: symbols.slice(0, symbolsMax), polled: symbols.slice(symbolsMax) };
}

/** The next `max` symbols to poll, in turn: starting after `last`. */
export function nextInTurn(symbols: readonly string[], last: string | null, max: number): string[] {
  if (symbols.length <= max) return [...symbols];
  const start = last === null ? 0 : symbols.indexOf(last) + 1;
  return [...symbols.slice(start), ...symbols.slice(0, start)].slice(0, max);
}

/** What to ask of the venue to get from the symbols it sends to those that are wanted. */
export function subscriptionChange(
  wanted: readonly string[],
  subscribed: Iterable<string>,
): { readonly add: string[]; readonly remove: string[] } {
  const before = new Set(subscribed);
  const after = new Set(wanted);
  return {
    add: wanted.filter((symbol) => !before.has(symbol)),
    remove: [...before].filter((symbol) => !after.has(symbol)),
  };
}
