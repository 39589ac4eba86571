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
import type { WorkerHostCalls, WorkerPlan } from "./worker-host.ts";

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
  stop(): Promise<void>;
}

export async function startWorker(plan: WorkerPlan): Promise<RunningWorker> {
  const host = startChild<WorkerHostCalls>(import.meta.resolve("./worker-host.ts"));
  try {
    const { url, entryUrl, pid } = await host.call("start", plan);
    return { url, entryUrl, pid: pid ?? host.pid, stop: () => host.stop() };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

export interface BenchPlatform {
  readonly url: string;
  readonly database: BenchDatabase;
  /** What the Worker's access tokens are signed with. */
  readonly tokens: AccessTokenSettings;
  readonly pids: Readonly<Record<"worker" | "database" | "stand-in" | "venue", number>>;
  stop(): Promise<void>;
}

/** The whole platform with the production bundle, its cron ticked once, so that instruments and quotes are known. */
export async function startPlatform(bundle: Bundle): Promise<BenchPlatform> {
  const parts = createParts(["worker", "venue", "database"], () => {});
  const secrets = createSecrets();
  try {
    const [database, venue] = await Promise.all([
      parts.start("database", startDatabase()),
      parts.start("venue", startVenueProcess({ seed: VENUE_SEED, secrets, log: silent })),
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
    const settings = { ...workerSettings(endpoints, secrets), ...tokenSettings(tokens) };
    const worker = await parts.start("worker", startWorker(toPlan(bundle, settings)));
    await tickCron(worker);
    const pids = { worker: worker.pid, venue: venue.pid, ...database.pids };
    return { url: worker.url, database, tokens, pids, stop: () => parts.stopAll() };
  } catch (error) {
    await parts.stopAll();
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
