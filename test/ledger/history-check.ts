/**
 * Histories of equity against what the rows of the ledger and the venue's own bars make of them. Computed in SQL, from HTTP, with
 * nothing that the platform is made of.
 */

import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { createVenueBars, type VenueBarSources } from "./venue-bars.ts";

export interface HistorySources extends VenueBarSources {
  /** Of the platform. */
  readonly url: string;
  readonly databaseUrl: string;
}

export interface HistoryWish {
  readonly userId: string;
  readonly token: string;
  readonly period: string;
  readonly interval: "1m" | "5m" | "15m" | "1h" | "1D";
}

export interface HistoryCheck {
  /** That were compared. */
  readonly points: number;
  /** Where they differ, each as what was told and what should have been. */
  readonly findings: readonly string[];
}

interface Point {
  readonly timestamp: string;
  readonly equity: string;
  readonly profit_loss: string;
  readonly net_deposits: string;
}

interface History {
  readonly base_value: string;
  readonly points: readonly Point[];
}

const STEP_MS = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "1D": 86_400_000 };
/** Running bars may be told as of a minute ago where the venue bears no more requests. */
export const SETTLED_MS = 90_000;
const BUSY_TRIES = 90;
const BUSY_MS = 1_000;

export async function checkHistories(
  sources: HistorySources,
  wishes: readonly HistoryWish[],
  pointsMax: number,
): Promise<HistoryCheck> {
  const client = new pg.Client({ connectionString: sources.databaseUrl });
  await client.connect();
  try {
    const loadBars = await createVenueBars(client, sources);
    const findings: string[] = [];
    let points = 0;
    // One end for all: the venue's bars are read once, and those that run then are no measure.
    const untilMs = Date.now() - SETTLED_MS;
    for (const wish of wishes) {
      const { base_value, points: all } = await readHistory(sources.url, wish);
      const told = choose(all, base_value, wish, untilMs, pointsMax);
      points += told.length;
      const [first] = told;
      if (first === undefined) continue;
      await loadBars(wish.interval, wish.userId, new Date(first.timestamp));
      const { rows } = await client.query(COMPARE, [
        wish.userId,
        JSON.stringify(told),
        wish.interval,
        base_value,
        Number(base_value) === 0 ? null : first.timestamp,
      ]);
      for (const row of rows)
        findings.push(
          `${wish.userId} ${wish.interval} over ${wish.period}: ${JSON.stringify(row)}`,
        );
    }
    return { points, findings };
  } finally {
    await client.end();
  }
}

async function readHistory(
  url: string,
  { token, period, interval }: HistoryWish,
): Promise<History> {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(
      `${url}/api/v1/portfolio/history?period=${period}&interval=${interval}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    if (response.ok) return (await response.json()) as History;
    const text = await response.text();
    if (response.status !== 503 || tries === BUSY_TRIES)
      throw new Error(`${response.status} ${text}`);
    await delay(BUSY_MS);
  }
}

/** Where the period starts, and points from there on, to the end of what is settled: all, or as many as wanted, evenly. */
function choose(
  points: readonly Point[],
  base: string,
  { interval }: HistoryWish,
  untilMs: number,
  pointsMax: number,
): Point[] {
  const over = points.slice(0, -1).filter(({ timestamp }) => Date.parse(timestamp) <= untilMs);
  const every = Math.max(1, Math.ceil(over.length / pointsMax));
  const chosen = over.filter((_, nth) => (over.length - 1 - nth) % every === 0);
  const [first] = over;
  if (first === undefined || Number(base) === 0) return chosen;
  const startMs = Date.parse(first.timestamp) - STEP_MS[interval];
  const timestamp = new Date(startMs).toISOString();
  return [{ timestamp, equity: base, profit_loss: "0", net_deposits: "0" }, ...chosen];
}

/** $1 account, $2 points, $3 interval, $4 base value, $5 the start, null where the account began or was reset after it. */
const COMPARE = `
  with told as (
    select * from jsonb_to_recordset($2::jsonb)
      as point (timestamp timestamptz, equity numeric, profit_loss numeric, net_deposits numeric)
  ),
  restart as (
    select coalesce(max(seq), 0) as seq from account_events where user_id = $1 and kind = 'cash' and event = 'reset'
  ),
  moved as (
    select t.seq, t.created_at, e.account, e.asset, e.amount
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id where t.user_id = $1
  ),
  held as (
    select timestamp, asset, sum(amount) as quantity from told join moved on created_at <= timestamp
    where account in ('cash', 'cash_reserved') or account like 'qty%' group by timestamp, asset
  ),
  worth as (
    select timestamp, case when asset = 'USD' then quantity when quantity = 0 then 0 else round(quantity * (
        select close from venue_bars b where b.symbol = asset and b.interval = $3 and b.ends <= timestamp
        order by b.ends desc limit 1
      ), 8) end as worth
    from held
  ),
  due as (
    select timestamp,
      (select case when bool_or(w.worth is null) then null else coalesce(sum(w.worth), 0) end
        from worth w where w.timestamp = told.timestamp) as equity,
      (select coalesce(-sum(amount), 0) from moved where account = 'external' and seq > (select seq from restart)
        and created_at <= timestamp and created_at > coalesce($5::timestamptz, '-infinity')) as net_deposits
    from told
  )
  select timestamp, told.equity as told, due.equity as due, told.profit_loss as gain_told,
    due.equity - $4::numeric - due.net_deposits as gain_due, told.net_deposits as deposits_told, due.net_deposits as deposits_due
  from told join due using (timestamp)
  where (told.equity, told.profit_loss, told.net_deposits)
    is distinct from (due.equity, due.equity - $4::numeric - due.net_deposits, due.net_deposits)
  order by timestamp limit 5`;
