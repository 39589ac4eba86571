/** What a request of each class of routes costs once everything is warm: CPU, by process. */

import type { Bundle } from "../bundle.ts";
import { cpuBetween, readCpu } from "../cpu.ts";
import { type Spread, showSpread, spreadOf } from "../measure.ts";
import { startBackend } from "../platform.ts";
import type { SuiteOptions, Table } from "../suite.ts";
import { type Ask, openRouteArms, ROUTE_CLASSES, type RouteClass } from "./route-arms.ts";

const CLASSES = Object.keys(ROUTE_CLASSES) as RouteClass[];
/** Of all time: connections, plans of the database and the isolate's code get warm. */
const WARM_UP_SHARE = 0.2;
/** What a request leaves to be done behind its answer is done by then. */
const SETTLE_MS = 300;
/** None of ours. */
const LIMITS = "auth=200000,orders=200000,reads=200000,audits=20";

type ProcessName = "worker" | "database";

interface Window {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuSeconds: Partial<Record<ProcessName, number>>;
}

/** Milliseconds of CPU a request, without what the process takes while nobody asks. */
export interface RouteCpu {
  readonly route: RouteClass;
  readonly workerCpuMs: Spread;
  readonly databaseCpuMs: Spread;
  readonly requests: number;
}

/** One client, one request at a time; the classes have a window each in every round. */
export async function measureRouteCpu(
  bundle: Bundle,
  { seconds, rounds, progress }: SuiteOptions,
): Promise<RouteCpu[]> {
  progress("size: starting the platform");
  const backend = await startBackend();
  try {
    const worker = await backend.startWorker(bundle, { RATE_LIMITS: LIMITS });
    try {
      const { arms, stop } = await openRouteArms(backend, worker);
      try {
        const pids = { worker: worker.pid, database: backend.pids.database };
        const windowMs = (share: number) => (seconds * share * 1_000) / (CLASSES.length + 1);
        const idle: Ask = async () => {
          await sleep(SETTLE_MS);
          return true;
        };
        const run = (ask: Ask, ms: number) => runWindow(ask, pids, ms);
        for (const name of CLASSES) await run(arms[name], windowMs(WARM_UP_SHARE));
        const measured: Record<RouteClass, Window>[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          progress(`size: warm requests, round ${round} of ${rounds}`);
          const share = (1 - WARM_UP_SHARE) / rounds;
          const resting = await run(idle, windowMs(share));
          const windows: [RouteClass, Window][] = [];
          for (const name of CLASSES) {
            windows.push([name, without(resting, await run(arms[name], windowMs(share)))]);
          }
          measured.push(Object.fromEntries(windows) as Record<RouteClass, Window>);
        }
        return CLASSES.map((route) =>
          summarize(
            route,
            measured.map((each) => each[route]),
          ),
        );
      } finally {
        stop();
      }
    } finally {
      await worker.stop();
    }
  } finally {
    await backend.stop();
  }
}

async function runWindow(
  ask: Ask,
  pids: Readonly<Record<ProcessName, number>>,
  ms: number,
): Promise<Window> {
  const before = readCpu(pids);
  const startMs = performance.now();
  let requests = 0;
  while (performance.now() - startMs < ms && (await ask())) requests += 1;
  await sleep(SETTLE_MS);
  const cpuSeconds = cpuBetween(before, readCpu(pids));
  return { requests, seconds: (performance.now() - startMs) / 1_000, cpuSeconds };
}

/** Less what would have been taken in the same time without any request. */
function without(resting: Window, { requests, seconds, cpuSeconds }: Window): Window {
  const share = seconds / resting.seconds;
  const own = (name: ProcessName) =>
    (cpuSeconds[name] ?? Number.NaN) - (resting.cpuSeconds[name] ?? Number.NaN) * share;
  return { requests, seconds, cpuSeconds: { worker: own("worker"), database: own("database") } };
}

function summarize(route: RouteClass, windows: readonly Window[]): RouteCpu {
  const each = (name: ProcessName) =>
    spreadOf(
      windows.map(
        ({ requests, cpuSeconds }) => ((cpuSeconds[name] ?? Number.NaN) * 1_000) / requests,
      ),
    );
  return {
    route,
    workerCpuMs: each("worker"),
    databaseCpuMs: each("database"),
    requests: windows.reduce((sum, { requests }) => sum + requests, 0),
  };
}

export function routeCpuTable(measured: readonly RouteCpu[]): Table {
  return {
    title: "CPU of a request once all is warm, ms",
    columns: ["", "workerd", "database", "requests"],
    rows: measured.map(({ route, workerCpuMs, databaseCpuMs, requests }) => [
      ROUTE_CLASSES[route],
      showSpread(workerCpuMs, 2),
      showSpread(databaseCpuMs, 2),
      String(requests),
    ]),
    notes: [
      "One client, one request at a time, what both take while nobody asks taken off; median of the rounds.",
      "workerd's own part of HTTP and of the calls to objects is in it, and so is what follows behind an answer.",
    ],
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
