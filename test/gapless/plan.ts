/** What goes wrong next, drawn from a seed. */

import { type RandomState, seededState, uniform } from "../../simulator/market/random.ts";

const WEIGHTS = {
  cut: 30,
  stall: 2,
  crash_gateway: 8,
  crash_room: 10,
  crash_account: 6,
  crash_feed: 2,
  drop_venue: 4,
  lose_push: 6,
  lose_push_answer: 6,
  lose_entries: 5,
  lose_entries_answer: 5,
  lose_read: 6,
} as const;

export type Disturbance = keyof typeof WEIGHTS | "kill_worker" | "lull";

/** Entries for somebody's journal. */
export interface Batch {
  /** In [0, 1): whose. */
  readonly pick: number;
  readonly count: number;
  /** `silent`: nobody is told that they are there. `request`: followed by a request of the user's. */
  readonly way: "announced" | "silent" | "request";
}

export interface Step {
  readonly disturbance: Disturbance;
  /** Strikes when the next client resumes, and that client. */
  readonly armed: boolean;
  /** In [0, 1): whom it strikes otherwise, and how hard. */
  readonly pick: number;
  readonly force: number;
  readonly batches: readonly Batch[];
  readonly pauseMs: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly disturbances: number;
  /** How many of them are kills of the whole Worker. */
  readonly kills: number;
  /** How often nothing moves for a while, so that everything can be put to sleep. */
  readonly lulls: number;
  readonly entries: number;
  /** Between two steps, by chance. */
  readonly pauseMaxMs: number;
}

const BATCHES = 3;
const WAYS = ["announced", "announced", "announced", "announced", "silent", "request"] as const;

/** As many steps as there are disturbances, with all entries spread over them; kills and lulls stand at equal distances. */
export function planSteps(options: PlanOptions): Step[] {
  const { seed, disturbances, kills, lulls, entries, pauseMaxMs } = options;
  const random = seededState(seed, "gapless");
  const next = () => uniform(random);
  const isOneOf = (n: number, times: number) =>
    Math.floor((n * times) / disturbances) < Math.floor(((n + 1) * times) / disturbances);
  const perBatch = Math.ceil(entries / disturbances / BATCHES);
  return Array.from({ length: disturbances }, (_, n) => ({
    disturbance: isOneOf(n, kills) ? "kill_worker" : isOneOf(n + 1, lulls) ? "lull" : draw(random),
    armed: next() < 0.4,
    pick: next(),
    force: next(),
    batches: Array.from({ length: BATCHES }, () => ({
      pick: next(),
      count: perBatch,
      way: pickOf(WAYS, next()),
    })),
    pauseMs: Math.round(next() * pauseMaxMs),
  }));
}

function draw(random: RandomState): keyof typeof WEIGHTS {
  const kinds = Object.entries(WEIGHTS) as [keyof typeof WEIGHTS, number][];
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = uniform(random) * total;
  for (const [kind, weight] of kinds) {
    rest -= weight;
    if (rest < 0) return kind;
  }
  return "cut";
}

export const pickOf = <T>(items: readonly T[], pick: number): T => {
  const item = items[Math.floor(pick * items.length)];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
};
