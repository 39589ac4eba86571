import { expect, it, onTestFinished } from "vitest";
import { cloneDatabase } from "../harness/database.ts";
import { runChaos } from "./chaos.ts";
import { KILL_POINTS } from "./kill-points.ts";
import { findingLines } from "./report.ts";
import { startWorld } from "./world.ts";

const SEED = 20_261_126;

it("loses, doubles and breaks nothing while the venue fails and the Worker is killed", {
  timeout: 600_000,
}, async () => {
  const database = await cloneDatabase();
  onTestFinished(() => database.drop());
  const world = await startWorld({ databaseUrl: database.url, seed: SEED });
  onTestFinished(() => world.stop());
  const result = await runChaos(world, {
    seed: SEED,
    histories: 8,
    killsPerPoint: 1,
    minutes: 5,
    onRound: () => {},
  });
  expect(findingLines(result.findings)).toEqual([]);
  expect(result).toMatchObject({ histories: 8 });
  expect(result.operations).toBeGreaterThan(8 * 20);
  const killed = new Set([...result.killHits.keys()].map((key) => key.split(" ")[0]));
  expect(KILL_POINTS.filter((point) => !killed.has(point))).toEqual([]);
});
