/** Suite `read`: what people look at most, beside a route of the same middleware that asks nothing of anybody. */

import { openSessions } from "./accounts.ts";
import { buildBundle } from "./bundle.ts";
import { showSpread, takeTurns } from "./measure.ts";
import { type BenchPlatform, startPlatform } from "./platform.ts";
import { createReader, type Reader } from "./reader.ts";
import { type ReadRound, readFigures, readTable } from "./reads.ts";
import type { Suite, SuiteResult, Target } from "./suite.ts";
import { watch } from "./watch.ts";

/** They take turns, so that no read is of what was read just before. */
const ACCOUNTS = 4;
const WATCHED = 30;
const WARM_UP_READS = 30;
/** Of one arm, before the others have their turn. */
const READS_A_TURN = 10;
/** An isolate answers a quote again for a second; then it asks the room. */
const ASKS_AGAIN_AFTER_MS = 1_100;
const REFRESH_AFTER_MS = 8_000;
const ISOLATE_RATIO_MAX = 1.3;
const ROOM_RATIO_MAX = 2;

const ARMS = ["nothing", "isolate", "room", "kv", "orders", "portfolio"] as const;
type Arm = (typeof ARMS)[number];

const NAMES: Readonly<Record<Arm, string>> = {
  nothing: "a day of the calendar: token, limit, no I/O",
  isolate: "a quote that the isolate has",
  room: "a quote that its room has",
  kv: "a quote that nobody watches: KV",
  orders: "the orders of an account that has none",
  portfolio: "the portfolio of an account that holds nothing",
};

export const read: Suite = {
  name: "read",
  secondsDefault: 60,
  startingSecondsMax: 300,
  async run({ seconds, rounds: count, progress }) {
    const bundle = await buildBundle();
    try {
      progress("read: starting the platform");
      const platform = await startPlatform(bundle);
      const reader = createReader(platform.url);
      try {
        const tokens = await openSessions(platform, ACCOUNTS);
        const { watched, others } = await chooseSymbols(reader, tokens[0] ?? "");
        progress(`read: ${watched.length} symbols are watched`);
        const stream = await watch(platform, tokens[0] ?? "", watched);
        try {
          const arms = armsOf(platform, reader, tokens, watched, others);
          for (const arm of ARMS)
            for (let i = 0; i < WARM_UP_READS; i += READS_A_TURN) await arms[arm]();
          progress("read: measuring");
          const rounds: ReadRound<Arm>[] = [];
          for (let i = 0; i < count; i += 1) rounds.push(await takeTurns(arms, seconds / count));
          return toResult(rounds);
        } finally {
          stream.close();
        }
      } finally {
        reader.stop();
        await platform.stop();
      }
    } finally {
      bundle.remove();
    }
  },
};

/** Stocks: as many are watched as the venue's stream carries. */
async function chooseSymbols(reader: Reader, token: string) {
  const { assets } = await reader.read("/api/v1/market/assets?asset_type=stock&limit=500", token);
  const stocks = (assets as { symbol: string; in_universe: boolean }[])
    .filter(({ in_universe }) => in_universe)
    .map(({ symbol }) => symbol);
  const [watched, others] = [stocks.slice(0, WATCHED), stocks.slice(WATCHED)];
  if (others.length === 0) throw new Error(`only ${stocks.length} stocks are listed`);
  return { watched, others };
}

type Turn = () => Promise<number[]>;

function armsOf(
  platform: BenchPlatform,
  reader: Reader,
  tokens: readonly string[],
  watched: readonly string[],
  others: readonly string[],
): Record<Arm, Turn> {
  let turns = 0;
  const quoteOf = (symbol: string) => `/api/v1/market/quote/${encodeURIComponent(symbol)}`;

  function time(path: string): Promise<number> {
    turns += 1;
    return reader.time(path, tokens[turns % tokens.length] ?? "");
  }

  const same = (path: string) => () => series(READS_A_TURN, () => time(path));

  /** Each symbol again only once the isolate has forgotten it. */
  function inTurn(symbols: readonly string[]): Turn {
    const readAtMs = new Map<string, number>();
    let next = 0;
    return () =>
      series(Math.min(READS_A_TURN, symbols.length), async () => {
        const symbol = symbols[next % symbols.length] ?? "";
        next += 1;
        const sinceMs = performance.now() - (readAtMs.get(symbol) ?? Number.NEGATIVE_INFINITY);
        if (sinceMs < ASKS_AGAIN_AFTER_MS) await sleep(ASKS_AGAIN_AFTER_MS - sinceMs);
        readAtMs.set(symbol, performance.now());
        return time(quoteOf(symbol));
      });
  }

  /** What the cron wrote is good for 15 s. */
  function refreshed(turn: Turn): Turn {
    let refreshedAtMs = Number.NEGATIVE_INFINITY;
    return async () => {
      if (performance.now() - refreshedAtMs > REFRESH_AFTER_MS) {
        await platform.tickCron();
        refreshedAtMs = performance.now();
      }
      return turn();
    };
  }

  const ofIsolate = quoteOf(watched[0] ?? "");
  return {
    nothing: same("/api/v1/market/calendar?start=2026-11-27&end=2026-11-27"),
    async isolate() {
      // So that what is measured begins with a quote that is known.
      await reader.read(ofIsolate, tokens[0] ?? "");
      return same(ofIsolate)();
    },
    room: inTurn(watched.slice(1)),
    kv: refreshed(inTurn(others)),
    orders: same("/api/v1/orders"),
    portfolio: same("/api/v1/portfolio"),
  };
}

async function series(count: number, each: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) times.push(await each());
  return times;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function toResult(rounds: readonly ReadRound<Arm>[]): SuiteResult {
  const figures = readFigures(ARMS, rounds);
  const notes = [
    `Median of ${rounds.length} rounds (lowest–highest); ratios are of the same round.`,
  ];
  const title = "Reads, one at a time, the production bundle in workerd";
  const target = (arm: Arm, max: number): Target[] =>
    figures
      .filter((figure) => figure.arm === arm)
      .map(({ ratio }) => ({
        name: `read: p50 of ${NAMES[arm]}, to that of ${NAMES.nothing}`,
        limit: `≤ ${max}`,
        measured: showSpread(ratio, 2),
        met: ratio.median <= max,
      }));
  return {
    tables: [readTable(title, figures, NAMES, notes)],
    targets: [...target("isolate", ISOLATE_RATIO_MAX), ...target("room", ROOM_RATIO_MAX)],
    data: { figures },
  };
}
