/** The whole request, POST /api/v1/orders, by the production bundle in workerd, at several concurrencies. */

import pg from "pg";
import { openSessions } from "../accounts.ts";
import type { Bundle } from "../bundle.ts";
import { type Child, startChild } from "../child.ts";
import { cpuBetween, readCpu, readMachineCpu } from "../cpu.ts";
import { p50, p99, type Spread, spreadOf } from "../measure.ts";
import { startPlatform } from "../platform.ts";
import type { SuiteOptions } from "../suite.ts";
import type { LoadCalls, LoadWindow } from "./load.ts";

const CLIENTS = [1, 16, 64] as const;
/** 200 orders a minute each is their limit: together 1,333 a second. */
const ACCOUNTS = 400;
/** Of an arm's time: the isolate, the connections and the plans of the database get warm. */
const WARM_UP_SHARE = 0.2;

export const PROCESSES = ["worker", "database", "stand-in", "venue", "load"] as const;
export type ProcessName = (typeof PROCESSES)[number];

interface Window {
  readonly ordersPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly orders: number;
  readonly seconds: number;
  readonly cpuSeconds: Partial<Record<ProcessName, number>>;
  /** Of the whole machine. */
  readonly machineCpuSeconds: number | undefined;
  readonly failures: LoadWindow["failures"];
}

export interface RequestsArm {
  readonly clients: number;
  readonly windows: readonly Window[];
  readonly ordersPerSecond: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  /** Over all windows. */
  readonly cpuMsPerOrder: Partial<Record<ProcessName, number>>;
  /** CPU seconds a second. */
  readonly coresBusy: Partial<Record<ProcessName, number>>;
  /** With whatever else runs on the machine. */
  readonly machineCoresBusy: number | undefined;
  readonly failures: Readonly<Record<string, number>>;
  /** Orders that were answered 201, warm-up included. */
  readonly answered: number;
  /** Orders in the database in the end, by status. */
  readonly stored: Readonly<Record<string, number>>;
}

/** One arm after the other, each with new processes and an empty database. */
export async function measureRequests(
  bundle: Bundle,
  options: SuiteOptions,
  concurrencies: readonly number[] = CLIENTS,
): Promise<RequestsArm[]> {
  const arms: RequestsArm[] = [];
  const seconds = options.seconds / concurrencies.length;
  for (const clients of concurrencies)
    arms.push(await measureArm(bundle, clients, seconds, options));
  return arms;
}

async function measureArm(
  bundle: Bundle,
  clients: number,
  seconds: number,
  { rounds, progress }: SuiteOptions,
): Promise<RequestsArm> {
  progress(`whole request, ${clients} at once: starting the platform`);
  const platform = await startPlatform(bundle);
  const load = startChild<LoadCalls>(import.meta.resolve("./load.ts"));
  try {
    const tokens = await openSessions(platform, ACCOUNTS);
    await load.call("prepare", { url: platform.url, tokens, clients });
    progress(`whole request, ${clients} at once: measuring`);
    const warmUp = await load.call("run", { seconds: seconds * WARM_UP_SHARE });
    const pids = { ...platform.pids, load: load.pid };
    const windows: Window[] = [];
    for (let i = 0; i < rounds; i += 1) {
      windows.push(await measureWindow(load, pids, (seconds * (1 - WARM_UP_SHARE)) / rounds));
    }
    const stored = await countOrders(platform.database.url);
    return summarize(clients, windows, warmUp, stored);
  } finally {
    await load.stop();
    await platform.stop();
  }
}

async function measureWindow(
  load: Child<LoadCalls>,
  pids: Readonly<Record<ProcessName, number>>,
  forSeconds: number,
): Promise<Window> {
  const before = readCpu(pids);
  const machineBefore = readMachineCpu();
  const { seconds, times, failures } = await load.call("run", { seconds: forSeconds });
  const cpuSeconds = cpuBetween(before, readCpu(pids));
  const machineAfter = readMachineCpu();
  return {
    ordersPerSecond: times.length / seconds,
    p50: p50(times),
    p99: p99(times),
    orders: times.length,
    seconds,
    cpuSeconds,
    machineCpuSeconds:
      machineBefore === undefined || machineAfter === undefined
        ? undefined
        : machineAfter - machineBefore,
    failures,
  };
}

function summarize(
  clients: number,
  windows: readonly Window[],
  warmUp: LoadWindow,
  stored: RequestsArm["stored"],
): RequestsArm {
  const orders = windows.reduce((sum, window) => sum + window.orders, 0);
  const seconds = windows.reduce((sum, window) => sum + window.seconds, 0);
  const failures: Record<string, number> = {};
  for (const part of [warmUp, ...windows]) {
    for (const [failure, count] of Object.entries(part.failures)) {
      failures[failure] = (failures[failure] ?? 0) + count;
    }
  }
  const cpuMsPerOrder: Partial<Record<ProcessName, number>> = {};
  const coresBusy: Partial<Record<ProcessName, number>> = {};
  for (const name of PROCESSES) {
    if (windows.some(({ cpuSeconds }) => cpuSeconds[name] === undefined)) continue;
    const cpu = windows.reduce((sum, { cpuSeconds }) => sum + (cpuSeconds[name] ?? 0), 0);
    cpuMsPerOrder[name] = (cpu * 1000) / orders;
    coresBusy[name] = cpu / seconds;
  }
  return {
    clients,
    windows,
    ordersPerSecond: spreadOf(windows.map((window) => window.ordersPerSecond)),
    p50: spreadOf(windows.map((window) => window.p50)),
    p99: spreadOf(windows.map((window) => window.p99)),
    cpuMsPerOrder,
    coresBusy,
    machineCoresBusy: windows.some((window) => window.machineCpuSeconds === undefined)
      ? undefined
      : windows.reduce((sum, window) => sum + (window.machineCpuSeconds ?? 0), 0) / seconds,
    failures,
    answered: orders + warmUp.times.length,
    stored,
  };
}

async function countOrders(url: string): Promise<Record<string, number>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query("SELECT status, count(*)::int FROM orders GROUP BY status");
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  } finally {
    await client.end();
  }
}
