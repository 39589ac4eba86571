/** Suite `original`: the four figures that the original system claimed of itself, as measured here. For information. */

import { openSessions } from "./accounts.ts";
import { type Bundle, buildBundle } from "./bundle.ts";
import { p50, p99, type Spread, showSpread, spreadOf, takeTurns } from "./measure.ts";
import { measureRequests } from "./order/requests.ts";
import { startPlatform } from "./platform.ts";
import { createReader } from "./reader.ts";
import { requireFiles } from "./sockets/limits.ts";
import { createWorld, type World } from "./streams/arms.ts";
import type { ClientsWindow } from "./streams/clients.ts";
import { loadArm } from "./streams/loaded-arm.ts";
import { describe, type Load } from "./streams/loads.ts";
import type { Suite, SuiteOptions, SuiteResult, Table } from "./suite.ts";

const SHARES = { orders: 0.25, reads: 0.15, room: 0.2, connections: 0.4 };
const ACCOUNTS = 4;
const READS_A_TURN = 10;
const READS = { portfolio: "/api/v1/portfolio", quote: "/api/v1/market/quote/F" };
const WARM_UP_SECONDS = 2;
/** Coprime to the number of sets, so that the clients that read are of all of them. */
const READ_EVERY = 7;

/** On the symbol's own endpoint, at a rate at which nothing queues. */
const LOAD_ROOM: Load = {
  name: "a room's sockets",
  clients: 50,
  symbolsEach: 1,
  ticksPerSecond: 5,
  sets: 1,
  windowMs: null,
};
const LOAD_CONNECTIONS: Load = {
  name: "connections",
  clients: 1_200,
  symbolsEach: 5,
  ticksPerSecond: 0.5,
  sets: 5,
  windowMs: 50,
};

interface Times {
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
}

interface Figures {
  /** POST /orders, one at a time, to the answer at the client. */
  readonly order: Times;
  readonly portfolio: Times;
  readonly quote: Times;
  /** From the venue's tick to the client. */
  readonly room: Times;
  readonly connections: Times & {
    readonly wanted: number;
    /** In the end. */
    readonly open: number;
    /** In the window in which the fewest got a quote. */
    readonly served: number;
    readonly faults: ClientsWindow["faults"];
  };
}

export const original: Suite = {
  name: "original",
  secondsDefault: 90,
  startingSecondsMax: 600,
  async run(options) {
    requireFiles(LOAD_CONNECTIONS.clients);
    const share = (part: keyof typeof SHARES) => ({
      ...options,
      seconds: options.seconds * SHARES[part],
    });
    const bundle = await buildBundle();
    try {
      const [order] = await measureRequests(bundle, share("orders"), [1]);
      if (order === undefined) throw new Error("no order was measured");
      const reads = await measureReads(bundle, share("reads"));
      const world = await createWorld(LOAD_CONNECTIONS.clients);
      try {
        const room = await measureLoad(world, LOAD_ROOM, share("room"));
        const many = await measureLoad(world, LOAD_CONNECTIONS, share("connections"));
        return toResult(
          {
            order: { p50Ms: order.p50, p99Ms: order.p99 },
            ...reads,
            room: delaysOf(room),
            connections: connectionsOf(many),
          },
          options.rounds,
        );
      } finally {
        await world.stop();
      }
    } finally {
      bundle.remove();
    }
  },
};

async function measureReads(bundle: Bundle, { seconds, rounds, progress }: SuiteOptions) {
  progress("original: reads");
  const platform = await startPlatform(bundle);
  const reader = createReader(platform.url);
  try {
    const tokens = await openSessions(platform, ACCOUNTS);
    let turns = 0;
    const reading = (path: string) => async () => {
      const times: number[] = [];
      for (let n = 0; n < READS_A_TURN; n += 1) {
        turns += 1;
        times.push(await reader.time(path, tokens[turns % tokens.length] ?? ""));
      }
      return times;
    };
    const arms = { portfolio: reading(READS.portfolio), quote: reading(READS.quote) };
    await takeTurns(arms, WARM_UP_SECONDS);
    const measured: Record<keyof typeof READS, number[]>[] = [];
    for (let n = 0; n < rounds; n += 1) measured.push(await takeTurns(arms, seconds / rounds));
    const timesOf = (read: keyof typeof READS): Times => ({
      p50Ms: spreadOf(measured.map((round) => p50(round[read]))),
      p99Ms: spreadOf(measured.map((round) => p99(round[read]))),
    });
    return { portfolio: timesOf("portfolio"), quote: timesOf("quote") };
  } finally {
    reader.stop();
    await platform.stop();
  }
}

/** All rounds with the same sockets. */
async function measureLoad(
  world: World,
  load: Load,
  { seconds, rounds, progress }: SuiteOptions,
): Promise<ClientsWindow[]> {
  progress(`original: ${describe(load)}`);
  const readEvery = load.windowMs === null ? 1 : READ_EVERY;
  const { clients, stop } = await loadArm(world, "platform", load, { share: 1, readEvery });
  try {
    await clients.call("measure", { seconds: WARM_UP_SECONDS });
    const windows: ClientsWindow[] = [];
    for (let n = 0; n < rounds; n += 1)
      windows.push(await clients.call("measure", { seconds: seconds / rounds }));
    return windows;
  } finally {
    await stop();
  }
}

const delaysOf = (windows: readonly ClientsWindow[]): Times => ({
  p50Ms: spreadOf(windows.map(({ delayP50 }) => delayP50)),
  p99Ms: spreadOf(windows.map(({ delayP99 }) => delayP99)),
});

function connectionsOf(windows: readonly ClientsWindow[]): Figures["connections"] {
  const { open = 0, faults = {} } = windows.at(-1) ?? {};
  const served = Math.min(...windows.map((window) => window.served));
  return { ...delaysOf(windows), wanted: LOAD_CONNECTIONS.clients, open, served, faults };
}

function toResult(figures: Figures, rounds: number): SuiteResult {
  return { tables: [table(figures, rounds)], targets: [], data: { figures } };
}

function table(figures: Figures, rounds: number): Table {
  const { order, portfolio, quote, room, connections } = figures;
  const row = (name: string, claimed: string, { p50Ms, p99Ms }: Times) => [
    name,
    claimed,
    showSpread(p50Ms, 1),
    showSpread(p99Ms, 1),
  ];
  const { wanted, open, served, faults } = connections;
  const faulty = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  return {
    title: "What the original claimed, as measured here",
    columns: ["", "claimed", "p50 ms", "p99 ms"],
    rows: [
      row("POST /orders, to its answer", "< 100 ms", order),
      row("GET /portfolio, of an account that holds nothing", "< 50 ms", portfolio),
      row("GET /market/quote/{symbol}", "< 50 ms", quote),
      row("a tick, from the venue to a room's socket", "< 20 ms", room),
      row(`the same on ${wanted.toLocaleString("en")} connections at once`, "1,000+", connections),
    ],
    notes: [
      `Median of ${rounds} rounds (lowest–highest). Load and platform share this machine; no network lies between them.`,
      `Room: ${describe(LOAD_ROOM)}. Connections: ${describe(LOAD_CONNECTIONS)}, a frame each ${LOAD_CONNECTIONS.windowMs} ms at most.`,
      `Of ${wanted} connections ${[`${open} were open in the end, ${served} got quotes in every round`, ...faulty].join(", ")}.`,
    ],
  };
}
