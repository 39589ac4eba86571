/** The venue's faults as the chaos uses them. */

import type { FaultKind } from "../../simulator/faults.ts";
import type { Traded } from "./instruments.ts";

interface FaultDraft {
  readonly kind: FaultKind;
  /** Left out: either. */
  readonly venues?: readonly Traded["venue"][];
  /** Ends after so many strikes; a fault that is a state ends after `lastsMs`. */
  readonly count?: number;
  readonly lastsMs?: number;
  /** Of the whole venue, not of one symbol. */
  readonly wide?: boolean;
  /** `route: "*"` means that it may also strike what is no submit. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface FaultWish extends Omit<FaultDraft, "venues"> {
  readonly venue: Traded["venue"];
  readonly symbol: string;
}

export const FAULT_WISHES: readonly FaultDraft[] = [
  { kind: "reject", count: 2 },
  { kind: "reject_later", count: 2 },
  { kind: "replace_reject_later", count: 3, venues: ["alpaca"] },
  { kind: "replace_reject_later", count: 3, venues: ["alpaca"] },
  { kind: "partial_fill", count: 3, body: { fraction: 0.4 } },
  { kind: "silent_order", count: 3 },
  { kind: "duplicate_execution", count: 4 },
  { kind: "execution_before_answer", count: 2, body: { delay_ms: 400 } },
  { kind: "out_of_order", count: 3 },
  { kind: "rate_limited", count: 2, body: { route: "*" } },
  { kind: "error_before", count: 2, body: { route: "*" } },
  { kind: "error_after", count: 2, body: { route: "*" } },
  { kind: "no_answer", count: 1, body: { route: "*" } },
  { kind: "cut_answer", count: 2, body: { route: "*" } },
  { kind: "slow", count: 2, body: { route: "*", delay_ms: 1_500 } },
  { kind: "halt", lastsMs: 1_500 },
  { kind: "stale_quote", lastsMs: 1_500 },
  { kind: "crossed_quote", lastsMs: 1_500 },
  { kind: "price_gap", body: { fraction: 0.03 } },
  { kind: "silence_streams", lastsMs: 1_000, wide: true, body: { target: "orders" } },
  { kind: "drop_sockets", wide: true },
  { kind: "refuse_sockets", lastsMs: 800, wide: true, body: { target: "orders" } },
];
