/** The Worker under a runtime that can be killed and comes back at the same port with the same storage. */

import { spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../local/checkout.ts";
import type { Log } from "../../local/log.ts";
import { freePort, loopback } from "../../local/ports.ts";
import type { Settings } from "../../local/settings.ts";
import { fetchWithin } from "./fetch-within.ts";

const require = createRequire(import.meta.url);
const wranglerDir = dirname(require.resolve("wrangler/package.json"));
/** The one that wrangler itself runs; it starts a runtime that has ended anew, at the same port. */
const {
  Miniflare,
  convertV4MiniflareOptions,
  Log: MiniflareLog,
  Response: MiniflareResponse,
} = createRequire(join(wranglerDir, "package.json"))("miniflare");

const LIVE_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 20;
const CRON_WITHIN_MS = 55_000;

export interface WorkerRuntime {
  readonly url: string;
  /** Ends the runtime with SIGKILL, at once. False while it is down anyway. */
  kill(): boolean;
  /** Resolves once it answers again. */
  live(): Promise<void>;
  readonly kills: number;
  /** How long it was down after them, in all. */
  readonly downMs: number;
  /** Runs the cron's job once; throws if it failed. */
  tickCron(): Promise<void>;
  stop(): Promise<void>;
}

export interface Bundle {
  readonly dir: string;
  /** The main module's name. */
  readonly main: string;
  readonly config: WorkerConfig;
}

export interface RuntimeOptions {
  readonly bundle: Bundle;
  /** On top of wrangler.toml's. */
  readonly compatibilityFlags?: readonly string[] | undefined;
  readonly settings: Settings;
  readonly persistTo: string;
  readonly log: Log;
}

/** The part of wrangler.toml that the runtime is given. */
interface WorkerConfig {
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly vars: object;
  readonly kv_namespaces: readonly { readonly binding: string }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly ratelimits: readonly {
    readonly name: string;
    readonly namespace_id: string;
    readonly simple: object;
  }[];
}

interface BundleOptions {
  /** The checkout to build; this one if left out. */
  readonly source?: string | undefined;
  /** What to build in the Worker's place. */
  readonly entry?: string | undefined;
}

/** Builds into `dir` what `wrangler deploy` would upload. */
export async function bundleWorker(dir: string, options: BundleOptions = {}): Promise<Bundle> {
  const { source = root, entry = "src/worker.ts" } = options;
  const cli = join(wranglerDir, "wrangler-dist", "cli.js");
  const config = ["--config", join(source, "wrangler.toml")];
  const args = ["deploy", entry, "--dry-run", "--outdir", dir, ...config];
  const child = spawn(process.execPath, ["--no-warnings", cli, ...args], {
    cwd: source,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the Worker can't be bundled:\n${output}`);
  return { dir, main: basename(entry).replace(/\.ts$/, ".js"), config: await readConfig() };
}

/** wrangler takes seconds to load, which whoever is given a bundle need not spend. */
async function readConfig(): Promise<WorkerConfig> {
  const { unstable_readConfig } = await import("wrangler");
  return unstable_readConfig({ config: join(root, "wrangler.toml") });
}

export async function startRuntime(options: RuntimeOptions): Promise<WorkerRuntime> {
  const { log } = options;
  const port = await freePort();
  const url = `http://${loopback}:${port}`;
  let runtimePid: number | undefined;
  let isUp = false;
  let kills = 0;
  let downMs = 0;
  const onChild = (message: unknown) => {
    const { process: child } = message as { process: { pid?: number; spawnfile?: string } };
    // Told before it is spawned: its id is known a tick later.
    setImmediate(() => {
      if (child.spawnfile?.endsWith("workerd")) runtimePid = child.pid;
    });
  };
  subscribe("child_process", onChild);
  const miniflare = new Miniflare(convertV4MiniflareOptions(miniflareOptions(port, options)));

  async function live(): Promise<void> {
    for (const deadline = Date.now() + LIVE_WITHIN_MS; Date.now() < deadline; ) {
      try {
        const { status } = await fetchWithin(2_000, `${url}/health/live`);
        if (status === 200) {
          isUp = true;
          return;
        }
      } catch {
        // Down, or on its way up.
      }
      await delay(ASK_EVERY_MS);
    }
    throw new Error("the Worker does not come back");
  }

  await miniflare.ready;
  await live();
  return {
    url,
    kill() {
      // Killed while it starts, it would not be started again.
      if (runtimePid === undefined || !isUp) return false;
      try {
        process.kill(runtimePid, "SIGKILL");
      } catch {
        return false;
      }
      runtimePid = undefined;
      isUp = false;
      kills += 1;
      const killedMs = Date.now();
      live().then(
        () => {
          downMs += Date.now() - killedMs;
        },
        (error: unknown) => log(String(error)),
      );
      return true;
    },
    live,
    get kills() {
      return kills;
    },
    get downMs() {
      return downMs;
    },
    async tickCron() {
      const cron = encodeURIComponent("* * * * *");
      const address = `${url}/cdn-cgi/local/scheduled?cron=${cron}`;
      const { status, text } = await fetchWithin(CRON_WITHIN_MS, address);
      if (status !== 200) throw new Error(`the cron answered ${status} ${text}`);
    },
    async stop() {
      unsubscribe("child_process", onChild);
      await miniflare.dispose();
    },
  };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
};

/** The files of the documentation, as the platform serves them. */
function serveAsset({ url }: { readonly url: string }) {
  const name = new URL(url).pathname;
  const file = join(root, ".build", "assets", extname(name) === "" ? `${name}.html` : name);
  if (!existsSync(file)) return new MiniflareResponse(null, { status: 404 });
  const headers = { "content-type": MEDIA_TYPES[extname(file)] ?? "application/octet-stream" };
  return new MiniflareResponse(readFileSync(file), { headers });
}

function miniflareOptions(port: number, options: RuntimeOptions) {
  const { bundle, compatibilityFlags = [], settings, persistTo, log } = options;
  const { config } = bundle;
  const wasm = readdirSync(bundle.dir).filter((name) => name.endsWith(".wasm"));
  const main = join(bundle.dir, bundle.main);
  return {
    host: loopback,
    port,
    cf: false,
    telemetry: { enabled: false },
    unsafeTriggerHandlers: true,
    resourcePersistencePath: persistTo,
    // It calls each of our kills a crash.
    log: new MiniflareLog(0),
    handleStructuredLogs: ({ message }: { message: string }) => log(message),
    name: "speedtrade",
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: [...config.compatibility_flags, ...compatibilityFlags],
    modulesRoot: bundle.dir,
    modules: [
      {
        type: "ESModule",
        path: main,
        contents: readFileSync(main, "utf8"),
      },
      ...wasm.map((name) => ({
        type: "CompiledWasm",
        path: join(bundle.dir, name),
        contents: readFileSync(join(bundle.dir, name)),
      })),
    ],
    bindings: { ...config.vars, ...settings },
    kvNamespaces: Object.fromEntries(config.kv_namespaces.map(({ binding }) => [binding, binding])),
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map((object) => [
        object.name,
        { className: object.class_name, useSQLite: true },
      ]),
    ),
    serviceBindings: { ASSETS: serveAsset },
    ratelimits: Object.fromEntries(
      config.ratelimits.map(({ name, namespace_id, simple }) => [name, { namespace_id, simple }]),
    ),
  };
}
