/** Changes rows by hand, as no function of ours would, looks what verification says, and takes them back. */

import pg from "pg";
import type { TestDatabase } from "../harness/database.ts";

export const TABLES = [
  "ledger_transactions",
  "ledger_entries",
  "account_events",
  "orders",
  "trades",
  "positions",
  "portfolios",
] as const;
export type TableName = (typeof TABLES)[number];
export type Row = Readonly<Record<string, unknown>> & { readonly ctid: string };

interface Column {
  readonly name: string;
  readonly type: string;
  readonly udt: string;
}

export type Tamperer = Awaited<ReturnType<typeof createTamperer>>;

/** On a database of one's own: it loses the constraints that would catch some of the changes before verification does. */
export async function createTamperer(database: TestDatabase, userId: string, otherId: string) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows: constraints } = await client.query(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop from pg_constraint
     where connamespace = 'public'::regnamespace and contype in ('c', 'f')
     union all
     select format('drop index %s', indexrelid::regclass) from pg_index join pg_class c on c.oid = indrelid
     where indisunique and not indisprimary and c.relnamespace = 'public'::regnamespace`,
  );
  for (const { drop } of constraints) await client.query(drop);

  return {
    stop: () => client.end(),

    async rows(table: TableName, where = "true"): Promise<Row[]> {
      const { rows } = await client.query(
        `select *, ctid::text as ctid from ${table} where user_id = $1 and ${where} order by 1, 2`,
        [userId],
      );
      return rows;
    },

    /** Those that a hand could change. */
    async columns(table: TableName): Promise<Column[]> {
      const { rows } = await client.query(
        `select column_name as name, data_type as type, udt_name as udt from information_schema.columns
         where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'`,
        [table],
      );
      return rows;
    },

    /** Another value of the column, as SQL. */
    another({ name, type, udt }: Column): string {
      if (name === "user_id") return `'${otherId}'`;
      if (type === "numeric") return `coalesce(${name}, 0) + 0.00000001`;
      if (type === "bigint" || type === "integer") return `${name} + 100000`;
      if (type === "uuid") return "gen_random_uuid()";
      if (type === "boolean") return `not ${name}`;
      if (type === "text") return `coalesce(${name}, '') || 'x'`;
      if (type === "jsonb") return `'{"by": "hand"}'`;
      if (type === "USER-DEFINED") {
        return `(select e from unnest(enum_range(null::${udt})) e where e is distinct from ${name} limit 1)`;
      }
      return `coalesce(${name}, now()) + interval '1 ms'`;
    },

    /** What verification finds in an account once these statements have been run, which do not last. */
    async verifyAfter(statements: readonly string[], account = userId): Promise<string> {
      await client.query("begin");
      try {
        for (const statement of statements) {
          const { rowCount } = await client.query(statement);
          if (rowCount === 0) throw new Error(`it changed nothing: ${statement}`);
        }
        const { rows } = await client.query(
          "select name, rows from verify_account($1) where ok is not true",
          [account],
        );
        return rows.length === 0 ? "" : JSON.stringify(rows);
      } finally {
        await client.query("rollback");
      }
    },
  };
}

/** Whether a finding names a row: itself, or, of an event, as one of those that do not fit together. */
export function names(found: string, table: TableName, row: Row): boolean {
  switch (table) {
    case "account_events":
      return new RegExp(`"(seq|after|since|taken_back_by)":${row.seq}[,}]`).test(found);
    case "ledger_entries":
      return found.includes(String(row.transaction_id));
    case "portfolios":
      return found.includes(String(row.user_id));
    default:
      return found.includes(String(row.id));
  }
}

/** Every value inside the rows that an event carries. */
export function leavesOf(
  data: unknown,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly value: unknown }[] {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return [{ path, value: data }];
  }
  return Object.entries(data).flatMap(([name, value]) => leavesOf(value, [...path, name]));
}
