/** What Postgres counts by itself. */

import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";

export interface TableCounts {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** With indexes and what is stored apart. */
  readonly bytes: number;
}

/** A connection that rests tells its counts after ten seconds at the latest. */
const COUNTS_TOLD_MS = 11_000;

/** Since the database began. */
export async function readTables(client: pg.Client): Promise<TableCounts[]> {
  await delay(COUNTS_TOLD_MS);
  const { rows } = await client.query(
    `select relname as table, n_tup_ins::float8 as inserted, n_tup_upd::float8 as updated,
       pg_total_relation_size(relid)::float8 as bytes
     from pg_stat_user_tables where schemaname = 'public' order by relname`,
  );
  return rows;
}

/** What changed between two readings, by life; tables that none touched are left out. */
export function tablesBetween(
  before: readonly TableCounts[],
  after: readonly TableCounts[],
  lives: number,
): TableCounts[] {
  return after
    .map(({ table, ...counts }) => {
      const old = before.find((each) => each.table === table);
      const grownBy = (name: keyof typeof counts) => (counts[name] - (old?.[name] ?? 0)) / lives;
      return {
        table,
        inserted: grownBy("inserted"),
        updated: grownBy("updated"),
        bytes: grownBy("bytes"),
      };
    })
    .filter(({ inserted, updated }) => inserted > 0 || updated > 0);
}

export async function readWalBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query("select (pg_current_wal_insert_lsn() - '0/0')::float8 as at");
  return rows[0].at;
}

/** Rewrites the tables without what was updated or never used, so that their sizes are of what they hold. */
export async function pack(client: pg.Client): Promise<void> {
  await client.query("vacuum full");
}
