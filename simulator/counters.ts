/** What clients have asked of the venues, for tests to read. */

export interface Counts {
  /** By face and route, such as `alpaca POST /v2/orders`. */
  readonly requests: Readonly<Record<string, number>>;
  /** By face and status, such as `alpaca 200`. */
  readonly answers: Readonly<Record<string, number>>;
  readonly userAgents: Readonly<Record<string, number>>;
  /** Alpaca's key headers and Binance's API key: `alpaca valid`, `binance invalid`. */
  readonly keys: Readonly<Record<string, number>>;
  /** Binance's HMAC: `valid`, `invalid`, `late`. */
  readonly signatures: Readonly<Record<string, number>>;
  /** Sockets that were opened, by face and path. */
  readonly sockets: Readonly<Record<string, number>>;
  /** Frames sent, by face and stream. */
  readonly frames: Readonly<Record<string, number>>;
}

export type CountKind = keyof Counts;

const KINDS: readonly CountKind[] = [
  "requests",
  "answers",
  "userAgents",
  "keys",
  "signatures",
  "sockets",
  "frames",
];
/** Clients choose some of the names; beyond this many of a kind they share one. */
const NAMES_MAX = 500;

export function createCounters() {
  const counts = new Map<CountKind, Map<string, number>>();
  const reset = () => {
    for (const kind of KINDS) counts.set(kind, new Map());
  };
  reset();

  return {
    count(kind: CountKind, name: string): void {
      const names = counts.get(kind);
      if (names === undefined) return;
      const key = names.has(name) || names.size < NAMES_MAX ? name : "others";
      names.set(key, (names.get(key) ?? 0) + 1);
    },
    reset,
    read(): Counts {
      const of = (kind: CountKind) => Object.fromEntries(counts.get(kind) ?? []);
      return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as unknown as Counts;
    },
  };
}
