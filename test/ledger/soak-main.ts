/** `npm run ledger:soak -- --users 200 --operations 200 --seed 7`: exits with 1 if any account or history is unsound after it. */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startWorld } from "../chaos/world.ts";
import { drawnSeed, onOwnDatabase, print, wholeNumbers } from "../harness/long-run.ts";
import { SETTLED_MS } from "./history-check.ts";
import { runSoak } from "./soak.ts";
import { checkSoakHistories } from "./soak-histories.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "200" },
    operations: { type: "string", default: "200" },
    "at-once": { type: "string", default: "24" },
    seed: { type: "string", default: drawnSeed() },
  },
});

const { users, operations, "at-once": atOnce, seed } = wholeNumbers(values);

const MINUTE_MS = 60_000;

function printTable(title: string, counts: ReadonlyMap<string, number>): void {
  print(`\n${title}`);
  const width = Math.max(...[...counts.keys()].map((name) => name.length));
  for (const [name, times] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
    print(`  ${name.padEnd(width)}  ${String(times).padStart(7)}`);
  }
}

const isSound = await onOwnDatabase("soak", async (databaseUrl) => {
  const world = await startWorld({ databaseUrl, seed });
  try {
    print(`seed ${seed}: ${users} users, ${operations} operations each, ${atOnce} users at once`);
    const startMs = performance.now();
    const result = await runSoak(world, {
      seed,
      users,
      operations,
      atOnce,
      onUser: (done) => done % 10 === 0 && print(`${done} users are done`),
    });
    printTable("operations", result.operations);
    printTable("answers", result.answers);
    printTable("booked", result.booked);
    const failures = new Map(
      result.verifications.flatMap(({ failure }) =>
        failure === null ? [] : [[failure.userId, failure.checks] as const],
      ),
    );
    const last = result.verifications.at(-1);
    const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
    print(`\n${minutes} min; verified ${result.verifications.length} times while it ran and after`);
    print(`after it: ${last?.verified} accounts, ${last?.checks} checks`);
    for (const [userId, checks] of failures) {
      print(`account ${userId} fails`);
      for (const { name, expected, actual, rows } of checks) {
        print(`  ${name}: expected ${expected}, found ${actual} ${JSON.stringify(rows)}`);
      }
    }
    for (const fault of result.faults.slice(0, 20)) print(`fault: ${fault}`);
    print(`${failures.size} accounts unsound, ${result.faults.length} faults of the platform`);
    const settlesMs = MINUTE_MS - (Date.now() % MINUTE_MS) + SETTLED_MS;
    const seconds = Math.ceil(settlesMs / 1000);
    print(`\nin ${seconds} s, when the last minute of it is over and settled: histories of equity`);
    await delay(settlesMs);
    const { points, findings } = await checkSoakHistories(world);
    for (const finding of findings.slice(0, 20)) print(`history: ${finding}`);
    print(`${points} points of ${users} histories compared, ${findings.length} are not right`);
    return (
      failures.size + result.faults.length + findings.length === 0 &&
      last?.verified === users &&
      points > 0
    );
  } finally {
    await world.stop();
  }
});
process.exit(isSound ? 0 : 1);
