/** Copies of whole accounts: every row of theirs, with other ids and symbols in it, also where it tells of others. */

import pg from "pg";

export interface Copied {
  readonly userId: string;
  /** Those that are others in each copy. */
  readonly symbols: readonly [string, string, string];
}

/** What is an account's, by table; `a` is it. */
const TABLES: Readonly<Record<string, string>> = {
  account_events: "t.user_id = a.user_id",
  ledger_entries: "t.user_id = a.user_id",
  orders: "t.user_id = a.user_id",
  ledger_transactions: "t.user_id = a.user_id",
  trades: "t.user_id = a.user_id",
  positions: "t.user_id = a.user_id",
  portfolios: "t.user_id = a.user_id",
  users: "t.id = a.user_id",
  sessions: "t.user_id = a.user_id",
  refresh_tokens: "t.session_id in (select id from sessions where user_id = a.user_id)",
  watchlists: "t.user_id = a.user_id",
  watchlist_symbols: "t.watchlist_id in (select id from watchlists where user_id = a.user_id)",
  audit_log: "t.user_id = a.user_id",
};
const CONNECTIONS = 2;
/** A UUID, and what of it is another in each copy: its last eight digits. */
const ID = "([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{4})[0-9a-f]{8}";

/** Writes past the functions, whose work is in the rows that are copied; what they hold of an account holds of its copies. */
export async function copyAccounts(
  url: string,
  accounts: readonly Copied[],
  copies: number,
): Promise<void> {
  await onConnection(url, async (client) => {
    await client.query("create schema bench");
    await client.query(
      "create table bench.accounts as select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality a (user_id, one, two, three, n)",
      [
        accounts.map(({ userId }) => userId),
        ...[0, 1, 2].map((at) => accounts.map(({ symbols }) => symbols[at])),
      ],
    );
    // Three in a row each, so that they differ; all of them have as many holders.
    await client.query(
      `create table bench.copies as
       with listed as (
         select symbol, row_number() over (order by symbol) - 1 as at, count(*) over () as listed
         from assets where asset_type = 'stock' and in_universe
       )
       select a.n, lpad(to_hex(c), 8, '0') as tail, one.symbol as one, two.symbol as two, three.symbol as three
       from bench.accounts a cross join generate_series(1, $1::int) c
       join listed one on one.at = (3 * (a.n * $1::int + c)) % one.listed
       join listed two on two.at = (one.at + 1) % one.listed
       join listed three on three.at = (one.at + 2) % one.listed`,
      [copies],
    );
    for (const [table, mine] of Object.entries(TABLES)) await takeRows(client, table, mine);
    await client.query("analyze bench.copies");
  });
  const waiting = Object.keys(TABLES).reverse();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      onConnection(url, async (client) => {
        await client.query("set session_replication_role = replica");
        await client.query("set synchronous_commit = off");
        for (let table = waiting.pop(); table !== undefined; table = waiting.pop())
          await writeCopies(client, table);
      }),
    ),
  );
  await onConnection(url, (client) => client.query("drop schema bench cascade"));
}

/** The rows as text, with a mark for whatever is another in each copy. */
async function takeRows(client: pg.Client, table: string, mine: string): Promise<void> {
  const row =
    table === "users"
      ? "to_jsonb(t) || jsonb_build_object('username', 'copy_' || a.n || '_@id@')"
      : "to_jsonb(t)";
  const marked = ["one", "two", "three"].reduce(
    (text, symbol) =>
      `replace(replace(${text}, '"' || a.${symbol} || '"', '"@${symbol}@"'), ':' || a.${symbol} || '"', ':@${symbol}@"')`,
    `regexp_replace((${row})::text, '${ID}', '\\1@id@', 'g')`,
  );
  await client.query(
    `create table bench.${table} as select a.n, ${marked} as body from bench.accounts a join ${table} t on ${mine}`,
  );
}

async function writeCopies(client: pg.Client, table: string): Promise<void> {
  const { rows } = await client.query(
    `select string_agg(quote_ident(column_name), ', ') as columns
     from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'`,
    [table],
  );
  const { columns } = rows[0];
  const text = ["one", "two", "three"].reduce(
    (body, symbol) => `replace(${body}, '@${symbol}@', c.${symbol})`,
    "replace(b.body, '@id@', c.tail)",
  );
  await client.query(
    `insert into ${table} (${columns}) select ${columns
      .split(", ")
      .map((column: string) => `r.${column}`)
      .join(", ")}
     from bench.${table} b join bench.copies c using (n), lateral jsonb_populate_record(null::${table}, (${text})::jsonb) r`,
  );
}

async function onConnection(
  url: string,
  use: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
