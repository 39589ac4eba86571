/** What a repository would send to the database, and a database with many accounts. */

import type pg from "pg";
import { vi } from "vitest";

export interface Statement {
  readonly query: string;
  readonly params: unknown[];
}

/** The statements of the first round trip that `run` makes, which gets no answer. */
export async function statementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
  const sent: Statement[] = [];
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, init) => {
    const body = JSON.parse(String(init?.body)) as Statement | { readonly queries: Statement[] };
    if (sent.length === 0) sent.push(...("queries" in body ? body.queries : [body]));
    throw new Error("it was only asked what would be sent");
  });
  try {
    await run().catch(() => undefined);
  } finally {
    spy.mockRestore();
  }
  return sent;
}

const ACCOUNTS = 2_000;
const ROWS = 20_000;
/** Above what the copied account has itself. */
const COPIED_SEQ = 1_000;

/** Each table that grows, and what makes a copy of its rows another one. `n` counts the copies. */
const COPIES: readonly (readonly [table: string, copies: number, changes: string])[] = [
  [
    "users",
    ACCOUNTS,
    `'id', gen_random_uuid(), 'email', n || '@example.com', 'username', 'user_' || n`,
  ],
  ["sessions", ACCOUNTS, `'id', gen_random_uuid(), 'user_id', u.id`],
  ["portfolios", ACCOUNTS, `'id', gen_random_uuid(), 'user_id', u.id`],
  ["positions", ACCOUNTS, `'id', gen_random_uuid(), 'user_id', u.id`],
  ["watchlists", ACCOUNTS, "'id', gen_random_uuid(), 'user_id', u.id"],
  [
    "orders",
    ROWS,
    `'id', gen_random_uuid(), 'user_id', u.id, 'client_order_id', null, 'broker_order_id', 'copy-' || t.id || n, 'status', 'filled'`,
  ],
  ["trades", ROWS, `'id', gen_random_uuid(), 'user_id', u.id, 'execution_id', 'copy-' || n`],
  ["account_events", ROWS, `'user_id', u.id, 'seq', n + ${COPIED_SEQ}`],
  [
    "ledger_transactions",
    ROWS,
    `'id', gen_random_uuid(), 'user_id', u.id, 'created_at', now() - interval '30 days', 'seq', n + ${COPIED_SEQ}`,
  ],
];

/**
 * Copies the rows of one account to thousands, itself among them: it has a long past of its own. What the copies say does not
 * add up; only their number counts here.
 */
export async function growTables(client: pg.Client, userId: string): Promise<void> {
  await client.query("create temp table account (at int primary key, id uuid not null)");
  await client.query("insert into account values (0, $1)", [userId]);
  for (const [table, copies, changes] of COPIES) {
    const ofUsers = table === "users";
    // Of what an account has many of, every tenth is the first one's.
    const owner =
      copies === ACCOUNTS ? "n" : `case when n % 10 = 0 then 0 else n % ${ACCOUNTS} end`;
    await copyRows(
      client,
      table,
      `(select * from ${table} where ${ofUsers ? "id" : "user_id"} = $1 limit 1) t,
       generate_series(1, ${copies}) n ${ofUsers ? "" : `join account u on u.at = ${owner}`}`,
      changes,
      userId,
    );
    if (ofUsers) {
      await client.query(
        "insert into account select row_number() over (order by id), id from users where id <> $1",
        [userId],
      );
    }
  }
  await copyRows(
    client,
    "ledger_entries",
    `(select * from ledger_entries where transaction_id =
       (select transaction_id from ledger_entries where user_id = $1 limit 1)) t,
     ledger_transactions x where x.seq > ${COPIED_SEQ}`,
    "'transaction_id', x.id, 'user_id', x.user_id",
    userId,
  );
  await copyRows(
    client,
    "refresh_tokens",
    `(select * from refresh_tokens where token_hash = $1::text) t, generate_series(1, ${ROWS}) n`,
    "'token_hash', 'copy-' || n",
    userId,
  );
  await client.query("analyze");
}

async function copyRows(
  client: pg.Client,
  table: string,
  source: string,
  changes: string,
  userId: string,
): Promise<void> {
  const { rows } = await client.query(
    `select string_agg(quote_ident(column_name), ', ') as columns,
            string_agg('(r).' || quote_ident(column_name), ', ') as fields
       from information_schema.columns where table_name = $1 and is_generated = 'NEVER'`,
    [table],
  );
  const { columns, fields } = rows[0];
  const copy = `jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${changes}))`;
  await client.query(
    `insert into ${table} (${columns}) select ${fields} from (select ${copy} as r from ${source}) made`,
    [userId],
  );
}
