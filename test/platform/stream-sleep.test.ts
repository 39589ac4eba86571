import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAccountOpener } from "../chaos/accounts.ts";
import { freeze, thaw } from "../gapless/lull.ts";
import { until } from "../gapless/until.ts";
import { Watcher } from "../gapless/watcher.ts";
import { startWorld, type World } from "../gapless/world.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";

const STILL = "NOK";
const MOVING = "F";
/** The runtime puts an object to sleep after ten idle seconds; a busy machine may take some more. */
const NAP_MS = 16_000;
const NAPS_MAX = 5;

let database: TestDatabase;
let world: World;
const watchers: Watcher[] = [];
beforeAll(async () => {
  database = await cloneDatabase();
  world = await startWorld({ databaseUrl: database.url, seed: 5, tickRate: 1 });
  await world.runtime.tickCron();
}, 120_000);
afterAll(async () => {
  for (const watcher of watchers) watcher.close();
  await world?.stop();
  await database?.drop();
});

async function watch(name: string, path: string, quotes: readonly string[]): Promise<Watcher> {
  const { token } = await createAccountOpener(world, "1000")();
  const url = `${world.url.replace("http", "ws")}/ws/market${path}`;
  const watcher = new Watcher({ name, url, token, quotes });
  watchers.push(watcher);
  await until("its quotes are shown", () => quotes.every((symbol) => watcher.quotes.has(symbol)));
  return watcher;
}

it("lets the objects of a still symbol sleep under its sockets, and brings its next quote", async () => {
  await freeze(world.venue, STILL);
  const still = [
    await watch("a socket on the symbol", `/${STILL}`, [STILL]),
    await watch("a socket on a gateway", "", [STILL]),
  ];
  const moving = await watch("others", `/${MOVING}`, [MOVING]);
  const [gateway = ""] = await world.worker.gateways();
  const instances = () =>
    Promise.all([world.worker.instance("room", STILL), world.worker.instance("gateway", gateway)]);

  let slept = [false, false];
  for (let nap = 0; slept.includes(false) && nap < NAPS_MAX; nap += 1) {
    const before = await instances();
    const events = still.map((watcher) => watcher.events);
    const others = moving.events;
    // Their clients ping meanwhile, which the runtime answers in their sleep.
    await delay(NAP_MS);
    expect(moving.events).toBeGreaterThan(others);
    expect(still.map((watcher) => watcher.events)).toEqual(events);
    await thaw(world.venue);
    await until("the next quotes come", () =>
      still.every((watcher, n) => watcher.events > (events[n] ?? 0)),
    );
    await freeze(world.venue, STILL);
    const after = await instances();
    slept = slept.map((has, n) => has || before[n] !== after[n]);
  }
  expect(slept).toEqual([true, true]);
  expect(watchers.map(({ connections }) => connections)).toEqual([1, 1, 1]);
  expect(watchers.flatMap(({ faults }) => faults)).toEqual([]);
  expect(watchers.map((watcher) => watcher.count("gaps"))).toEqual([0, 0, 0]);
}, 240_000);
