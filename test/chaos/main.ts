/** `npm run chaos -- --histories 500 --seed 7`: exits with 1 if anything was lost, doubled, stuck or broken. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { runChaos } from "./chaos.ts";
import { findingLines, roundLine, tableLines, trailLines } from "./report.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "60" },
    kills: { type: "string", default: "3" },
    quiet: { type: "boolean", default: false },
  },
});

const [histories, seed, minutes, killsPerPoint] = [
  values.histories,
  values.seed,
  values.minutes,
  values.kills,
].map(wholeNumber) as [number, number, number, number];

const DATABASE = "chaos";
const print = (lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n`);

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
  const world = await startWorld({ databaseUrl: postgres.url(DATABASE), seed });
  try {
    print([`seed ${seed}, ${histories} histories`]);
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
