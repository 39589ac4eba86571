/** `npm run chaos -- --histories 500 --seed 7`: exits with 1 if anything was lost, doubled, stuck or broken. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../local/checkout.ts";
import { drawnSeed, onOwnDatabase, print, refuse, wholeNumbers } from "../harness/long-run.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { runChaos } from "./chaos.ts";
import { PLANTED_BUGS, type PlantedBug, plantBug } from "./planted-bugs.ts";
import { findingLines, roundLine, tableLines, trailLines } from "./report.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "100" },
    seed: { type: "string", default: drawnSeed() },
    minutes: { type: "string", default: "60" },
    kills: { type: "string", default: "3" },
    quiet: { type: "boolean", default: false },
    plant: { type: "string" },
  },
});

const { plant, quiet, ...counts } = values;
const { histories, seed, minutes, kills: killsPerPoint } = wholeNumbers(counts);

if (plant !== undefined && !Object.hasOwn(PLANTED_BUGS, plant)) {
  refuse(`--plant takes one of ${Object.keys(PLANTED_BUGS).join(", ")}`);
}

async function run(databaseUrl: string, source: string): Promise<boolean> {
  const world = await startWorld({ databaseUrl, seed, source });
  try {
    print(`seed ${seed}, ${histories} histories${plant ? `, planted: ${plant}` : ""}`);
    const result = await runChaos(world, {
      seed,
      histories,
      killsPerPoint,
      minutes,
      onPhase(phase) {
        if (!quiet) print(`${new Date().toISOString()} ${phase}`);
      },
      onRound(round, number) {
        if (!quiet) print(...trailLines(round));
        print(roundLine(round, number), ...findingLines(round.findings));
      },
    });
    print(...tableLines(result, world.log, world.runtime));
    print("", ...findingLines(result.findings));
    print(...world.log.errors.slice(-20).map((line) => line.slice(0, 600)));
    return result.findings.length === 0 && result.histories > 0;
  } finally {
    await world.stop();
  }
}

const planted = createTemporaryDir();
let isSound = false;
try {
  const source = plant === undefined ? root : planted.path;
  if (plant !== undefined) plantBug(plant as PlantedBug, source);
  const onSource = (databaseUrl: string) => run(databaseUrl, source);
  isSound = await onOwnDatabase("chaos", onSource, join(source, "drizzle"));
} finally {
  planted.remove();
}
process.exit(isSound ? 0 : 1);
