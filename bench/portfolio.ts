/** Suite `portfolio`: GET /portfolio of a hundred positions, beside a route that does nothing. */

import { openAccount, reportOf } from "../test/orders/account.ts";
import { issueTokens } from "./accounts.ts";
import { buildBundle } from "./bundle.ts";
import { takeTurns } from "./measure.ts";
import { type BenchPlatform, startPlatform } from "./platform.ts";
import { createReader, type Reader } from "./reader.ts";
import { type ReadRound, readFigures, readTable } from "./reads.ts";
import type { Suite, SuiteResult } from "./suite.ts";

const POSITIONS = 100;
/** They take turns, so that no read is of what was read just before. */
const ACCOUNTS = 4;
const CASH = "1000000";
/** Of a round: connections, plans of the database and the isolate's own memory get warm. */
const WARM_UP_READS = 40;
/** Of one arm, before the other has its turn. */
const READS_A_TURN = 10;

const ARMS = ["nothing", "position", "portfolio", "positions"] as const;
type Arm = (typeof ARMS)[number];

const PATHS: Readonly<Record<Arm, string>> = {
  nothing: "/health/live",
  position: "/api/v1/portfolio/positions/F",
  portfolio: "/api/v1/portfolio",
  positions: "/api/v1/portfolio/positions",
};

const NAMES: Readonly<Record<Arm, string>> = {
  nothing: "a route that does nothing",
  position: "GET /portfolio/positions/{symbol}",
  portfolio: "GET /portfolio",
  positions: "GET /portfolio/positions",
};

export const portfolio: Suite = {
  name: "portfolio",
  secondsDefault: 60,
  startingSecondsMax: 300,
  async run({ seconds, rounds: count, progress }) {
    const bundle = await buildBundle();
    try {
      progress("portfolio: starting the platform");
      const platform = await startPlatform(bundle);
      const reader = createReader(platform.url);
      try {
        progress(`portfolio: ${ACCOUNTS} accounts buy ${POSITIONS} positions each`);
        const tokens = await openHolders(platform, reader);
        await readEach(reader, tokens, WARM_UP_READS);
        progress("portfolio: measuring");
        const rounds: ReadRound<Arm>[] = [];
        for (let i = 0; i < count; i += 1) {
          rounds.push(await measureRound(reader, tokens, seconds / count));
        }
        return toResult(rounds);
      } finally {
        reader.stop();
        await platform.stop();
      }
    } finally {
      bundle.remove();
    }
  },
};

/** Their trades are booked past the venue, where each would move its market. Answers their access tokens. */
async function openHolders(platform: BenchPlatform, reader: Reader): Promise<string[]> {
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, () => openAccount(platform.database, CASH)),
  );
  const tokens = await issueTokens(
    platform.tokens,
    accounts.map(({ principal }) => principal),
  );
  const { assets } = await reader.read("/api/v1/market/assets?limit=500", tokens[0] ?? "");
  const symbols = (assets as { symbol: string }[]).map(({ symbol }) => symbol).slice(0, POSITIONS);
  if (symbols.length < POSITIONS || !symbols.includes("F")) throw new Error("too few are listed");
  await Promise.all(
    accounts.map(async (account) => {
      for (const symbol of symbols) {
        const wish = { symbol, side: "buy", quantity: "2", limitPrice: "3" } as const;
        const order = await account.working(wish);
        await account.report(order, reportOf(order, "fill", account.execution("2", "3")));
      }
    }),
  );
  const { positions_count } = await reader.read(PATHS.portfolio, tokens[0] ?? "");
  if (positions_count !== POSITIONS) throw new Error(`${positions_count} positions`);
  return tokens;
}

async function readEach(reader: Reader, tokens: readonly string[], times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    for (const arm of ARMS) await reader.read(PATHS[arm], tokens[i % tokens.length] ?? "");
}

function measureRound(
  reader: Reader,
  tokens: readonly string[],
  seconds: number,
): Promise<ReadRound<Arm>> {
  let turn = 0;
  const armOf = (arm: Arm) => async (): Promise<number[]> => {
    const times: number[] = [];
    for (let i = 0; i < READS_A_TURN; i += 1) {
      turn += 1;
      times.push(await reader.time(PATHS[arm], tokens[turn % tokens.length] ?? ""));
    }
    return times;
  };
  const arms = Object.fromEntries(ARMS.map((arm) => [arm, armOf(arm)]));
  return takeTurns(arms as Record<Arm, () => Promise<number[]>>, seconds);
}

function toResult(rounds: readonly ReadRound<Arm>[]): SuiteResult {
  const figures = readFigures(ARMS, rounds);
  const title = `Reads of an account with ${POSITIONS} positions, one at a time, the production bundle in workerd`;
  const notes = [
    `Median of ${rounds.length} rounds (lowest–highest); ratios are of the same round.`,
    "One round trip to the database each, and prices of everything held, one look-up a venue where they are older than a second.",
  ];
  const table = readTable(title, figures, NAMES, notes);
  return { tables: [table], targets: [], data: { positions: POSITIONS, figures } };
}
