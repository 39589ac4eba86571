/** The platform with objects that fail on demand: the real Worker and Postgres, the simulated venue. */

import { startWorkerWorld, type WorkerWorld } from "../harness/worker-world.ts";
import { createWorkerControl, type WorkerControl } from "./worker-control.ts";

export interface World extends WorkerWorld {
  readonly port: number;
  readonly worker: WorkerControl;
  /** The next so many reads of a journal get no answer. */
  loseReads(count: number): void;
}

export interface WorldOptions {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly seed: number;
  readonly tickRate: number;
}

const JOURNAL = /from "account_events" .*"seq" > /;

export async function startWorld(options: WorldOptions): Promise<World> {
  let readsToLose = 0;
  const world = await startWorkerWorld({
    ...options,
    entry: "src/objects/testing/faulty-worker.ts",
    compatibilityFlags: ["unsafe_module"],
    // All its clients come from one address, again and again.
    settings: { RATE_LIMITS: "auth=20,orders=200,reads=60000,audits=20" },
    onStatement({ statements, point }) {
      if (point !== "begin" || readsToLose === 0) return;
      if (!JOURNAL.test(statements[0]?.query ?? "")) return;
      readsToLose -= 1;
      throw new Error("this read is lost");
    },
  });
  return {
    ...world,
    port: Number(new URL(world.url).port),
    worker: createWorkerControl(world.url),
    loseReads(count) {
      readsToLose = count;
    },
  };
}
