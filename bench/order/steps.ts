/** What an order costs in the database, from placing it to recording its broker's answer, against one bare INSERT. */

import pg from "pg";
import { type Child, startChild } from "../child.ts";
import { p50, p99, takeTurns } from "../measure.ts";
import { type BenchDatabase, startDatabase } from "../platform.ts";
import type { SuiteOptions } from "../suite.ts";
import type { StepsArm, StepsCalls, StepTimes } from "./steps-arm.ts";

const ACCOUNTS = 20;
/** Of a round's time: the processes, their connections and the plans of the database get warm. */
const WARM_UP_SHARE = 0.25;
/** Writes before another arm has its turn. */
const PORTION = 10;

/** Milliseconds; both parts of an order together unless they are named. */
export interface StepsRound {
  /** A key and a text, in a table without any other index, key or check. */
  readonly bareInsert: StepsFigures;
  /** The order's own row, with the indexes and checks of its table, and nothing else. */
  readonly orderRow: StepsFigures;
  readonly order: StepsFigures;
  readonly place: StepsFigures;
  readonly record: StepsFigures;
  /** p50 of an order to p50 of the bare INSERT of the same round. */
  readonly ratio: number;
  readonly ratioToOrderRow: number;
}

interface StepsFigures {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Every round has new processes for all arms, on the same database; the arms take turns within it. */
export async function measureSteps(options: SuiteOptions): Promise<StepsRound[]> {
  const { seconds, rounds, progress } = options;
  const database = await startDatabase();
  try {
    await createBareTable(database.url);
    const measured: StepsRound[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`database steps: round ${round} of ${rounds}`);
      measured.push(await measureRound(database, seconds / rounds));
    }
    return measured;
  } finally {
    await database.stop();
  }
}

async function measureRound(database: BenchDatabase, seconds: number): Promise<StepsRound> {
  const children: Child<StepsCalls>[] = [];
  async function startArm(arm: StepsArm) {
    const child = startChild<StepsCalls>(import.meta.resolve("./steps-arm.ts"));
    children.push(child);
    const { url, httpEndpoint } = database;
    await child.call("prepare", { arm, url, httpEndpoint, accounts: ACCOUNTS });
    return () => child.call("write", { count: PORTION });
  }
  try {
    const [bareInsert, orderRow, order] = await Promise.all([
      startArm("bare insert"),
      startArm("order row"),
      startArm("order"),
    ]);
    const arms = { bareInsert, orderRow, order };
    await takeTurns(arms, seconds * WARM_UP_SHARE);
    return toRound(await takeTurns(arms, seconds * (1 - WARM_UP_SHARE)));
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

function toRound(times: Record<"bareInsert" | "orderRow" | "order", StepTimes[]>): StepsRound {
  const whole = (steps: StepTimes) => steps.reduce((sum, ms) => sum + ms, 0);
  const bareInsert = figuresOf(times.bareInsert.map(whole));
  const orderRow = figuresOf(times.orderRow.map(whole));
  const order = figuresOf(times.order.map(whole));
  return {
    bareInsert,
    orderRow,
    order,
    place: figuresOf(times.order.map(([place]) => place ?? Number.NaN)),
    record: figuresOf(times.order.map(([, record]) => record ?? Number.NaN)),
    ratio: order.p50 / bareInsert.p50,
    ratioToOrderRow: order.p50 / orderRow.p50,
  };
}

const figuresOf = (ms: readonly number[]): StepsFigures => ({
  count: ms.length,
  p50: p50(ms),
  p99: p99(ms),
});

async function createBareTable(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("CREATE TABLE bench_rows (id uuid PRIMARY KEY, body text NOT NULL)");
  } finally {
    await client.end();
  }
}
