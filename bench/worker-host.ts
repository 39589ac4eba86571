// Runs a bundle in a workerd of its own and takes no part in its requests: they arrive at workerd's own socket,
// without the proxies of wrangler and Miniflare, which cost many times what the Worker does.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { root } from "../local/checkout.ts";
import { loopback } from "../local/ports.ts";
import type { Settings } from "../local/settings.ts";
import type { BundleModule } from "./bundle.ts";
import { serveParent } from "./child.ts";
import { findChild } from "./cpu.ts";

export interface WorkerPlan {
  readonly modulesRoot: string;
  readonly modules: readonly BundleModule[];
  /** On top of wrangler.toml's. */
  readonly settings: Settings;
  /** Where workerds find each other's objects: a folder. */
  readonly registry?: string;
  /** What others call it there; "bench" without. */
  readonly name?: string;
  /** Objects that another workerd of the registry runs, by their binding. */
  readonly elsewhere?: Readonly<Record<string, ObjectsElsewhere>>;
}

interface ObjectsElsewhere {
  readonly className: string;
  /** The name of that workerd's Worker. */
  readonly scriptName: string;
}

export interface StatusQuery {
  /** Of a class of objects. */
  readonly binding: string;
  readonly names: readonly string[];
}

/** As much of Miniflare as is needed here. It comes with wrangler, which pins its version. */
interface MiniflareModule {
  readonly Miniflare: new (
    options: unknown,
  ) => {
    readonly ready: Promise<URL>;
    unsafeGetDirectURL(): Promise<URL>;
    getDurableObjectNamespace(binding: string): Promise<{
      getByName(name: string): { status(): Promise<unknown> };
    }>;
    dispose(): Promise<void>;
  };
  readonly NoOpLog: new () => unknown;
  convertV4MiniflareOptions(options: object): unknown;
}

/**
 * Where Linux keeps files in memory. The one thread that runs everything here waits for each file that an object or
 * the rate limiter syncs: on a disk one would measure nothing else, and no isolate of the edge waits so.
 */
const MEMORY_DIR = "/dev/shm";

let running: InstanceType<MiniflareModule["Miniflare"]> | undefined;

const calls = {
  async start(plan: WorkerPlan) {
    // Where Miniflare puts its files.
    if (existsSync(MEMORY_DIR)) process.env.TMPDIR = MEMORY_DIR;
    const { Miniflare, NoOpLog, convertV4MiniflareOptions } = loadMiniflare();
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...workerOptions(plan),
        modulesRoot: plan.modulesRoot,
        modules: plan.modules.map(({ type, path }) => ({ type, path })),
        ...(plan.registry === undefined ? {} : { unsafeDevRegistryPath: plan.registry }),
        unsafeDirectSockets: [{ host: loopback, port: 0 }],
        host: loopback,
        port: 0,
        cf: false,
        telemetry: { enabled: false },
        // For the cron, which is told over Miniflare's own socket.
        unsafeTriggerHandlers: true,
        log: new NoOpLog(),
        handleStructuredLogs: tellErrors,
      }),
    );
    running = miniflare;
    const entryUrl = (await miniflare.ready).origin;
    return {
      url: (await miniflare.unsafeGetDirectURL()).origin,
      entryUrl,
      /** Of workerd; undefined where the system does not tell. */
      pid: findChild(process.pid, "workerd"),
    };
  },

  /** How the objects of these names say that they fare. */
  async statuses({ binding, names }: StatusQuery): Promise<unknown[]> {
    if (running === undefined) throw new Error("nothing runs");
    const objects = await running.getDurableObjectNamespace(binding);
    return Promise.all(names.map((name) => objects.getByName(name).status()));
  },
};

export type WorkerHostCalls = typeof calls;

function workerOptions({ settings, name = "bench", elsewhere }: WorkerPlan): object {
  const configured = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
  // With assets, a direct socket would lead through their router first.
  const { assets: _, bindings = {}, durableObjects = {}, ...rest } = configured.workerOptions;
  return {
    ...rest,
    name,
    bindings: Object.assign({}, bindings, settings),
    durableObjects: Object.assign({}, durableObjects, elsewhere),
  };
}

function loadMiniflare(): MiniflareModule {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve("wrangler"))("miniflare");
}

function tellErrors({ level, message }: { level: string; message: string }): void {
  if (level === "error") process.stderr.write(`${message}\n`);
}

serveParent(calls, async () => running?.dispose());
