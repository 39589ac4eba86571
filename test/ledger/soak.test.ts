import { expect, it, onTestFinished } from "vitest";
import { startWorld } from "../chaos/world.ts";
import { cloneDatabase } from "../harness/database.ts";
import { runSoak } from "./soak.ts";

const SEED = 3;
const USERS = 6;
const OPERATIONS = 40;

it("leaves books that verify, whatever users and venues do", { timeout: 600_000 }, async () => {
  const database = await cloneDatabase();
  onTestFinished(() => database.drop());
  const world = await startWorld({ databaseUrl: database.url, seed: SEED });
  onTestFinished(() => world.stop());
  const result = await runSoak(world, {
    seed: SEED,
    users: USERS,
    operations: OPERATIONS,
    atOnce: USERS,
  });
  expect(result.faults).toEqual([]);
  expect(result.verifications.flatMap(({ failure }) => failure ?? [])).toEqual([]);
  expect(result.verifications.at(-1)).toMatchObject({ verified: USERS });
  expect([...result.operations.values()].reduce((sum, times) => sum + times)).toBe(
    USERS * OPERATIONS,
  );
  // It would show nothing if nothing happened.
  for (const what of ["deposit", "reset", "orders filled", "orders replaced", "orders canceled"]) {
    expect(result.booked.get(what) ?? 0, what).toBeGreaterThan(0);
  }
});
