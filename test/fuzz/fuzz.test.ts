import { expect, it, onTestFinished } from "vitest";
import { cloneDatabase } from "../harness/database.ts";
import { runFuzz } from "./run.ts";
import { startWorld } from "./world.ts";

const SEED = 11;
const REQUESTS = 600;
const USERS = 4;

it("answers as the document says, whatever it is sent", { timeout: 600_000 }, async () => {
  const database = await cloneDatabase();
  onTestFinished(() => database.drop());
  const world = await startWorld(database.url, SEED);
  onTestFinished(() => world.stop());
  const report = await runFuzz(world, { seed: SEED, requests: REQUESTS, users: USERS });
  expect(report.findings).toEqual([]);
  expect(report.sockets.findings).toEqual([]);
  expect(report.verification.failure).toBeNull();
  // It would show nothing if nothing came of it. A run of this length may not get everything done.
  const { operations } = report.document;
  const done = operations.filter(({ name }) =>
    [...(report.seen.get(name)?.keys() ?? [])].some((status) => status < 300),
  );
  expect(done.length).toBeGreaterThan(operations.length * 0.8);
});
