/** What is fuzzed: the Worker as a deploy would upload it, a real Postgres, the simulated venue. */

import { startWorkerWorld, type WorkerWorld } from "../harness/worker-world.ts";
import { UNANSWERED } from "./sound.ts";

export interface World extends WorkerWorld {
  /** While they are gone, no request to them is answered; their streams are. */
  loseVenues(areGone: boolean): Promise<void>;
  /** While it is gone, no statement is answered. */
  loseDatabase(isGone: boolean): void;
}

export const RATE_LIMITS = { auth: 20, orders: 400, reads: 400, audits: 20 };

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
  let isGone = false;
  const world = await startWorkerWorld({
    databaseUrl,
    seed,
    settings: SETTINGS,
    onStatement({ point }) {
      if (isGone && point === "begin") throw new Error("the database is gone");
    },
  });
  const { venue } = world;
  const unanswered = { kind: "cut_answer", venue: "alpaca", symbol: UNANSWERED };
  try {
    await venue("POST", "/faults", unanswered);
    await venue("POST", "/faults", { ...unanswered, route: "DELETE /v2/orders/{id}" });
  } catch (error) {
    await world.stop();
    throw error;
  }
  return {
    ...world,
    async loseVenues(areGone) {
      if (!areGone) return void (await venue("DELETE", "/faults?kind=error_before"));
      for (const name of ["alpaca", "binance"])
        await venue("POST", "/faults", { kind: "error_before", venue: name, route: "*" });
    },
    loseDatabase(gone) {
      isGone = gone;
    },
  };
}
