/** `npm run chaos -- --histories 500 --seed 7`: exits with 1 if anything was lost, doubled, stuck or broken. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../local/checkout.ts";
import { silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { runChaos } from "./chaos.ts";
import { PLANTED_BUGS, type PlantedBug, plantBug } from "./planted-bugs.ts";
import { findingLines, roundLine, tableLines, trailLines } from "./report.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "60" },
    kills: { type: "string", default: "3" },
    quiet: { type: "boolean", default: false },
    plant: { type: "string" },
  },
});

const [histories, seed, minutes, killsPerPoint] = [
  values.histories,
  values.seed,
  values.minutes,
  values.kills,
].map(wholeNumber) as [number, number, number, number];

const { plant } = values;
if (plant !== undefined && !Object.hasOwn(PLANTED_BUGS, plant)) {
  process.stderr.write(`--plant takes one of ${Object.keys(PLANTED_BUGS).join(", ")}\n`);
  process.exit(2);
}

const DATABASE = "chaos";
const print = (lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n`);

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`${text} is not a whole number\n`);
  process.exit(2);
}

const dir = createTemporaryDir();
const source = plant === undefined ? root : join(dir.path, "planted");
if (plant !== undefined) plantBug(plant as PlantedBug, source);
const postgres = await startPostgres({
  dir: join(dir.path, "postgres"),
  durable: false,
  log: silent,
});
let failed = true;
try {
  await createDatabase(postgres, DATABASE);
  const databaseUrl = postgres.url(DATABASE);
  await migrateDatabase(databaseUrl, join(source, "drizzle"));
  const world = await startWorld({ databaseUrl, seed, source });
  try {
    print([`seed ${seed}, ${histories} histories${plant ? `, planted: ${plant}` : ""}`]);
    const result = await runChaos(world, {
      seed,
      histories,
      killsPerPoint,
      minutes,
      onPhase(phase) {
        if (!values.quiet) print([`${new Date().toISOString()} ${phase}`]);
      },
      onRound(round, number) {
        if (!values.quiet) print(trailLines(round));
        print([roundLine(round, number), ...findingLines(round.findings)]);
      },
    });
    print(tableLines(result, world.log, world.runtime));
    print(["", ...findingLines(result.findings)]);
    print(world.log.errors.slice(-20).map((line) => line.slice(0, 600)));
    failed = result.findings.length > 0 || result.histories === 0;
  } finally {
    await world.stop();
  }
} finally {
  await postgres.stop();
  dir.remove();
}
process.exit(failed ? 1 : 0);
