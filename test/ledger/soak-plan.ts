/** What the users of a soak do, drawn from a seed. */

import { type RandomState, seededState, uniform } from "../../simulator/market/random.ts";
import { TRADED } from "../chaos/instruments.ts";
import type { Step } from "../chaos/plan.ts";

/** How often each is drawn. */
const WEIGHTS = {
  market_buy: 10,
  notional_buy: 5,
  taking_buy: 10,
  resting_buy: 8,
  stop_buy: 5,
  sell: 8,
  stop_sell: 4,
  cancel: 8,
  cancel_all: 1,
  replace: 10,
  close: 6,
  close_held: 3,
  close_all: 1,
  deposit: 5,
  reset: 2,
  configure: 1,
  repeat: 4,
  bust: 2,
  late_fill: 2,
  read: 5,
};

export type OperationKind = keyof typeof WEIGHTS;

const KINDS = Object.keys(WEIGHTS) as OperationKind[];
const TOTAL = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight);

export interface Operation {
  readonly kind: OperationKind;
  /** The choices that it leaves open. */
  readonly step: Step;
}

export function planUser(seed: number, user: number, operations: number): Operation[] {
  const random = seededState("soak", seed, user);
  return Array.from({ length: operations }, (_, nth) => ({
    // Somebody who has nothing yet can't sell or cancel.
    kind: nth === 0 ? "market_buy" : drawKind(random),
    step: {
      kind: "read",
      traded: choose(random),
      pick: uniform(random),
      size: uniform(random),
      pause: 0,
      patience: null,
    },
  }));
}

function drawKind(random: RandomState): OperationKind {
  let left = uniform(random) * TOTAL;
  for (const kind of KINDS) {
    left -= WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return "read";
}

function choose(random: RandomState) {
  const traded = TRADED[Math.floor(uniform(random) * TRADED.length)];
  if (traded === undefined) throw new RangeError("nothing is traded");
  return traded;
}
