/** Takes unit costs out of what `npm run bench -- … --json FILE` wrote. */

import type { FootprintData } from "../footprint.ts";
import { spreadOf } from "../measure.ts";
import type { RequestsArm } from "../order/requests.ts";
import type { StepsRound } from "../order/steps.ts";
import { kbASocket, type Waves } from "../sockets/waves.ts";
import type { Comparison } from "../streams/compare.ts";
import type { ArmRun } from "../streams/run-arm.ts";
import type { Measurements, UnitCost } from "./unit-costs.ts";

/** Suites that were not asked for are missing. */
export interface BenchRun {
  readonly machine: {
    readonly startedAt: string;
    readonly cores: number;
    readonly loadBefore: number;
  };
  readonly seconds?: number;
  readonly suites: {
    readonly fanout?: { readonly A: Comparison; readonly B: Comparison };
    readonly sockets?: { readonly memory: { readonly platform: Waves } };
    readonly order?: {
      readonly steps: readonly StepsRound[];
      readonly requests: readonly RequestsArm[];
    };
    readonly footprint?: FootprintData;
  };
}

type Taken = Partial<Record<UnitCost, number | undefined>>;

/** The measurements, with those that the run has in place of the old ones. */
export function takeRun(known: Measurements, run: BenchRun): Measurements {
  const { startedAt, cores, loadBefore: load } = run.machine;
  const { fanout, sockets, order, footprint } = run.suites;
  const taken: Record<string, Taken> = {
    fanout: fanout === undefined ? {} : takeFanout(fanout),
    sockets: sockets === undefined ? {} : { socketKb: takeSocketKb(sockets.memory.platform) },
    order: order === undefined ? {} : takeOrder(order),
    footprint: footprint === undefined ? {} : takeFootprint(footprint),
  };
  const measured = { ...known };
  for (const [suite, figures] of Object.entries(taken)) {
    const seconds = run.seconds === undefined ? "" : ` --seconds ${run.seconds}`;
    const command = `npm run bench -- ${suite}${seconds}`;
    for (const [name, value] of Object.entries(figures)) {
      // Where the system does not tell CPU, what is known stands.
      if (value === undefined || !(value > 0)) continue;
      const day = startedAt.slice(0, 10);
      measured[name as UnitCost] = { value, command, day, cores, load };
    }
  }
  return measured;
}

const cpuUs = ({ coresBusy, seconds }: ArmRun): number =>
  (coresBusy.server ?? Number.NaN) * seconds * 1e6;

const frameUsOf = (run: ArmRun): number => cpuUs(run) / run.frames;

function takeFanout({ A, B }: NonNullable<BenchRun["suites"]["fanout"]>): Taken {
  const frames = A.rounds.flatMap((round) => round["bare object"] ?? []).map(frameUsOf);
  const calls = B.rounds.flatMap(({ platform, "bare object": bare }) =>
    platform === undefined || bare === undefined ? [] : callUsOf(platform, bare),
  );
  return { frameUs: spreadOf(frames).median, callUs: spreadOf(calls).median };
}

/** What the platform takes beyond a bare object that sends as many frames goes to calls: each tick to its room, and the pushes. */
function callUsOf(platform: ArmRun, bare: ArmRun): number {
  const pushes = platform.gateways.reduce((sum, { batches }) => sum + batches, 0);
  const calls = (platform.ticksPerSecond + pushes) * platform.seconds;
  return (cpuUs(platform) - frameUsOf(bare) * platform.frames) / calls;
}

function takeSocketKb({ waves: [first] }: Waves): number | undefined {
  return first && kbASocket(first);
}

function takeOrder({ steps, requests }: NonNullable<BenchRun["suites"]["order"]>): Taken {
  const busiest = requests.toSorted((a, b) => b.clients - a.clients)[0];
  return {
    workerMs: busiest?.cpuMsPerOrder.worker,
    placeMs: spreadOf(steps.map(({ place }) => place.p50)).median,
    recordMs: spreadOf(steps.map(({ record }) => record.p50)).median,
  };
}

function takeFootprint({ life, bookingMsPerReport, offerUs }: FootprintData): Taken {
  const { statements, rowsInserted, rowsUpdated, keptBytes, walBytes, answerBytes } = life;
  return {
    offerUs: offerUs.median,
    bookingMs: bookingMsPerReport.median,
    databaseMs: life.databaseCpuMs,
    ...{ statements, rowsInserted, rowsUpdated, keptBytes, walBytes, answerBytes },
  };
}
