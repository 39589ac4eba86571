/** What lives of orders leave in the database: rows, bytes on disk, bytes of log, CPU, and bytes that go back. */

import pg from "pg";
import { createJournalReader } from "../../src/journal/reader.ts";
import { type Account, openAccount, reportOf } from "../../test/orders/account.ts";
import { readCpu } from "../cpu.ts";
import { type BenchDatabase, startDatabase } from "../platform.ts";
import type { SuiteOptions } from "../suite.ts";
import { countAnswers } from "./answers.ts";
import { pack, readTables, readWalBytes, type TableCounts, tablesBetween } from "./counters.ts";

const ACCOUNTS = 20;
const CASH = "1000000000";
const WISH = { symbol: "F", side: "buy", quantity: "1", limitPrice: "5" } as const;
const AT_ONCE = 4;
/** Of its time: connections, plans and tables get warm. */
const WARM_UP_SHARE = 0.25;
const JOURNAL_PAGE = 200;

/** Of one order from its placing to its fill, with the reads of the journal that its account's stream makes. */
export interface LifeFigures {
  readonly lives: number;
  readonly statements: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly keptBytes: number;
  readonly walBytes: number;
  readonly answerBytes: number;
  /** Of the database. Undefined where the system does not tell. */
  readonly databaseCpuMs: number | undefined;
  readonly tables: readonly TableCounts[];
}

type Life = () => Promise<void>;

export async function measureLives(options: SuiteOptions): Promise<LifeFigures> {
  const database = await startDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    // Images of whole pages are most of the log of a young database, and say nothing of an order.
    await client.query("alter system set full_page_writes = off");
    await client.query("select pg_reload_conf()");
    const lives = await openLives(database);
    return await measureAll(client, database, lives, options);
  } finally {
    await client.end();
    await database.stop();
  }
}

async function measureAll(
  client: pg.Client,
  { pids }: BenchDatabase,
  lives: readonly Life[],
  { seconds, progress }: SuiteOptions,
): Promise<LifeFigures> {
  const cpuMs = () => (readCpu({ database: pids.database }).database ?? Number.NaN) * 1000;
  progress("footprint: lives of orders, to warm up");
  await liveFor(seconds * WARM_UP_SHARE, lives);
  await pack(client);
  const tablesBefore = await readTables(client);
  progress("footprint: lives of orders");
  const walBefore = await readWalBytes(client);
  const cpuBefore = cpuMs();
  const measuring = () => liveFor(seconds * (1 - WARM_UP_SHARE), lives);
  const { result: count, answers } = await countAnswers(measuring);
  const databaseCpuMs = (cpuMs() - cpuBefore) / count;
  const walBytes = ((await readWalBytes(client)) - walBefore) / count;
  await pack(client);
  const tables = tablesBetween(tablesBefore, await readTables(client), count);
  const sumOf = (figure: "inserted" | "updated" | "bytes") =>
    tables.reduce((sum, counts) => sum + counts[figure], 0);
  return {
    lives: count,
    statements: answers.count / count,
    rowsInserted: sumOf("inserted"),
    rowsUpdated: sumOf("updated"),
    keptBytes: sumOf("bytes"),
    walBytes,
    answerBytes: answers.bytes / count,
    databaseCpuMs: Number.isNaN(databaseCpuMs) ? undefined : databaseCpuMs,
    tables,
  };
}

/** How many were lived. */
async function liveFor(seconds: number, lives: readonly Life[]): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  async function one(): Promise<void> {
    while (performance.now() < endMs) {
      count += 1;
      await lives[count % lives.length]?.();
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return count;
}

async function openLives(database: BenchDatabase): Promise<Life[]> {
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, () => openAccount(database, CASH)),
  );
  return accounts.map(lifeOn);
}

/** As at Alpaca: queued, working, filled at once. */
function lifeOn(account: Account): Life {
  const { orders, db, userId } = account;
  const same = <Row>(row: Row) => row;
  const journal = createJournalReader(db, { order: same, trade: same, position: same, cash: same });
  let told = 0;
  const tell = async () => {
    const events = await journal.read(userId, told, JOURNAL_PAGE);
    told = Math.max(told, events.at(-1)?.seq ?? 0);
  };
  return async () => {
    const placed = await account.place(WISH);
    if (placed.kind !== "placed") throw new Error(`the order was ${placed.kind}`);
    const { order } = placed;
    const brokerOrderId = `venue-${order.id}`;
    const at = new Date();
    await orders.recordAnswer(
      order,
      { kind: "accepted", event: "accepted", brokerOrderId, at },
      at,
    );
    await tell();
    await account.report(order, reportOf(order, "new"));
    await tell();
    await account.report(order, reportOf(order, "fill", account.execution("1", "5")));
    await tell();
  };
}
