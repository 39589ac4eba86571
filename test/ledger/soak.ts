/** Many users who do everything at random, and the books after it. */

import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Verification, verifyAccounts } from "../../local/verify-accounts.ts";
import { createAccountOpener } from "../chaos/accounts.ts";
import { type BotClient, createBotClient } from "../chaos/bot-client.ts";
import { TRADED } from "../chaos/instruments.ts";
import { createQuotes } from "../chaos/venue-control.ts";
import type { World } from "../chaos/world.ts";
import { planUser } from "./soak-plan.ts";
import { createSoakUser, isFault } from "./soak-user.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly users: number;
  readonly operations: number;
  /** Users who trade at the same time. */
  readonly atOnce: number;
  onUser?(done: number): void;
}

export interface SoakResult {
  /** By kind of operation. */
  readonly operations: ReadonlyMap<string, number>;
  /** By status and code. */
  readonly answers: ReadonlyMap<string, number>;
  /** What is in the books: rows, by what they are. */
  readonly booked: ReadonlyMap<string, number>;
  /** Requests that the platform itself failed. */
  readonly faults: readonly string[];
  /** While everybody traded, and when all was done. */
  readonly verifications: readonly Verification[];
}

const CASH = "5000";
const VERIFY_EVERY_MS = 20_000;

export async function runSoak(world: World, options: SoakOptions): Promise<SoakResult> {
  const { seed, users, operations: length, atOnce, onUser = () => {} } = options;
  const operations = new Map<string, number>();
  const answers = new Map<string, number>();
  const faults: string[] = [];
  const verifications: Verification[] = [];
  const openAccount = createAccountOpener(world, CASH);
  const quotes = createQuotes(world.control);
  let next = 0;
  let done = 0;

  async function live(user: number): Promise<void> {
    const { token } = await openAccount();
    const client = createBotClient(world.url, token, (what) => count(answers, what));
    const ask: BotClient = async (method, path, asking) => {
      const reply = await client(method, path, asking);
      if (isFault(reply)) faults.push(`${method} ${path}: ${JSON.stringify(reply.body)}`);
      return reply;
    };
    const name = `s${seed}-${user}`;
    const { perform } = createSoakUser({ name, ask, quotes, venue: world.control });
    for (const { kind, step } of planUser(seed, user, length)) {
      count(operations, kind);
      await perform(kind, step);
    }
    done += 1;
    onUser(done);
  }

  async function lane(): Promise<void> {
    while (next < users) {
      next += 1;
      await live(next);
    }
  }

  await world.runtime.tickCron();
  await disturb(world);
  const verify = async () => verifications.push(await verifyAccounts(world.databaseUrl));
  const over = new AbortController();
  const watch = verifyUntil(over.signal, verify);
  const cron = setInterval(() => void world.runtime.tickCron().catch(() => undefined), 60_000);
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, users) }, lane));
  } finally {
    clearInterval(cron);
    over.abort();
    await watch;
  }
  await verify();
  return { operations, answers, faults, verifications, booked: await readBooked(world) };
}

/** One after another, and no more than a fifth of the time: they would be most of the database's work. */
async function verifyUntil(over: AbortSignal, verify: () => Promise<unknown>): Promise<void> {
  let pauseMs = VERIFY_EVERY_MS;
  while (!over.aborted) {
    await delay(pauseMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const startMs = performance.now();
    await verify().catch(() => undefined);
    pauseMs = Math.max(VERIFY_EVERY_MS, 4 * (performance.now() - startMs));
  }
}

/** For as long as it runs: orders fill in parts, and fees come in every asset. */
async function disturb({ control }: World): Promise<void> {
  const put = (body: object) => control("POST", "/faults", body);
  for (const [nth, { venue, venueSymbol: symbol }] of TRADED.entries()) {
    if (nth % 2 === 0) await put({ kind: "partial_fill", venue, symbol, fraction: 0.4 });
    if (nth % 3 === 0) await put({ kind: "third_asset_fee", venue, symbol });
  }
}

const BOOKED = `
  select 'accounts' as what, count(*) as rows from users
  union all select 'events', count(*) from account_events
  union all select 'orders ' || status, count(*) from orders group by status
  union all select 'trades with fees in ' || case fee_asset when split_part(symbol, '/', 1) then 'what was traded'
    else fee_asset end, count(*) from trades where fee <> 0 group by 1
  union all select 'trades taken back', count(*) from trades where voided_at is not null
  union all select 'orders filled in parts', count(*) from (
    select from trades where voided_at is null group by order_id having count(*) > 1) parts
  union all select action, count(*) from audit_log
    where action in ('deposit', 'reset', 'restricted', 'late_fill', 'overfill', 'replace_overtaken', 'illegal_transition')
    group by action`;

async function readBooked({ databaseUrl }: World): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ what: string; rows: string }>(BOOKED);
    return new Map(rows.map(({ what, rows: n }) => [what, Number(n)]));
  } finally {
    await client.end();
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
