/** `npm run gapless -- --seed 7`: exits with 1 if any client is missing anything that nothing explains. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { runCrowd } from "./crowd.ts";
import { reportLines } from "./report.ts";
import { runGapless } from "./run.ts";
import { runStall } from "./stall.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    disturbances: { type: "string", default: "1000" },
    kills: { type: "string", default: "20" },
    lulls: { type: "string", default: "6" },
    entries: { type: "string", default: "20000" },
    clients: { type: "string", default: "50" },
  },
});
const [seed, disturbances, kills, lulls, entries, clients] = [
  values.seed,
  values.disturbances,
  values.kills,
  values.lulls,
  values.entries,
  values.clients,
].map(wholeNumber) as [number, number, number, number, number, number];

const DATABASE = "gapless";
const CROWD = 500;
const PAUSE_MAX_MS = 250;
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
  const world = await startWorld({ databaseUrl: postgres.url(DATABASE), seed, tickRate: 2 });
  try {
    print(`seed ${seed}`);
    const report = await runGapless(world, {
      seed,
      disturbances,
      kills,
      lulls,
      entries,
      clients,
      pauseMaxMs: PAUSE_MAX_MS,
      onProgress: (line) => print(`${new Date().toISOString().slice(11, 23)} ${line}`),
    });
    print(...reportLines(report));
    const crowd = await runCrowd(world, { symbol: "DOGE/USD", sockets: CROWD, rounds: 3 });
    print(
      `${CROWD} sockets on one symbol, asleep and lost three times: ${crowd.messages} messages over ` +
        `${crowd.connections} connections, ${crowd.gaps} gaps were told`,
      ...crowd.findings,
    );
    const stall = await runStall(world);
    print(`a client with a full window beside ${stall.others} others`, ...stall.findings);
    failed = [...report.findings, ...crowd.findings, ...stall.findings].length > 0;
  } finally {
    await world.stop();
  }
} finally {
  await postgres.stop();
  dir.remove();
}
process.exit(failed ? 1 : 0);
