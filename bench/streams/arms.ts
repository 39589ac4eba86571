/** What fans the ticks out: the platform, and what it is held against. Each arm is new processes. */

import { join } from "node:path";
import { build } from "esbuild";
import type { GatewayStatus } from "../../src/streams/gateway-status.ts";
import { createTemporaryDir } from "../../test/harness/temporary-dir.ts";
import { openSessions } from "../accounts.ts";
import { type Bundle, buildBundle } from "../bundle.ts";
import { startChild } from "../child.ts";
import { type Backend, startBackend, startWorker, toPlan } from "../platform.ts";
import { type Load, symbolsOf } from "./loads.ts";
import type { WsServerCalls } from "./ws-server.ts";

export const ARM_NAMES = ["ws", "ws batched", "bare object", "platform"] as const;
export type ArmName = (typeof ARM_NAMES)[number];

export interface Arm {
  readonly url: string;
  readonly pid: number;
  /** Of those that have clients. */
  gateways(): Promise<GatewayStatus[]>;
  stop(): Promise<void>;
}

/** What all arms of a run have in common. */
export interface World {
  readonly backend: Backend;
  readonly bundle: Bundle;
  readonly bareBundle: Bundle;
  /** Access tokens, one for each user. */
  readonly tokens: readonly string[];
  stop(): Promise<void>;
}

/** What one user may have open. */
export const SOCKETS_A_USER = 5;
/** Prices come from the tick source alone. */
const VENUE_TICK_RATE = 1e-6;
/** Ours do not count as different gateways locally: there are no regions. */
const REGION = "local";
const GATEWAYS_ASKED = 8;

export async function createWorld(socketsMax: number): Promise<World> {
  const bundle = await buildBundle();
  const bareBundle = await buildBare();
  const removeBundles = () => {
    bundle.remove();
    bareBundle.remove();
  };
  let backend: Backend | undefined;
  try {
    backend = await startBackend(VENUE_TICK_RATE);
    const tokens = await openSessions(backend, Math.ceil(socketsMax / SOCKETS_A_USER));
    const { stop } = backend;
    return {
      backend,
      bundle,
      bareBundle,
      tokens,
      async stop() {
        await stop();
        removeBundles();
      },
    };
  } catch (error) {
    await backend?.stop();
    removeBundles();
    throw error;
  }
}

export async function startArm(
  world: World,
  name: ArmName,
  load: Load,
  ticksUrl: string,
): Promise<Arm> {
  const plan = { ticksUrl, symbols: symbolsOf(load), windowMs: load.windowMs };
  switch (name) {
    case "platform":
      return startPlatformArm(world, load, ticksUrl);
    case "bare object":
      return startBareArm(world, plan);
    case "ws":
      return startWsArm({ ...plan, windowMs: null });
    case "ws batched":
      return startWsArm(plan);
  }
}

async function startPlatformArm(
  { backend, bundle }: World,
  { windowMs }: Load,
  ticksUrl: string,
): Promise<Arm> {
  const worker = await backend.startWorker(bundle, {
    ALPACA_STREAM_URL: ticksUrl,
    LOG_LEVEL: "error",
    ...(windowMs === null ? {} : { STREAM_WINDOW_MS: String(windowMs) }),
  });
  const names = Array.from({ length: GATEWAYS_ASKED }, (_, shard) => `${REGION}:${shard}`);
  return {
    url: toSocketUrl(worker.url),
    pid: worker.pid,
    async gateways() {
      const statuses = await worker.statuses({ binding: "STREAM_GATEWAY", names });
      return (statuses as GatewayStatus[]).filter(({ clients }) => clients > 0);
    },
    stop: () => worker.stop(),
  };
}

/** `plan` undefined: it holds sockets, and nothing goes out. */
export async function startBareArm(
  { bareBundle }: Pick<World, "bareBundle">,
  plan?: { ticksUrl: string; symbols: readonly string[]; windowMs: number | null },
): Promise<Arm> {
  const worker = await startWorker(toPlan(bareBundle, {}));
  if (plan !== undefined)
    await fetch(`${worker.url}/start`, { method: "POST", body: JSON.stringify(plan) });
  return {
    url: toSocketUrl(worker.url),
    pid: worker.pid,
    gateways: async () => [],
    stop: () => worker.stop(),
  };
}

async function startWsArm(plan: Parameters<WsServerCalls["start"]>[0]): Promise<Arm> {
  const server = startChild<WsServerCalls>(import.meta.resolve("./ws-server.ts"));
  try {
    const { url } = await server.call("start", plan);
    return { url, pid: server.pid, gateways: async () => [], stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function buildBare(): Promise<Bundle> {
  const { path: dir, remove } = createTemporaryDir();
  const path = join(dir, "bare-object.js");
  try {
    await build({
      entryPoints: [join(import.meta.dirname, "bare-object.js")],
      outfile: path,
      bundle: true,
      format: "esm",
      target: "es2024",
      external: ["cloudflare:workers"],
      logLevel: "silent",
    });
    return { dir, modules: [{ name: "bare-object.js", path, type: "ESModule" }], remove };
  } catch (error) {
    remove();
    throw error;
  }
}

const toSocketUrl = (url: string): string => url.replace(/^http/, "ws");
