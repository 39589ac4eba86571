/** Suite `sockets`: what resting sockets take of memory, and whether many of them last. */

import { type Endurance, LOAD_ENDURANCE, measureEndurance } from "./sockets/endurance.ts";
import { requireFiles } from "./sockets/limits.ts";
import { kbASocket, LOAD_WAVE, measureWaves, USERS, WAVES, type Waves } from "./sockets/waves.ts";
import { createWorld } from "./streams/arms.ts";
import { describe } from "./streams/loads.ts";
import type { Suite, Table, Target } from "./suite.ts";

const MEMORY_RATIO_MAX = 1.3;
const HEARTBEAT_MS = 15_000;
/** An alarm may be late, and 1,000 heartbeats take a moment. */
const HEARTBEAT_LATE_MS = 2_000;
const MB = 1024;

export const sockets: Suite = {
  name: "sockets",
  secondsDefault: 600,
  startingSecondsMax: 900,
  async run({ seconds, progress }) {
    requireFiles(LOAD_WAVE.clients);
    const world = await createWorld(LOAD_WAVE.clients);
    try {
      const bare = await measureWaves(world, "bare object", progress);
      const platform = await measureWaves(world, "platform", progress);
      progress(`endurance: ${describe(LOAD_ENDURANCE)} for ${seconds} s`);
      const endurance = await measureEndurance(world, seconds);
      return {
        tables: [memoryTable([bare, platform]), enduranceTable(endurance)],
        targets: [
          memoryTarget(bare, platform),
          growthTarget(bare, platform),
          ...enduranceTargets(endurance),
        ],
        data: { memory: { bare, platform }, endurance },
      };
    } finally {
      await world.stop();
    }
  },
};

const firstOf = ({ waves: [first] }: Waves) =>
  first ?? { firstSocketsKb: Number.NaN, openKb: Number.NaN, closedKb: Number.NaN };

/** From the first wave to the last, with as many sockets open. */
const growthMb = (measured: Waves): number =>
  ((measured.waves.at(-1)?.openKb ?? Number.NaN) - firstOf(measured).openKb) / MB;

function memoryTarget(bare: Waves, platform: Waves): Target {
  const [own, least] = [kbASocket(firstOf(platform)), kbASocket(firstOf(bare))];
  return {
    name: "sockets: memory a resting socket, to that of a bare hibernating object",
    limit: `≤ ${MEMORY_RATIO_MAX}`,
    measured: `${(own / least).toFixed(2)} (${own.toFixed(0)} kB to ${least.toFixed(0)} kB)`,
    met: own <= MEMORY_RATIO_MAX * least,
  };
}

function growthTarget(bare: Waves, platform: Waves): Target {
  return {
    name: `sockets: growth over ${WAVES} waves of ${LOAD_WAVE.clients}`,
    limit: `≤ ${growthMb(bare).toFixed(0)} MB, the bare object's`,
    measured: `${growthMb(platform).toFixed(0)} MB`,
    met: growthMb(platform) <= growthMb(bare),
  };
}

function enduranceTargets({
  sockets: [opened, left],
  faults,
  heartbeatGapMs,
}: Endurance): Target[] {
  const others = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  const longest = HEARTBEAT_MS + HEARTBEAT_LATE_MS;
  return [
    {
      name: "sockets: all of them open in the end, nothing missing and no gap",
      limit: `${opened} open, no fault`,
      measured: [`${left} open`, ...others].join(", "),
      met: left === opened && others.length === 0,
    },
    {
      name: "sockets: the longest without a heartbeat",
      limit: `≤ ${longest / 1000} s, ${HEARTBEAT_MS / 1000} s and a moment`,
      measured: `${(heartbeatGapMs / 1000).toFixed(1)} s`,
      met: heartbeatGapMs <= longest,
    },
  ];
}

function memoryTable(measured: readonly Waves[]): Table {
  return {
    title: `Memory of workerd with ${LOAD_WAVE.clients.toLocaleString("en")} resting sockets, MB`,
    columns: [
      "",
      "empty",
      ...Array.from({ length: WAVES }, (_, wave) => `wave ${wave + 1} open, closed`),
      "growth",
      "kB a socket",
      "kB a user",
    ],
    rows: measured.map((each) => {
      const first = firstOf(each);
      const aSocket = kbASocket(first);
      return [
        each.arm,
        (each.emptyKb / MB).toFixed(0),
        ...each.waves.map(
          ({ openKb, closedKb }) => `${(openKb / MB).toFixed(0)}, ${(closedKb / MB).toFixed(0)}`,
        ),
        growthMb(each).toFixed(0),
        aSocket.toFixed(0),
        ((first.firstSocketsKb - each.emptyKb) / USERS - aSocket).toFixed(0),
      ];
    }),
    notes: [
      `${USERS} users with 5 sockets each, subscribed to ${LOAD_WAVE.symbolsEach} symbols; they rest 30 s, and their object sleeps.`,
      "A socket: from one of each user to all, in the first wave. A user: what the first one takes beyond that, which is",
      "the object with the directory of the user's sockets; the bare object has none. Some 240 kB are what workerd keeps",
      "for any object, for a minute or two. It gives no memory back to the system, so growth counts, not what is closed.",
    ],
  };
}

function enduranceTable(endurance: Endurance): Table {
  const { seconds, frames, quotes, heartbeats, memoryKb, coresBusy } = endurance;
  const { delayP50, delayP99, sockets: count } = endurance;
  return {
    title: `Endurance: ${describe(LOAD_ENDURANCE)}, ${seconds.toFixed(0)} s`,
    columns: [
      "frames/s",
      "quotes/s",
      "heartbeats a socket",
      "p50 ms",
      "p99 ms",
      "cores",
      "MB before, after",
    ],
    rows: [
      [
        (frames / seconds).toFixed(0),
        (quotes / seconds).toFixed(0),
        (heartbeats / count[0]).toFixed(1),
        delayP50.toFixed(0),
        delayP99.toFixed(0),
        coresBusy.toFixed(2),
        memoryKb.map((kb) => (kb / MB).toFixed(0)).join(", "),
      ],
    ],
  };
}
