import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "./checkout.ts";
import type { Log } from "./log.ts";
import { freePort, loopback } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { StartFailure } from "./start-failure.ts";
import { startTethered, type TetheredProcess } from "./tethered-process.ts";

export interface WorkerOptions {
  readonly port: number;
  readonly settings: Settings;
  /** Where KV and the objects keep what they store. */
  readonly persistTo: string;
  readonly log: Log;
}

export interface WorkerProcess {
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<number>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 5_000;
const ASK_EVERY_MS = 100;
/** How long the rest of an error message may take to arrive. */
const ERROR_REST_MS = 300;

/** Starts `wrangler dev` and waits until the Worker answers `/health/live`. */
export async function startWorkerProcess(options: WorkerOptions): Promise<WorkerProcess> {
  const { port, settings, persistTo, log } = options;
  const url = `http://${loopback}:${port}`;
  const errors = collectErrors();
  const child = await startTethered({
    name: "worker",
    file: process.execPath,
    args: [
      ...["--no-warnings", "--import", join(import.meta.dirname, "reap.ts")],
      ...[wranglerPath(), "dev", ...(await wranglerArguments(port, persistTo))],
    ],
    env: { ...inheritedEnvironment(), ...wranglerEnvironment(persistTo), ...settings },
    cwd: root,
    // What reap.ts waits for.
    stopSignal: "SIGUSR2",
    graceMs: STOP_GRACE_MS,
    log(line) {
      const text = stripColors(line);
      errors.read(text);
      if (!isNoise(text)) log(text);
    },
  });
  try {
    await waitUntilLive(`${url}/health/live`, child, errors);
  } catch (error) {
    await child.stop();
    throw error;
  }
  const { pid, exited, stop } = child;
  return { pid, url, exited, stop };
}

async function wranglerArguments(port: number, persistTo: string): Promise<string[]> {
  mkdirSync(persistTo, { recursive: true });
  const emptyEnvFile = join(persistTo, "empty.env");
  writeFileSync(emptyEnvFile, "");
  return [
    ["--config", join(root, "wrangler.toml")],
    ["--ip", loopback],
    ["--port", String(port)],
    ["--inspector-ip", loopback],
    ["--inspector-port", String(await freePort())],
    ["--persist-to", persistTo],
    ["--show-interactive-dev-session", "false"],
    // Any file given here keeps wrangler from reading .dev.vars and .env by itself; settings come from the
    // environment, where other users of the machine can't see them. Node reads the option too and wants the file.
    ["--env-file", emptyEnvFile],
  ].flat();
}

function wranglerEnvironment(persistTo: string): Settings {
  return {
    // For the build step, which needs the Node that runs us and not the machine's.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(persistTo, "logs"),
    WRANGLER_WRITE_LOGS: "false",
    // Workers announce themselves to each other there: two checkouts have the same name.
    WRANGLER_REGISTRY_PATH: join(persistTo, "registry"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

/**
 * Only what programs need. wrangler takes every setting of wrangler.toml from the environment if it is there, and a
 * DATABASE_URL that somebody exported for something else must not become the Worker's.
 */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|USER|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|NODE_\w+|SSL_CERT_\w+|FORCE_COLOR|NO_COLOR)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

function wranglerPath(): string {
  const require = createRequire(import.meta.url);
  // Not bin/wrangler.js, which only starts a second process for this file.
  return join(dirname(require.resolve("wrangler/package.json")), "wrangler-dist", "cli.js");
}

interface Errors {
  read(line: string): void;
  first(): string | undefined;
}

/** wrangler reports a build that failed and then waits for a change; the first such line is our reason. */
function collectErrors(): Errors {
  let first: string | undefined;
  let wanted = false;
  return {
    read(line) {
      const found = /\[ERROR\] (.*)$/.exec(line)?.[1];
      if (first === undefined && found !== undefined) first = found;
      // "Build failed with 1 error:" says nothing; the error itself follows.
      if (wanted && found !== undefined) first = `${first} ${found}`;
      wanted = first?.endsWith(":") ?? false;
    },
    first: () => first,
  };
}

async function waitUntilLive(url: string, child: TetheredProcess, errors: Errors): Promise<void> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  for (
    const deadline = Date.now() + START_TIMEOUT_MS;
    !(await isLive(url));
    await delay(ASK_EVERY_MS)
  ) {
    if (errors.first() !== undefined) {
      await delay(ERROR_REST_MS);
      throw new StartFailure(`the Worker does not start: ${errors.first()}`);
    }
    if (ended) throw new StartFailure("the Worker ended at once; its last lines are above");
    if (Date.now() > deadline) throw new StartFailure(`the Worker does not answer ${url}`);
  }
}

async function isLive(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function stripColors(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set colors start with one.
  return line.replaceAll(/\u001B\[[\d;]*m/g, "");
}

/** wrangler's own chatter: its bindings repeat wrangler.toml, its requests repeat the Worker's own log. */
const NOISE = [
  /^(Your Worker has access to the following bindings:|Binding +Resource|env\.)/,
  /^\[wrangler:info\] ([A-Z]+ \/|Ready on)/,
  /^(Using secrets defined in|Cloudflare collects anonymous telemetry)/,
  /Scheduled Workers are not automatically triggered/,
  /^ +(To manually trigger a scheduled event|curl ".*\/scheduled"|For more details, see .*\/cron-triggers)/,
  /^[╭╰│─]/,
];

function isNoise(line: string): boolean {
  return NOISE.some((pattern) => pattern.test(line));
}
