/** What people read of the comparisons of the streams. */

import { budgetMs } from "../../src/streams/flush-window.ts";
import { showSpread, spreadOf } from "../measure.ts";
import type { Table } from "../suite.ts";
import { CORES_MAX, type Comparison } from "./compare.ts";
import { describe } from "./loads.ts";
import { type ArmRun, type GatewayRates, PROCESSES } from "./run-arm.ts";

export function loadTable({ load, rounds, shares, voided }: Comparison): Table {
  const arms = Object.keys(shares);
  const spread = (arm: string, figure: (run: ArmRun) => number, digits: number) =>
    showSpread(spreadOf(runsOf(rounds, arm).map(figure)), digits);
  const window = load.windowMs === null ? "every tick at once" : `window ${load.windowMs} ms`;
  return {
    title: `Load ${load.name}: ${describe(load)}, ${window}`,
    columns: ["", "clients", "frames/s", "quotes/s", "CPU µs a quote", "cores", "p50 ms", "p99 ms"],
    rows: arms.map((arm) => [
      arm,
      String(runsOf(rounds, arm)[0]?.clients ?? 0),
      spread(arm, ({ frames, seconds }) => frames / seconds, 0),
      spread(arm, ({ quotes, seconds }) => quotes / seconds, 0),
      spread(arm, ({ cpuUsPerQuote }) => cpuUsPerQuote, 2),
      spread(arm, ({ coresBusy }) => coresBusy.server ?? Number.NaN, 2),
      spread(arm, ({ delayP50 }) => delayP50, 1),
      spread(arm, ({ delayP99 }) => delayP99, 1),
    ]),
    notes: [
      `Median of ${rounds.length} rounds (lowest–highest). CPU and cores are the server's; times are from the venue's stamp to the client.`,
      ...arms.flatMap((arm) => scaledNote(arm, shares[arm] ?? 1)),
      ...voided.map(
        (reason) => `A round was void and repeated: ${reason}, more than ${CORES_MAX}.`,
      ),
    ],
  };
}

function scaledNote(arm: string, share: number): string[] {
  if (share === 1) return [];
  const percent = (share * 100).toFixed(0);
  return [`${arm} had ${percent} % of the clients: with all of them it needs too much of a core.`];
}

/** Each second, of one gateway. */
export function gatewayTable(compared: readonly Comparison[]): Table {
  return {
    title: "The platform's gateways, each second",
    columns: [
      "load",
      "gateways",
      "clients",
      "window ms",
      "pushes in",
      "frames out",
      "of its budget",
      "texts a set and flush",
    ],
    rows: compared.map(({ load, rounds }) => {
      const gateways = rounds.flatMap(({ platform }) => platform?.gateways ?? []);
      const spread = (figure: (gateway: GatewayRates) => number, digits: number) =>
        showSpread(spreadOf(gateways.map(figure)), digits);
      return [
        load.name,
        showSpread(spreadOf(rounds.map(({ platform }) => platform?.gateways.length ?? 0)), 0),
        spread(({ clients }) => clients, 0),
        spread(({ windowMs }) => windowMs, 0),
        spread(({ batches }) => batches, 0),
        spread(({ frames }) => frames, 0),
        `${spread((gateway) => budgetMs(gateway) / 10, 0)} %`,
        spread(({ texts, flushes, interests }) => texts / (flushes * interests), 2),
      ];
    }),
    notes: ["A gateway that would need more than its budget takes a longer window."],
  };
}

export function cpuTable(compared: readonly Comparison[]): Table {
  return {
    title: "CPU seconds a second of each process",
    columns: ["load, server", ...PROCESSES],
    rows: compared.flatMap(({ load, rounds, shares }) =>
      Object.keys(shares).map((arm) => [
        `${load.name}, ${arm}`,
        ...PROCESSES.map((name) => {
          const cores = runsOf(rounds, arm).flatMap(({ coresBusy }) => coresBusy[name] ?? []);
          return cores.length === 0 ? "–" : showSpread(spreadOf(cores), 2);
        }),
      ]),
    ),
  };
}

const runsOf = (rounds: Comparison["rounds"], arm: string): ArmRun[] =>
  rounds.flatMap((round) => round[arm] ?? []);
