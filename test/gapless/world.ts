/** The platform with objects that fail on demand: the real Worker and Postgres, the simulated venue. */

import { join } from "node:path";
import { silent } from "../../local/log.ts";
import { startNeonStandIn } from "../../local/neon.ts";
import { createParts } from "../../local/parts.ts";
import { createSecrets, type LocalSecrets, workerSettings } from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { createVenueControl, type VenueControl } from "../chaos/venue-control.ts";
import { createWorkerLog, type WorkerLog } from "../chaos/worker-log.ts";
import { bundleWorker, startRuntime, type WorkerRuntime } from "../chaos/worker-runtime.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { createWorkerControl, type WorkerControl } from "./worker-control.ts";

export interface World {
  readonly url: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseHttpEndpoint: string;
  readonly secrets: LocalSecrets;
  readonly venue: VenueControl;
  readonly worker: WorkerControl;
  readonly runtime: WorkerRuntime;
  readonly log: WorkerLog;
  /** The next so many reads of a journal get no answer. */
  loseReads(count: number): void;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly seed: number;
  readonly tickRate: number;
}

const JOURNAL = /from "account_events" .*"seq" > /;

export async function startWorld({ databaseUrl, seed, tickRate }: WorldOptions): Promise<World> {
  const dir = createTemporaryDir();
  const parts = createParts(["runtime", "venue", "neon"], () => {});
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  let readsToLose = 0;
  try {
    const secrets = createSecrets();
    const log = createWorkerLog();
    const [neon, venue, bundle] = await Promise.all([
      parts.start(
        "neon",
        startNeonStandIn({
          postgresPort: Number(new URL(databaseUrl).port),
          onStatement({ statements, point }) {
            if (point !== "begin" || readsToLose === 0) return;
            if (!JOURNAL.test(statements[0]?.query ?? "")) return;
            readsToLose -= 1;
            throw new Error("this read is lost");
          },
        }),
      ),
      parts.start("venue", startVenueProcess({ seed, tickRate, secrets, log: silent })),
      bundleWorker(join(dir.path, "bundle"), { entry: "src/objects/testing/faulty-worker.ts" }),
    ]);
    const endpoints = { databaseUrl, databaseHttpEndpoint: neon.httpEndpoint, ...venue };
    const runtime = await parts.start(
      "runtime",
      startRuntime({
        bundle,
        compatibilityFlags: ["unsafe_module"],
        // All its clients come from one address, again and again.
        settings: {
          ...workerSettings(endpoints, secrets),
          RATE_LIMITS: "auth=20,orders=200,reads=60000",
        },
        persistTo: join(dir.path, "storage"),
        log: log.keep,
      }),
    );
    return {
      url: runtime.url,
      port: Number(new URL(runtime.url).port),
      databaseUrl,
      databaseHttpEndpoint: neon.httpEndpoint,
      secrets,
      venue: createVenueControl(venue.controlUrl),
      worker: createWorkerControl(runtime.url),
      runtime,
      log,
      loseReads(count) {
        readsToLose = count;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
