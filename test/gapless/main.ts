/** `npm run gapless -- --seed 7`: exits with 1 if any client is missing anything that nothing explains. */

import { parseArgs } from "node:util";
import { drawnSeed, onOwnDatabase, print, wholeNumbers } from "../harness/long-run.ts";
import { runCrowd } from "./crowd.ts";
import { reportLines } from "./report.ts";
import { runGapless } from "./run.ts";
import { runStall } from "./stall.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: drawnSeed() },
    disturbances: { type: "string", default: "1000" },
    kills: { type: "string", default: "20" },
    lulls: { type: "string", default: "6" },
    entries: { type: "string", default: "20000" },
    clients: { type: "string", default: "50" },
  },
});
const { seed, disturbances, kills, lulls, entries, clients } = wholeNumbers(values);

const CROWD = 500;
const PAUSE_MAX_MS = 250;

const isSound = await onOwnDatabase("gapless", async (databaseUrl) => {
  const world = await startWorld({ databaseUrl, seed, tickRate: 2 });
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
    return [...report.findings, ...crowd.findings, ...stall.findings].length === 0;
  } finally {
    await world.stop();
  }
});
process.exit(isSound ? 0 : 1);
