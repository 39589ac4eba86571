/** Rounds of one load: all its arms by turns, each in new processes, and only rounds in which none was too busy. */

import { StartFailure } from "../../local/start-failure.ts";
import type { SuiteOptions } from "../suite.ts";
import type { ArmName, World } from "./arms.ts";
import { clientsOf, type Load } from "./loads.ts";
import { type ArmRun, runArm } from "./run-arm.ts";

/** Of a core: beyond it an arm queues, and what it takes for a quote is no figure of its own any more. */
export const CORES_MAX = 0.7;
/** What a share of the clients is chosen by, to stay below that with what a round may differ. */
const CORES_WANTED = 0.55;
/** A first guess, lest a trial drowns: what a core sends single frames. */
const FRAMES_PER_SECOND_MAX = 30_000;
const SHARE_STEP = 0.05;
const TRIALS_MAX = 3;
const TRIAL_SECONDS = 2;
const VOID_ROUNDS_MAX = 5;

export interface Comparison {
  readonly load: Load;
  /** Part of the load's clients, where all of them would need more than a core. */
  readonly shares: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
  readonly roundsWanted: number;
  /** Rounds that were repeated, and why. */
  readonly voided: readonly string[];
}

export type Round = Readonly<Record<string, ArmRun>>;

export async function compareArms(
  world: World,
  load: Load,
  arms: readonly ArmName[],
  { seconds, rounds: wanted, progress }: SuiteOptions,
): Promise<Comparison> {
  const shares: Record<string, number> = {};
  for (const arm of arms) {
    progress(`load ${load.name}: trying ${arm}`);
    shares[arm] = await fitShare(world, arm, load);
  }
  const rounds: Round[] = [];
  const voided: string[] = [];
  const order = [...arms];
  while (rounds.length < wanted && voided.length <= VOID_ROUNDS_MAX) {
    progress(`load ${load.name}: round ${rounds.length + 1} of ${wanted}`);
    const round: Record<string, ArmRun> = {};
    for (const arm of order) {
      const plan = { share: shares[arm] ?? 1, seconds: seconds / wanted / arms.length };
      round[arm] = await runArm(world, arm, load, plan);
    }
    const tooBusy = Object.values(round).find(
      ({ coresBusy }) => (coresBusy.server ?? 0) > CORES_MAX,
    );
    if (tooBusy === undefined) rounds.push(round);
    else voided.push(`${tooBusy.arm} took ${tooBusy.coresBusy.server?.toFixed(2)} of a core`);
    // Another one begins each round, so that none always follows the same one.
    order.push(...order.splice(0, 1));
  }
  if (rounds.length === 0)
    throw new StartFailure(`no round of load ${load.name} was good: ${voided.join(", ")}`);
  return { load, shares, rounds, roundsWanted: wanted, voided };
}

/** The largest share of the clients, by trial, with which an arm leaves enough of its core free. */
async function fitShare(world: World, arm: ArmName, load: Load): Promise<number> {
  let share = arm === "ws" ? Math.min(1, FRAMES_PER_SECOND_MAX / framesPerSecond(load)) : 1;
  for (let trial = 0; trial < TRIALS_MAX; trial += 1) {
    const { coresBusy } = await runArm(world, arm, load, { share, seconds: TRIAL_SECONDS });
    const cores = coresBusy.server;
    if (cores === undefined || cores <= CORES_WANTED) break;
    share = Math.max(SHARE_STEP, roundDown((share * CORES_WANTED) / cores));
  }
  return share;
}

/** Of a frame for each tick and client. */
const framesPerSecond = (load: Load): number =>
  clientsOf(load).length * load.symbolsEach * load.ticksPerSecond;

const roundDown = (share: number): number => Math.floor(share / SHARE_STEP) * SHARE_STEP;
