/** What is fuzzed: the Worker as a deploy would upload it, a real Postgres, the simulated venue. */

import { join } from "node:path";
import { silent } from "../../local/log.ts";
import { startNeonStandIn } from "../../local/neon.ts";
import { createParts } from "../../local/parts.ts";
import { createSecrets, type LocalSecrets, workerSettings } from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { createVenueControl } from "../chaos/venue-control.ts";
import { createWorkerLog, type WorkerLog } from "../chaos/worker-log.ts";
import { bundleWorker, startRuntime, type WorkerRuntime } from "../chaos/worker-runtime.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { UNANSWERED } from "./sound.ts";

export interface World {
  readonly url: string;
  readonly databaseUrl: string;
  readonly databaseHttpEndpoint: string;
  readonly secrets: LocalSecrets;
  readonly runtime: WorkerRuntime;
  readonly log: WorkerLog;
  /** While they are gone, no request to them is answered; their streams are. */
  loseVenues(areGone: boolean): Promise<void>;
  /** While it is gone, no statement is answered. */
  loseDatabase(isGone: boolean): void;
  stop(): Promise<void>;
}

export const RATE_LIMITS = { auth: 20, orders: 400, reads: 400 };

const SETTINGS = {
  RATE_LIMITS: Object.entries(RATE_LIMITS)
    .map(([name, quota]) => `${name}=${quota}`)
    .join(),
  // What the venue does not answer is found out soon.
  PENDING_DEADLINE_MS: "1000",
  SUBMIT_UNKNOWN_MS: "12000",
  ALPACA_REQUESTS_PER_MINUTE: "20000",
  BINANCE_WEIGHT_PER_MINUTE: "100000",
};

/** `databaseUrl`: a migrated database of its own. */
export async function startWorld(databaseUrl: string, seed: number): Promise<World> {
  const dir = createTemporaryDir();
  const parts = createParts(["runtime", "venue", "neon"], () => {});
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  let isGone = false;
  try {
    const secrets = createSecrets();
    const log = createWorkerLog();
    const [neon, venue, bundle] = await Promise.all([
      parts.start(
        "neon",
        startNeonStandIn({
          postgresPort: Number(new URL(databaseUrl).port),
          onStatement({ point }) {
            if (isGone && point === "begin") throw new Error("the database is gone");
          },
        }),
      ),
      parts.start("venue", startVenueProcess({ seed, secrets, log: silent })),
      bundleWorker(join(dir.path, "bundle")),
    ]);
    const endpoints = { databaseUrl, databaseHttpEndpoint: neon.httpEndpoint, ...venue };
    const runtime = await parts.start(
      "runtime",
      startRuntime({
        bundle,
        settings: { ...workerSettings(endpoints, secrets), ...SETTINGS },
        persistTo: join(dir.path, "storage"),
        log: log.keep,
      }),
    );
    const control = createVenueControl(venue.controlUrl);
    const unanswered = { kind: "cut_answer", venue: "alpaca", symbol: UNANSWERED };
    await control("POST", "/faults", unanswered);
    await control("POST", "/faults", { ...unanswered, route: "DELETE /v2/orders/{id}" });
    return {
      url: runtime.url,
      databaseUrl,
      databaseHttpEndpoint: neon.httpEndpoint,
      secrets,
      runtime,
      log,
      async loseVenues(areGone) {
        if (!areGone) return void (await control("DELETE", "/faults?kind=error_before"));
        for (const venue of ["alpaca", "binance"])
          await control("POST", "/faults", { kind: "error_before", venue, route: "*" });
      },
      loseDatabase(gone) {
        isGone = gone;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
