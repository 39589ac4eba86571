/** What is going to happen, drawn from a seed: what each bot does, which faults strike, when the Worker dies. */

import { type RandomState, seededState, uniform } from "../../simulator/market/random.ts";
import { FAULT_WISHES, type FaultWish } from "./fault-wishes.ts";
import { TRADED, type Traded } from "./instruments.ts";
import { KILL_POINTS, type KillPoint, type Trigger } from "./kill-points.ts";

export const STEP_KINDS = [
  "market_buy",
  "taking_buy",
  "resting_buy",
  "sell",
  "stop",
  "cancel",
  "replace",
  "repeat",
  "twins",
  "spend",
  "read",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface Step {
  readonly kind: StepKind;
  readonly traded: Traded;
  /** In [0, 1): the bot's choices at that time, and sizes. */
  readonly pick: number;
  readonly size: number;
  /** Milliseconds before the step. */
  readonly pause: number;
  /** The client hangs up after this long and asks again; null: it is patient. */
  readonly patience: number | null;
}

export interface History {
  readonly index: number;
  readonly steps: readonly Step[];
  /** Steps during which it listens to its account: none if both are equal. */
  readonly listens: readonly [from: number, to: number];
  /** Cancels what is open in the end. */
  readonly tidies: boolean;
}

export interface RoundPlan {
  readonly histories: readonly History[];
  readonly faults: readonly FaultWish[];
  readonly kills: readonly Trigger[];
}

const STEPS = 24;
const WEIGHTS: Record<StepKind, number> = {
  market_buy: 4,
  taking_buy: 5,
  resting_buy: 4,
  sell: 4,
  stop: 2,
  cancel: 4,
  replace: 4,
  repeat: 2,
  twins: 2,
  spend: 1,
  read: 2,
};
const PAUSE_MAX_MS = 400;
/** How many of a round's faults strike for each history. */
const FAULTS_PER_HISTORY = 6;

/** What the Worker asks for at each point, and how many of those a round of one history has at least. */
const KILL_TARGETS: Record<KillPoint, readonly (readonly [of: string, share: number])[]> = {
  before_commit: database(),
  after_commit: database(),
  venue_receipt: venue(),
  venue_before_answer: venue(),
  venue_after_answer: venue(),
  before_stream_told: [["journal", 4]],
};

function database() {
  return [
    ["place_order", 12],
    ["record_answer", 8],
    ["apply_executions", 4],
    ["request_cancel", 2],
    ["record_cancel", 2],
    ["request_replace", 1],
    ["record_replace", 1],
  ] as const;
}

function venue() {
  return [
    ["submit", 8],
    ["cancel", 2],
    ["replace", 1],
  ] as const;
}

export interface RoundOptions {
  readonly seed: number;
  readonly round: number;
  /** The number of its first history. */
  readonly from: number;
  readonly histories: number;
  /** At each point. */
  readonly killsPerPoint: number;
}

export function planRound(options: RoundOptions): RoundPlan {
  const { seed, round, from, histories, killsPerPoint } = options;
  const random = seededState("chaos", seed, round);
  const faults = Array.from({ length: histories * FAULTS_PER_HISTORY }, () => drawFault(random));
  const kills = KILL_POINTS.flatMap((point) =>
    Array.from({ length: killsPerPoint }, (_, i) => drawKill(random, point, i, options)),
  );
  return {
    histories: Array.from({ length: histories }, (_, i) => planHistory(seed, from + i)),
    faults,
    kills,
  };
}

function planHistory(seed: number, index: number): History {
  const random = seededState("history", seed, index);
  const steps = Array.from({ length: STEPS }, (_, i) => drawStep(random, i));
  const start = Math.floor(uniform(random) * STEPS * 2);
  const end = start + 4 + Math.floor(uniform(random) * STEPS);
  return {
    index,
    steps,
    listens: start >= STEPS ? [0, 0] : [start, Math.min(end, STEPS)],
    tidies: uniform(random) < 0.75,
  };
}

function drawStep(random: RandomState, position: number): Step {
  const total = Object.values(WEIGHTS).reduce((a, b) => a + b);
  let left = uniform(random) * total;
  let kind: StepKind = "market_buy";
  for (const candidate of STEP_KINDS) {
    left -= WEIGHTS[candidate];
    if (left >= 0) continue;
    kind = candidate;
    break;
  }
  // Somebody who has nothing yet can't sell, cancel or repeat.
  if (position < 2) kind = position === 0 ? "taking_buy" : "market_buy";
  return {
    kind,
    traded: choose(random, TRADED),
    pick: uniform(random),
    size: uniform(random),
    pause: Math.floor(uniform(random) * PAUSE_MAX_MS),
    patience: uniform(random) < 0.12 ? 150 + Math.floor(uniform(random) * 1_000) : null,
  };
}

function drawFault(random: RandomState): FaultWish {
  const { venues, ...draft } = choose(random, FAULT_WISHES);
  const fitting = TRADED.filter((it) => venues === undefined || venues.includes(it.venue));
  const { venue, venueSymbol: symbol } = choose(random, fitting);
  const byChance = uniform(random);
  const { route, ...settings } = draft.body ?? {};
  const fraction = draft.kind === "price_gap" && byChance < 0.5 ? { fraction: -0.03 } : {};
  const anyRoute = route !== undefined && byChance < 0.4 ? { route } : {};
  return { ...draft, venue, symbol, body: { ...settings, ...fraction, ...anyRoute } };
}

function drawKill(
  random: RandomState,
  point: KillPoint,
  turn: number,
  { round, histories, killsPerPoint }: RoundOptions,
): Trigger {
  const targets = KILL_TARGETS[point];
  // Each in its turn over the rounds, so that the rare ones are not left out.
  const target = targets[(round * killsPerPoint + turn) % targets.length];
  const [of, share] = target ?? choose(random, targets);
  const expected = (share * histories) / killsPerPoint;
  return {
    point,
    of,
    spare: Math.floor(uniform(random) * expected * 0.6),
    loses: point === "venue_receipt" && uniform(random) < 0.4,
  };
}

function choose<T>(random: RandomState, from: readonly T[]): T {
  const chosen = from[Math.floor(uniform(random) * from.length)];
  if (chosen === undefined) throw new RangeError("nothing to choose from");
  return chosen;
}
