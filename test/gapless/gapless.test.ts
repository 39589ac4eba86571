import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { runCrowd } from "./crowd.ts";
import { runGapless } from "./run.ts";
import { runStall } from "./stall.ts";
import { startWorld, type World } from "./world.ts";

const SEED = 7;

let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await cloneDatabase();
  world = await startWorld({ databaseUrl: database.url, seed: SEED, tickRate: 1 });
}, 120_000);
afterAll(async () => {
  await world?.stop();
  await database?.drop();
});

it("leaves no client without an explanation, whatever breaks", async () => {
  const report = await runGapless(world, {
    seed: SEED,
    clients: 50,
    disturbances: 60,
    kills: 1,
    lulls: 1,
    entries: 2_000,
    pauseMaxMs: 100,
  });
  expect(report.findings).toEqual([]);
  expect(report.strikes).toBeGreaterThanOrEqual(60);
  expect(report.entries).toBeGreaterThanOrEqual(2_000);
}, 300_000);

it("explains itself to a crowd on one symbol", async () => {
  const report = await runCrowd(world, { symbol: "DOGE/USD", sockets: 100, rounds: 1 });
  expect(report.findings).toEqual([]);
  // Each lost its socket once, with the object.
  expect(report.connections).toBeGreaterThanOrEqual(200);
  expect(report.gaps).toBeGreaterThanOrEqual(100);
}, 300_000);

it("lets a client whose window is full hold nobody up", async () => {
  const report = await runStall(world);
  expect(report.findings).toEqual([]);
  expect(report.others).toBeGreaterThan(0);
  expect(report.wasFull ?? true).toBe(true);
}, 300_000);
