/** Suite `order`: an order from its arrival to the recorded answer of its broker. */

import { availableParallelism } from "node:os";
import { buildBundle } from "./bundle.ts";
import { showSpread, spreadOf } from "./measure.ts";
import { measureRequests, PROCESSES, type RequestsArm } from "./order/requests.ts";
import { measureSteps, type StepsRound } from "./order/steps.ts";
import type { Suite, Table, Target } from "./suite.ts";

const RATIO_MAX = 3;
const STEPS_SHARE = 0.4;
/** A single thread that is this busy has no room for more. */
const SATURATED = 0.85;

export const order: Suite = {
  name: "order",
  secondsDefault: 60,
  startingSecondsMax: 300,
  async run(options) {
    const { seconds } = options;
    const steps = await measureSteps({ ...options, seconds: seconds * STEPS_SHARE });
    const bundle = await buildBundle();
    try {
      const share = { ...options, seconds: seconds * (1 - STEPS_SHARE) };
      const requests = await measureRequests(bundle, share);
      return {
        tables: [stepsTable(steps), requestsTable(requests), cpuTable(requests)],
        targets: [ratioTarget(steps), ...requests.map(recordedTarget)],
        data: { steps, requests },
      };
    } finally {
      bundle.remove();
    }
  },
};

const ratiosOf = (rounds: readonly StepsRound[]) => spreadOf(rounds.map(({ ratio }) => ratio));

function ratioTarget(rounds: readonly StepsRound[]): Target {
  const ratio = ratiosOf(rounds);
  return {
    name: "order: place and record in the database, p50 to p50 of one bare INSERT",
    limit: `≤ ${RATIO_MAX}`,
    measured: showSpread(ratio, 2),
    met: ratio.median <= RATIO_MAX,
  };
}

/** Speed is worth nothing where orders are refused or lost on the way. */
function recordedTarget({ clients, answered, stored, failures }: RequestsArm): Target {
  const total = Object.values(stored).reduce((sum, count) => sum + count, 0);
  const refused = Object.entries(failures).map(([failure, count]) => `${count} × ${failure}`);
  const pending = stored.pending_new ?? 0;
  return {
    name: `order: every request answered and recorded, ${clients} at once`,
    limit: "all",
    measured: [`${total - pending} of ${answered}`, ...refused].join(", "),
    met: refused.length === 0 && total === answered && pending === 0,
  };
}

function stepsTable(rounds: readonly StepsRound[]): Table {
  const row = (
    name: string,
    key: "bareInsert" | "orderRow" | "order" | "place" | "record",
    ratio: string,
  ) => [
    name,
    showSpread(spreadOf(rounds.map((round) => round[key].p50)), 2),
    showSpread(spreadOf(rounds.map((round) => round[key].p99)), 1),
    ratio,
    String(rounds.reduce((sum, round) => sum + round[key].count, 0)),
  ];
  const toRow = spreadOf(rounds.map(({ ratioToOrderRow }) => ratioToOrderRow));
  return {
    title: "Database steps of an order, one at a time, through the Worker's driver",
    columns: ["", "p50 ms", "p99 ms", "ratio of p50", "writes"],
    rows: [
      row("one bare INSERT", "bareInsert", "1"),
      row("place", "place", ""),
      row("record the answer", "record", ""),
      row("place and record", "order", showSpread(ratiosOf(rounds), 2)),
      row("INSERT of the order's row", "orderRow", `${showSpread(toRow, 2)} below it`),
    ],
    notes: [
      `Median of ${rounds.length} rounds (lowest–highest); ratios are of the same round.`,
      "The last row has the indexes and checks of its table; its ratio is place and record to it.",
    ],
  };
}

function requestsTable(arms: readonly RequestsArm[]): Table {
  return {
    title: "POST /api/v1/orders, the production bundle in workerd",
    columns: ["at once", "orders/s", "p50 ms", "p99 ms", "orders", "bound by"],
    rows: arms.map((arm) => [
      String(arm.clients),
      showSpread(arm.ordersPerSecond, 1),
      showSpread(arm.p50, 1),
      showSpread(arm.p99, 1),
      String(arm.windows.reduce((sum, { orders }) => sum + orders, 0)),
      binding(arm),
    ]),
  };
}

function cpuTable(arms: readonly RequestsArm[]): Table {
  return {
    title: "CPU of each process: ms an order (cores busy)",
    columns: ["at once", ...PROCESSES, "together", "others"],
    rows: arms.map(({ clients, cpuMsPerOrder, coresBusy, machineCoresBusy }) => [
      String(clients),
      ...PROCESSES.map((name) => showCpu(cpuMsPerOrder[name], coresBusy[name])),
      showCpu(sumOf(cpuMsPerOrder), sumOf(coresBusy)),
      machineCoresBusy === undefined
        ? "–"
        : `(${Math.max(0, machineCoresBusy - sumOf(coresBusy)).toFixed(2)})`,
    ]),
    notes: [
      `Of ${availableParallelism()} cores. Others: what else ran on the machine, which slows everything here.`,
    ],
  };
}

/** What an arm waits for, as far as CPU seconds tell it. */
function binding({ coresBusy, machineCoresBusy }: RequestsArm): string {
  const busiest = PROCESSES.toSorted((a, b) => (coresBusy[b] ?? 0) - (coresBusy[a] ?? 0))[0];
  if (busiest === undefined || coresBusy[busiest] === undefined) return "unknown";
  // The database has a process for each connection; the others have one thread each that matters.
  if (busiest !== "database" && (coresBusy[busiest] ?? 0) >= SATURATED) {
    return `CPU of the ${busiest}`;
  }
  if ((machineCoresBusy ?? 0) >= SATURATED * availableParallelism()) {
    const own = sumOf(coresBusy) / (machineCoresBusy ?? 1);
    return own >= 0.5 ? `CPU of the machine, most by the ${busiest}` : "CPU taken by others";
  }
  return `round trips and commits; most CPU by the ${busiest}`;
}

const sumOf = (figures: Readonly<Record<string, number>>): number =>
  Object.values(figures).reduce((sum, figure) => sum + figure, 0);

function showCpu(ms: number | undefined, cores: number | undefined): string {
  return ms === undefined || cores === undefined ? "–" : `${ms.toFixed(2)} (${cores.toFixed(2)})`;
}
