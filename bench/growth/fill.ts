/** A database that many have used: some accounts with a past of their own, ten orders each, and copies that hold as they do. */

import pg from "pg";
import type { BenchDatabase } from "../platform.ts";
import { copyAccounts } from "./copies.ts";
import { openTrader } from "./past.ts";

/** Of a database once as large. */
const USERS = 200;
const SYMBOLS = 100;
/** Whose past is written, not copied. */
const TRADERS = 20;
const BAR_DAYS = 20;
const VERIFIED = 12;

export interface Filled {
  readonly users: number;
  readonly orders: number;
  readonly symbols: number;
  readonly fillSeconds: number;
  readonly megabytes: number;
}

/** `times`: how large. The database has the venues' instruments already; takes their symbols for those of the traders. */
export async function fillDatabase(database: BenchDatabase, times: number): Promise<Filled> {
  const startMs = performance.now();
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    const listed = await stocksOf(client);
    await listMore(client, (times - 1) * SYMBOLS);
    const traders = await Promise.all(
      Array.from({ length: TRADERS }, async (_, seed) => {
        const symbols = [0, 1, 2].map((n) => listed[(3 * seed + n) % listed.length] ?? "");
        const own = symbols as [string, string, string];
        const { userId } = await openTrader(database, own, seed);
        return { userId, symbols: own };
      }),
    );
    await copyAccounts(database.url, traders, (USERS * times) / TRADERS - 1);
    // What autovacuum would do in the midst of the measuring.
    await client.query("vacuum (analyze)");
    await client.query("checkpoint");
    await verifySome(client);
    return { ...(await sizesOf(client)), fillSeconds: (performance.now() - startMs) / 1000 };
  } finally {
    await client.end();
  }
}

async function stocksOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    "select symbol from assets where asset_type = 'stock' and in_universe order by symbol",
  );
  return rows.map(({ symbol }) => symbol);
}

/** Stocks that no venue lists, beside those that one does, with bars for all; the daily jobs find nothing to do. */
async function listMore(client: pg.Client, count: number): Promise<void> {
  await client.query(
    `insert into assets (symbol, asset_type, name, exchange, venue, quote_currency, price_increment, quantity_increment,
       min_quantity, fractionable, tradable, in_universe, updated_at)
     select 'Q' || upper(translate(lpad(to_hex(n), 4, '0'), '0123456789', 'ghijklmnop')),
       'stock', initcap(md5(n::text)) || ' Holdings Corp. Common Stock', exchange, venue, quote_currency, price_increment,
       quantity_increment, min_quantity, fractionable, tradable, in_universe, updated_at
     from assets, generate_series(1, $1::int) n where symbol = 'F'`,
    [count],
  );
  await client.query(
    `insert into daily_bars (symbol, day, open, high, low, close, volume)
     select symbol, current_date - n, 10, 11, 9, 10.5, 1000 from assets, generate_series(1, $1::int) n
     on conflict do nothing`,
    [BAR_DAYS],
  );
  await client.query(
    `insert into daily_bar_spans (symbol, from_day, through_day, tried_at)
     select symbol, current_date - $1::int, current_date - 1, now() from assets
     on conflict (symbol) do nothing`,
    [BAR_DAYS],
  );
}

/** Copies that did not hold would be no accounts. */
async function verifySome(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `select u.id, v.name, v.expected, v.actual
     from (select id from users order by hashtext(id::text) limit $1) u, lateral verify_account(u.id) v where not v.ok`,
    [VERIFIED],
  );
  if (rows.length > 0) throw new Error(`accounts do not hold: ${JSON.stringify(rows.slice(0, 3))}`);
}

async function sizesOf(client: pg.Client): Promise<Omit<Filled, "fillSeconds">> {
  const { rows } = await client.query(
    `select (select count(*)::int from users) as users, (select count(*)::int from orders) as orders,
       (select count(*)::int from assets) as symbols, pg_database_size(current_database())::float / 1e6 as megabytes`,
  );
  return rows[0];
}
