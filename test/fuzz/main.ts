/** `npm run fuzz -- --requests 20000 --seed 7`: exits with 1 at any answer that the document does not allow. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { findMissing, summaryLines, tableLines } from "./report.ts";
import { runFuzz } from "./run.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    requests: { type: "string", default: "20000" },
    users: { type: "string", default: "24" },
  },
});
const [seed, requests, users] = [values.seed, values.requests, values.users].map(wholeNumber) as [
  number,
  number,
  number,
];

const LINE_MAX = 600;
const DATABASE = "fuzz";
const print = (...lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n`);

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`${text} is not a whole number\n`);
  process.exit(2);
}

const dir = createTemporaryDir();
const postgres = await startPostgres({
  dir: join(dir.path, "postgres"),
  durable: false,
  log: silent,
});
let failed = true;
try {
  await createDatabase(postgres, DATABASE);
  await migrateDatabase(postgres.url(DATABASE));
  const world = await startWorld(postgres.url(DATABASE), seed);
  try {
    print(`seed ${seed}: ${requests} requests of ${users} users`);
    const startMs = performance.now();
    const onProgress = (line: string) => print(line);
    const report = await runFuzz(world, { seed, requests, users, onProgress });
    const missing = findMissing(report);
    print("", ...tableLines(report), "", ...summaryLines(report));
    print(
      `the Worker's log: ${[...world.log.counts].map(([event, n]) => `${event}: ${n}`).join(", ")}`,
    );
    for (const line of world.log.errors.filter((each) => each.includes("unhandled_error")))
      print(line.slice(0, LINE_MAX));
    print(`never seen, and not known as out of reach: ${missing.length}`, ...missing);
    print(`${((performance.now() - startMs) / 60_000).toFixed(1)} min`);
    const { findings, sockets, verification } = report;
    failed =
      [...findings, ...sockets.findings, ...missing].length > 0 || verification.failure !== null;
  } finally {
    await world.stop();
  }
} finally {
  await postgres.stop();
  dir.remove();
}
process.exit(failed ? 1 : 0);
