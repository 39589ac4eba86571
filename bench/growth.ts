/** Suite `growth`: the same work where the database is a hundred times as large. */

import { buildBundle } from "./bundle.ts";
import { type GrownArm, startGrownArm } from "./growth/arm.ts";
import { type Portion, WORKS } from "./growth/requests.ts";
import { p50, type Spread, showSpread, spreadOf, takeTurns } from "./measure.ts";
import type { Suite, SuiteResult, Table, Target } from "./suite.ts";

const RATIO_MAX = 1.5;
/** How many times as large as the first. */
const SIZES = ["1", "10", "100"] as const;
type Size = (typeof SIZES)[number];
const WARM_UP_TURNS = 2;

interface Cost {
  /** Of the answers. */
  readonly p50Ms: number;
  /** A request. */
  readonly databaseCpuMs: number;
  readonly requests: number;
}

type Figure = "p50Ms" | "databaseCpuMs";
type Round = Readonly<Record<Size, Cost>>;

/** What a kind of request took, in each round by turns. */
interface Kind {
  readonly request: string;
  readonly rounds: readonly Round[];
  readonly sizes: Readonly<Record<Size, Readonly<Record<Figure, Spread>>>>;
  /** Of the largest to the smallest, in the same round. */
  readonly ratios: Readonly<Record<Figure, Spread>>;
}

export const growth: Suite = {
  name: "growth",
  secondsDefault: 240,
  startingSecondsMax: 1_800,
  async run({ seconds, rounds: count, progress }) {
    const bundle = await buildBundle();
    const arms: Partial<Record<Size, GrownArm>> = {};
    try {
      for (const size of SIZES) {
        progress(`growth: filling a database ${size} times as large as the first`);
        arms[size] = await startGrownArm(bundle, Number(size));
      }
      const all = arms as Record<Size, GrownArm>;
      const rounds: Portions[] = [];
      await measureRound(all, 0, WARM_UP_TURNS);
      for (let n = 1; n <= count; n += 1) {
        progress(`growth: round ${n} of ${count}`);
        rounds.push(await measureRound(all, seconds / count));
      }
      return toResult(all, rounds);
    } finally {
      for (const arm of Object.values(arms)) await arm.stop();
      bundle.remove();
    }
  },
};

type Portions = Readonly<Record<Size, readonly Portion[]>>;

/** One kind of work after the other, all of them for so long, and each for at least so many turns. */
async function measureRound(
  arms: Readonly<Record<Size, GrownArm>>,
  seconds: number,
  turnsMin = 1,
): Promise<Portions> {
  const portions = bySize((): Portion[] => []);
  const weights = WORKS.reduce((sum, { weight }) => sum + weight, 0);
  for (const work of WORKS) {
    for (let turn = 0; turn < turnsMin; turn += 1) {
      const taken = await takeTurns(
        bySize((size) => () => work.take(arms[size])),
        (seconds * work.weight) / weights,
      );
      for (const size of SIZES) portions[size].push(...taken[size]);
    }
  }
  return portions;
}

function toResult(
  arms: Readonly<Record<Size, GrownArm>>,
  rounds: readonly Portions[],
): SuiteResult {
  const requests = [...new Set(rounds[0]?.["1"].map(({ request }) => request))];
  const kinds = requests.map((request) => kindOf(request, rounds));
  return {
    tables: [sizesTable(arms), timesTable(kinds), cpuTable(kinds)],
    targets: kinds.map(ratioTarget),
    data: {
      databases: SIZES.map((size) => ({ times: Number(size), ...arms[size].filled })),
      kinds,
    },
  };
}

function kindOf(request: string, rounds: readonly Portions[]): Kind {
  const costs = rounds.map((portions) =>
    bySize((size) => toCost(portions[size].filter((portion) => portion.request === request))),
  );
  const ofSize = (size: Size, figure: Figure) =>
    spreadOf(costs.map((round) => round[size][figure]));
  const ratioOf = (figure: Figure) =>
    spreadOf(costs.map((round) => round[100][figure] / round[1][figure]));
  return {
    request,
    rounds: costs,
    sizes: bySize((size) => ({
      p50Ms: ofSize(size, "p50Ms"),
      databaseCpuMs: ofSize(size, "databaseCpuMs"),
    })),
    ratios: { p50Ms: ratioOf("p50Ms"), databaseCpuMs: ratioOf("databaseCpuMs") },
  };
}

const bySize = <T>(of: (size: Size) => T): Record<Size, T> => ({
  "1": of("1"),
  "10": of("10"),
  "100": of("100"),
});

function toCost(portions: readonly Portion[]): Cost {
  const ms = portions.flatMap((portion) => portion.ms);
  const cpuSeconds = portions.reduce((sum, portion) => sum + portion.cpuSeconds, 0);
  return {
    p50Ms: p50(ms),
    databaseCpuMs: (cpuSeconds * 1000) / ms.length,
    requests: ms.length,
  };
}

function ratioTarget({ request, ratios: { p50Ms, databaseCpuMs } }: Kind): Target {
  const isTold = !Number.isNaN(databaseCpuMs.median);
  return {
    name: `growth: ${request}, a hundred times as large to once`,
    limit: `≤ ${RATIO_MAX}`,
    measured: [
      ...(isTold ? [`CPU of the database ${showSpread(databaseCpuMs, 2)}`] : []),
      `p50 ${showSpread(p50Ms, 2)}`,
    ].join(", "),
    met: p50Ms.median <= RATIO_MAX && (!isTold || databaseCpuMs.median <= RATIO_MAX),
  };
}

function sizesTable(arms: Readonly<Record<Size, GrownArm>>): Table {
  return {
    title: "The databases",
    columns: ["times", "users", "orders", "symbols", "MB", "filled in s"],
    rows: SIZES.map((size) => {
      const { users, orders, symbols, megabytes, fillSeconds } = arms[size].filled;
      const counts = [users, orders, symbols].map((count) => count.toLocaleString("en"));
      return [size, ...counts, megabytes.toFixed(0), fillSeconds.toFixed(0)];
    }),
  };
}

function timesTable(kinds: readonly Kind[]): Table {
  return costTable("Answers, one at a time, p50 ms", kinds, "p50Ms", []);
}

function cpuTable(kinds: readonly Kind[]): Table {
  return costTable("CPU of the database, ms a request", kinds, "databaseCpuMs", [
    "Median of the rounds (lowest–highest); ratios are of the same round, the largest database to the smallest.",
    "Of orders and cancels, with what the venue's reports of them took.",
  ]);
}

function costTable(
  title: string,
  kinds: readonly Kind[],
  figure: Figure,
  notes: readonly string[],
): Table {
  const count = ({ rounds }: Kind) =>
    rounds
      .flatMap((round) => SIZES.map((size) => round[size].requests))
      .reduce((sum, requests) => sum + requests, 0);
  return {
    title,
    columns: ["", ...SIZES.map((size) => `× ${size}`), "ratio", "requests"],
    rows: kinds.map((kind) => [
      kind.request,
      ...SIZES.map((size) => showSpread(kind.sizes[size][figure], 2)),
      showSpread(kind.ratios[figure], 2),
      String(count(kind)),
    ]),
    notes,
  };
}
