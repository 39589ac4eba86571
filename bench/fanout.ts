/** Suite `fanout`: what it takes to bring prices to many clients, against a plain server with `ws`. */

import { showSpread, spreadOf } from "./measure.ts";
import { type ArmName, createWorld } from "./streams/arms.ts";
import { type Comparison, compareArms } from "./streams/compare.ts";
import { LOAD_A, LOAD_B, LOAD_ROOM, type Load } from "./streams/loads.ts";
import type { ArmRun } from "./streams/run-arm.ts";
import { cpuTable, gatewayTable, loadTable } from "./streams/tables.ts";
import type { Suite, Target } from "./suite.ts";

const SINGLE_FRAMES_RATIO_MAX = 0.4;
const BATCHED_RATIO_MAX = 1.5;
const ROOM_RATIO_MAX = 2;
/** A text for each set of symbols and flush; some flushes have nothing for some sets. */
const TEXTS_MAX = 1;

const ARMS: readonly ArmName[] = ["ws", "ws batched", "bare object", "platform"];
const PLANS: readonly { load: Load; arms: readonly ArmName[]; share: number }[] = [
  { load: LOAD_A, arms: ARMS, share: 0.35 },
  { load: LOAD_B, arms: ARMS, share: 0.4 },
  { load: LOAD_ROOM, arms: ["ws", "bare object", "platform"], share: 0.25 },
];

export const fanout: Suite = {
  name: "fanout",
  secondsDefault: 180,
  startingSecondsMax: 1_800,
  async run(options) {
    const world = await createWorld(Math.max(...PLANS.map(({ load }) => load.clients)));
    try {
      const compared: Comparison[] = [];
      for (const { load, arms, share } of PLANS) {
        const seconds = options.seconds * share;
        compared.push(await compareArms(world, load, arms, { ...options, seconds }));
      }
      const [a, b, room] = compared as [Comparison, Comparison, Comparison];
      return {
        tables: [...compared.map(loadTable), gatewayTable([a, b]), cpuTable(compared)],
        targets: [
          ratioTarget(b, "ws", SINGLE_FRAMES_RATIO_MAX, "single frames"),
          ratioTarget(b, "ws batched", BATCHED_RATIO_MAX, "the same batching"),
          delayTarget(a),
          delayTarget(b),
          roomTarget(room),
          textsTarget([a, b]),
          faultsTarget(compared),
        ],
        data: Object.fromEntries(compared.map((each) => [each.load.name, each])),
      };
    } finally {
      await world.stop();
    }
  },
};

/** Of the same round each. */
function ratiosOf({ rounds }: Comparison, to: ArmName, figure: (run: ArmRun) => number) {
  return spreadOf(
    rounds.map(({ platform, [to]: other }) =>
      platform === undefined || other === undefined ? Number.NaN : figure(platform) / figure(other),
    ),
  );
}

function ratioTarget(compared: Comparison, to: ArmName, max: number, kind: string): Target {
  const ratio = ratiosOf(compared, to, ({ cpuUsPerQuote }) => cpuUsPerQuote);
  return {
    name: `fanout ${compared.load.name}: CPU a delivered quote, to that of ws with ${kind}`,
    limit: `≤ ${max}`,
    measured: showSpread(ratio, 2),
    met: ratio.median <= max,
  };
}

function delayTarget({ load, rounds }: Comparison): Target {
  const delay = spreadOf(rounds.map(({ platform }) => platform?.delayP50 ?? Number.NaN));
  return {
    name: `fanout ${load.name}: median time from tick to client`,
    limit: `≤ ${load.windowMs} ms, the window`,
    measured: `${showSpread(delay, 0)} ms`,
    met: delay.median <= (load.windowMs ?? 0),
  };
}

function roomTarget(compared: Comparison): Target {
  const ratio = ratiosOf(compared, "ws", ({ delayP99 }) => delayP99);
  return {
    name: "fanout room: p99 from tick to client, to that of ws",
    limit: `≤ ${ROOM_RATIO_MAX}`,
    measured: showSpread(ratio, 2),
    met: ratio.median <= ROOM_RATIO_MAX,
  };
}

function textsTarget(compared: readonly Comparison[]): Target {
  const texts = compared
    .flatMap(({ rounds }) => rounds.flatMap(({ platform }) => platform?.gateways ?? []))
    .map((gateway) => gateway.texts / (gateway.flushes * gateway.interests));
  const most = Math.max(...texts);
  return {
    name: "fanout: texts made for each subscription set and flush, however many clients",
    limit: `≤ ${TEXTS_MAX}`,
    measured: most.toFixed(2),
    // A quotient of rates is not exact.
    met: Number(most.toFixed(6)) <= TEXTS_MAX,
  };
}

/** Speed is worth nothing where something is missing. */
function faultsTarget(compared: readonly Comparison[]): Target {
  const faults = new Set<string>();
  for (const { load, rounds, roundsWanted } of compared) {
    for (const { arm, clients, open, ...run } of rounds.flatMap((round) => Object.values(round))) {
      const own = Object.keys(run.faults);
      if (open < clients) own.push(`${open} of ${clients} open in the end`);
      for (const fault of own) faults.add(`${load.name}, ${arm}: ${fault}`);
    }
    if (rounds.length < roundsWanted) faults.add(`${load.name}: ${rounds.length} rounds count`);
  }
  return {
    name: "fanout: nothing lost, nobody sent away",
    limit: "no fault",
    measured: faults.size === 0 ? "no fault" : [...faults].join("; "),
    met: faults.size === 0,
  };
}
