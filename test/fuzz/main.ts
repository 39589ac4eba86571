/** `npm run fuzz -- --requests 20000 --seed 7`: exits with 1 at any answer that the document does not allow. */

import { parseArgs } from "node:util";
import { drawnSeed, onOwnDatabase, print, wholeNumbers } from "../harness/long-run.ts";
import { findMissing, summaryLines, tableLines } from "./report.ts";
import { runFuzz } from "./run.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: drawnSeed() },
    requests: { type: "string", default: "20000" },
    users: { type: "string", default: "24" },
  },
});
const { seed, requests, users } = wholeNumbers(values);

const LINE_MAX = 600;

const isSound = await onOwnDatabase("fuzz", async (databaseUrl) => {
  const world = await startWorld(databaseUrl, seed);
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
    return (
      [...findings, ...sockets.findings, ...missing].length === 0 && verification.failure === null
    );
  } finally {
    await world.stop();
  }
});
process.exit(isSound ? 0 : 1);
