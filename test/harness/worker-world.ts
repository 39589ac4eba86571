/** The Worker as a deploy would upload it, on a real Postgres and the simulated venue, in one process that a run can reach into. */

import { join } from "node:path";
import { silent } from "../../local/log.ts";
import { startNeonStandIn } from "../../local/neon.ts";
import type { OnStatement } from "../../local/neon-query.ts";
import { createParts } from "../../local/parts.ts";
import {
  createSecrets,
  type LocalSecrets,
  type Settings,
  workerSettings,
} from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { createVenueControl, type VenueControl } from "../chaos/venue-control.ts";
import { createWorkerLog, type WorkerLog } from "../chaos/worker-log.ts";
import { bundleWorker, startRuntime, type WorkerRuntime } from "../chaos/worker-runtime.ts";
import { createTemporaryDir } from "./temporary-dir.ts";

export interface WorkerWorld {
  readonly url: string;
  readonly databaseUrl: string;
  readonly databaseHttpEndpoint: string;
  readonly secrets: LocalSecrets;
  readonly venue: VenueControl;
  readonly runtime: WorkerRuntime;
  readonly log: WorkerLog;
  stop(): Promise<void>;
}

export interface WorkerWorldOptions {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly seed: number;
  /** How many times as often as usual prices move. */
  readonly tickRate?: number;
  /** Settings on top of the local ones. */
  readonly settings: Settings;
  /** Another Worker than the real one. */
  readonly entry?: string;
  readonly compatibilityFlags?: readonly string[];
  /** Statements on their way; what it throws is how they fail. */
  readonly onStatement: OnStatement;
}

export async function startWorkerWorld(options: WorkerWorldOptions): Promise<WorkerWorld> {
  const { databaseUrl, seed, settings, entry, onStatement } = options;
  const { tickRate, compatibilityFlags } = options;
  const dir = createTemporaryDir();
  const parts = createParts(["runtime", "venue", "neon"], () => {});
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  try {
    const secrets = createSecrets();
    const log = createWorkerLog();
    const postgresPort = Number(new URL(databaseUrl).port);
    const [neon, venue, bundle] = await Promise.all([
      parts.start("neon", startNeonStandIn({ postgresPort, onStatement })),
      parts.start("venue", startVenueProcess({ seed, tickRate, secrets, log: silent })),
      bundleWorker(join(dir.path, "bundle"), { entry }),
    ]);
    const endpoints = { databaseUrl, databaseHttpEndpoint: neon.httpEndpoint, ...venue };
    const runtime = await parts.start(
      "runtime",
      startRuntime({
        bundle,
        compatibilityFlags,
        settings: { ...workerSettings(endpoints, secrets), ...settings },
        persistTo: join(dir.path, "storage"),
        log: log.keep,
      }),
    );
    return {
      url: runtime.url,
      databaseUrl,
      databaseHttpEndpoint: neon.httpEndpoint,
      secrets,
      venue: createVenueControl(venue.controlUrl),
      runtime,
      log,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
