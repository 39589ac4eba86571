/** One arm under a load, from new processes to its figures. */

import type { GatewayStatus } from "../../src/streams/gateway-status.ts";
import { cpuBetween, readCpu } from "../cpu.ts";
import type { ArmName, World } from "./arms.ts";
import type { ClientsWindow } from "./clients.ts";
import { loadArm } from "./loaded-arm.ts";
import type { Load } from "./loads.ts";

export const PROCESSES = ["server", "clients", "ticks", "database", "stand-in", "venue"] as const;
export type ProcessName = (typeof PROCESSES)[number];

export interface ArmRun extends ClientsWindow {
  readonly arm: ArmName;
  readonly clients: number;
  readonly ticksPerSecond: number;
  /** CPU seconds a second. The platform alone has a database, its stand-in and a venue. */
  readonly coresBusy: Partial<Record<ProcessName, number>>;
  /** CPU of the server for each quote that was delivered, µs. */
  readonly cpuUsPerQuote: number;
  readonly gateways: readonly GatewayRates[];
}

/** What a gateway did in a second. */
export interface GatewayRates {
  readonly clients: number;
  readonly windowMs: number;
  readonly interests: number;
  readonly flushes: number;
  readonly batches: number;
  readonly frames: number;
  readonly texts: number;
}

/** Connections, code and plans get warm, and what was asked for at the start arrives. */
const WARM_UP_SECONDS = 5;
/** Coprime to the number of sets, so that the clients that read are of all of them. */
const READ_EVERY = 7;

export async function runArm(
  world: World,
  arm: ArmName,
  load: Load,
  { share, seconds }: { readonly share: number; readonly seconds: number },
): Promise<ArmRun> {
  const readEvery = load.windowMs === null ? 1 : READ_EVERY;
  const { source, server, clients, opened, stop } = await loadArm(world, arm, load, {
    share,
    readEvery,
  });
  try {
    await clients.call("measure", { seconds: WARM_UP_SECONDS });

    const others = arm === "platform" ? world.backend.pids : {};
    const pids = { server: server.pid, clients: clients.pid, ticks: source.pid, ...others };
    const statusesBefore = timed(await server.gateways());
    const ticksBefore = await source.call("sent", undefined);
    const cpuBefore = readCpu<string>(pids);
    const window = await clients.call("measure", { seconds });
    const cpu = cpuBetween(cpuBefore, readCpu<string>(pids));
    const ticks = (await source.call("sent", undefined)) - ticksBefore;
    const statusesAfter = timed(await server.gateways());

    const coresBusy = Object.fromEntries(
      Object.entries(cpu).map(([name, cpuSeconds]) => [name, (cpuSeconds ?? 0) / window.seconds]),
    );
    return {
      ...window,
      arm,
      clients: opened,
      ticksPerSecond: ticks / window.seconds,
      coresBusy,
      cpuUsPerQuote: ((cpu.server ?? Number.NaN) * 1e6) / window.quotes,
      gateways: ratesBetween(statusesBefore, statusesAfter),
    };
  } finally {
    await stop();
  }
}

const timed = (statuses: readonly GatewayStatus[]) => ({ atMs: performance.now(), statuses });

function ratesBetween(
  before: ReturnType<typeof timed>,
  after: ReturnType<typeof timed>,
): GatewayRates[] {
  const seconds = (after.atMs - before.atMs) / 1000;
  return after.statuses.map((status, index) => {
    const rate = (name: "flushes" | "batches" | "frames" | "texts") =>
      (status[name] - (before.statuses[index]?.[name] ?? 0)) / seconds;
    return {
      clients: status.clients,
      windowMs: status.windowMs,
      interests: status.interests,
      flushes: rate("flushes"),
      batches: rate("batches"),
      frames: rate("frames"),
      texts: rate("texts"),
    };
  });
}
