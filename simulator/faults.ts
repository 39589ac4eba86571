/** Faults on demand: a list of what goes wrong next, asked at the places where it can. */

import type { VenueName } from "./market/instruments.ts";

export const FAULT_KINDS = [
  /** No trading in the symbol; orders rest and can be canceled. */
  "halt",
  /** The symbol's quotes and trades stop, although it is open: what is published grows old. */
  "stale_quote",
  /** Bid above ask until cleared. */
  "crossed_quote",
  /** One jump of the price by `fraction`. */
  "price_gap",
  /** Streams stay connected and say nothing; what happens meanwhile is never sent. `target`: market, orders, all. */
  "silence_streams",
  /** Sockets are cut once, at once. `target` as above. */
  "drop_sockets",
  /** Sockets are cut, and no new one is let in. `target` as above. */
  "refuse_sockets",
  /** The next order is refused, with `message` if given. */
  "reject",
  /** The next order is taken and then rejected by an update. */
  "reject_later",
  /** The next replacement is taken and then rejected by an update; the order that it was for stands. */
  "replace_reject_later",
  /** The next replacement finds that the old order has just traded `quantity` at its limit. */
  "fill_before_replace",
  /** Fees are taken in `asset` (BNB unless given), at its last price. */
  "third_asset_fee",
  /** A taker gets `fraction` of what is there; the rest waits for the next tick. */
  "partial_fill",
  /** Orders are taken and answered, then nothing is heard of them on the stream. */
  "silent_order",
  /** Every execution is sent twice on the stream. */
  "duplicate_execution",
  /** The answer to a submit leaves `delay_ms` after the updates. */
  "execution_before_answer",
  /** An execution is sent after the next one. */
  "out_of_order",
  /** 429 before anything is done. */
  "rate_limited",
  /** 500 before anything is done. */
  "error_before",
  /** 500 after everything is done. */
  "error_after",
  /** Everything is done, then the connection hangs without an answer. */
  "no_answer",
  /** Everything is done, then the connection is cut. */
  "cut_answer",
  /** The request waits `delay_ms` before anything is done. */
  "slow",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly venue: VenueName | null;
  readonly symbol: string | null;
  /** For faults of requests: `POST /v2/orders`; `*` for all. Null means submits. */
  readonly route: string | null;
  /** How often it still strikes; null until it is cleared. */
  count: number | null;
  struck: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Where a fault might strike. */
export interface FaultPlace {
  readonly venue: VenueName;
  readonly symbol?: string | undefined;
  readonly route?: string | undefined;
  readonly submits?: boolean | undefined;
}

export type FaultBook = ReturnType<typeof createFaultBook>;

export function createFaultBook() {
  const faults = new Map<string, Fault>();
  let next = 1;

  function matches(fault: Fault, place: FaultPlace): boolean {
    if (fault.count === 0) return false;
    if (fault.venue !== null && fault.venue !== place.venue) return false;
    if (fault.symbol !== null && fault.symbol !== place.symbol) return false;
    if (place.route === undefined || fault.route === "*") return true;
    return fault.route === null ? place.submits === true : fault.route === place.route;
  }

  function find(kind: FaultKind, place: FaultPlace): Fault | undefined {
    for (const fault of faults.values())
      if (fault.kind === kind && matches(fault, place)) return fault;
    return undefined;
  }

  return {
    add(fault: Omit<Fault, "id" | "struck">): Fault {
      const added = { ...fault, id: `fault-${next++}`, struck: 0 };
      faults.set(added.id, added);
      return added;
    },

    /** Whether such a fault is on here; does not use it up. */
    active: (kind: FaultKind, place: FaultPlace): boolean => find(kind, place) !== undefined,

    /** Strikes once, if such a fault is on here. */
    strike(kind: FaultKind, place: FaultPlace): Fault | undefined {
      const fault = find(kind, place);
      if (fault === undefined) return undefined;
      fault.struck += 1;
      if (fault.count !== null) fault.count -= 1;
      return fault;
    },

    /** Ends the faults that have all of the given properties (id, kind, venue, symbol); returns them. */
    clear(like: Readonly<Record<string, string>>): Fault[] {
      const cleared = [...faults.values()].filter((fault) =>
        Object.entries(like).every(([key, value]) => fault[key as keyof Fault] === value),
      );
      for (const { id } of cleared) faults.delete(id);
      return cleared;
    },

    list: (): Fault[] => [...faults.values()],
  };
}

/** A number among a fault's settings. */
export function numberSetting(fault: Fault, name: string, otherwise: number): number {
  const value = fault.settings[name];
  return typeof value === "number" ? value : otherwise;
}

/** A text among a fault's settings. */
export function textSetting(fault: Fault, name: string, otherwise: string): string {
  const value = fault.settings[name];
  return typeof value === "string" ? value : otherwise;
}
