/** What is measured: the parts of the platform, each a process of its own, new for whoever asks. */

import { join } from "node:path";
import { silent } from "../local/log.ts";
import { migrateDatabase } from "../local/migrate.ts";
import { createParts } from "../local/parts.ts";
import { createDatabase, startPostgres } from "../local/postgres.ts";
import { createSecrets, type Settings, workerSettings } from "../local/settings.ts";
import { startVenueProcess } from "../local/venue-process.ts";
import type { AccessTokenSettings } from "../src/auth/access-token.ts";
import { createTemporaryDir } from "../test/harness/temporary-dir.ts";
import type { Bundle } from "./bundle.ts";
import { startChild } from "./child.ts";
import type { NeonHostCalls } from "./neon-host.ts";
import type { StatusQuery, WorkerHostCalls, WorkerPlan } from "./worker-host.ts";

const DATABASE = "speedtrade";
const VENUE_SEED = 1;
const CRON_TIMEOUT_MS = 55_000;

export interface BenchDatabase {
  readonly url: string;
  readonly httpEndpoint: string;
  readonly pids: Readonly<Record<"database" | "stand-in", number>>;
  stop(): Promise<void>;
}

/** A migrated, empty database that syncs each commit to disk, behind the stand-in of Neon's HTTP endpoint. */
export async function startDatabase(): Promise<BenchDatabase> {
  const dir = createTemporaryDir();
  const parts = createParts(["stand-in", "database"], () => {});
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  try {
    const postgres = await parts.start(
      "database",
      startPostgres({ dir: join(dir.path, "postgres"), durable: true, log: silent }),
    );
    await createDatabase(postgres, DATABASE);
    const url = postgres.url(DATABASE);
    await migrateDatabase(url);
    const standIn = startChild<NeonHostCalls>(import.meta.resolve("./neon-host.ts"));
    await parts.start("stand-in", Promise.resolve(standIn));
    const { httpEndpoint } = await standIn.call("start", { postgresPort: postgres.port });
    return { url, httpEndpoint, pids: { database: postgres.pid, "stand-in": standIn.pid }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface RunningWorker {
  /** workerd itself. */
  readonly url: string;
  /** Miniflare's socket, which also takes the cron's ticks. */
  readonly entryUrl: string;
  readonly pid: number;
  /** How objects of its say that they fare. */
  statuses(query: StatusQuery): Promise<unknown[]>;
  stop(): Promise<void>;
}

export async function startWorker(plan: WorkerPlan): Promise<RunningWorker> {
  const host = startChild<WorkerHostCalls>(import.meta.resolve("./worker-host.ts"));
  try {
    const { url, entryUrl, pid } = await host.call("start", plan);
    return {
      url,
      entryUrl,
      pid: pid ?? host.pid,
      statuses: (query) => host.call("statuses", query),
      stop: () => host.stop(),
    };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** How several workerds share the work. */
type WorkerShape = Pick<WorkerPlan, "registry" | "name" | "elsewhere">;

/** What the Worker needs around it, for one or for several that come after each other. */
export interface Backend {
  readonly database: BenchDatabase;
  /** What access tokens are signed with. */
  readonly tokens: AccessTokenSettings;
  readonly pids: Readonly<Record<"database" | "stand-in" | "venue", number>>;
  /** The bundle, with settings of choice over the usual ones, its cron ticked once: instruments and quotes are known. */
  startWorker(bundle: Bundle, own?: Settings, shape?: WorkerShape): Promise<RunningWorker>;
  stop(): Promise<void>;
}

/** `tickRate`: how many times as often as usual the venue's prices move. */
export async function startBackend(tickRate?: number): Promise<Backend> {
  const parts = createParts(["venue", "database"], () => {});
  const secrets = createSecrets();
  try {
    const venueOptions = { seed: VENUE_SEED, secrets, log: silent };
    const [database, venue] = await Promise.all([
      parts.start("database", startDatabase()),
      parts.start(
        "venue",
        startVenueProcess(tickRate === undefined ? venueOptions : { ...venueOptions, tickRate }),
      ),
    ]);
    const endpoints = {
      ...venue,
      databaseUrl: database.url,
      databaseHttpEndpoint: database.httpEndpoint,
    };
    const tokens: AccessTokenSettings = {
      issuer: "bench",
      audience: "bench",
      key: { id: "bench", secret: secrets.JWT_SECRET },
    };
    const usual = {
      ...workerSettings(endpoints, secrets),
      ...tokenSettings(tokens),
      // All sockets come from one address.
      RATE_LIMITS: "auth=20,orders=200,reads=200000,audits=20",
    };
    return {
      database,
      tokens,
      pids: { venue: venue.pid, ...database.pids },
      async startWorker(bundle, own = {}, shape = {}) {
        const plan = toPlan(bundle, { ...usual, ...own });
        const worker = await startWorker({ ...plan, ...shape });
        try {
          await tickCron(worker);
          return worker;
        } catch (error) {
          await worker.stop();
          throw error;
        }
      },
      stop: () => parts.stopAll(),
    };
  } catch (error) {
    await parts.stopAll();
    throw error;
  }
}

export interface BenchPlatform extends Pick<Backend, "database" | "tokens"> {
  readonly url: string;
  readonly pids: Readonly<Record<"worker" | "database" | "stand-in" | "venue", number>>;
  /** Runs the cron once; nothing else ticks it. */
  tickCron(): Promise<void>;
  stop(): Promise<void>;
}

/** All of it, with one Worker. */
export async function startPlatform(bundle: Bundle): Promise<BenchPlatform> {
  const backend = await startBackend();
  try {
    const worker = await backend.startWorker(bundle);
    return {
      ...backend,
      tickCron: () => tickCron(worker),
      url: worker.url,
      pids: { worker: worker.pid, ...backend.pids },
      async stop() {
        await worker.stop();
        await backend.stop();
      },
    };
  } catch (error) {
    await backend.stop();
    throw error;
  }
}

async function tickCron({ entryUrl }: RunningWorker): Promise<void> {
  const url = `${entryUrl}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(CRON_TIMEOUT_MS) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the cron answered ${response.status} ${answer}`);
}

const tokenSettings = ({ issuer, audience, key }: AccessTokenSettings): Settings => ({
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: audience,
  JWT_KEY_ID: key.id,
});

export const toPlan = ({ dir, modules }: Bundle, settings: Settings): WorkerPlan => ({
  modulesRoot: dir,
  modules,
  settings,
});
