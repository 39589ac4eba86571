/** The one place that knows the driver: Neon's HTTP endpoint, one round trip a statement or batch. */

import { NeonDbError, neon, neonConfig } from "@neondatabase/serverless";
import { getTableColumns, type InferSelectModel, sql, type Table } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { boundedFetch } from "./bounded-fetch.ts";

export interface DatabaseOptions {
  /** postgres:// */
  readonly url: string;
  /** The HTTP endpoint's URL; empty: the driver derives it from `url`. */
  readonly httpEndpoint: string;
}

export type Database = ReturnType<typeof createDatabase>;

export function createDatabase({ url, httpEndpoint }: DatabaseOptions) {
  if (httpEndpoint !== "") neonConfig.fetchEndpoint = () => httpEndpoint;
  neonConfig.fetchFunction = boundedFetch;
  return drizzle(neon(url));
}

/** Reads a row that a SQL function returned as JSON, with the same conversions as a select. */
export function rowFromJson<T extends Table>(
  table: T,
  json: Readonly<Record<string, unknown>>,
): InferSelectModel<T> {
  const row: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(getTableColumns(table))) {
    const value = json[column.name] ?? null;
    row[key] = value === null ? null : column.mapFromDriverValue(value);
  }
  return row as InferSelectModel<T>;
}

/** Calls one of `drizzle/functions`, which take and return JSON: one statement, one round trip. */
export async function callFunction(
  db: Database,
  name: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const statement = sql`select ${sql.raw(name)}(${JSON.stringify(payload)}::jsonb) as answer`;
  const { rows } = await db.execute<{ answer: Record<string, unknown> }>(statement);
  const answer = rows[0]?.answer;
  if (answer === undefined) throw new Error(`${name} returned no row`);
  return answer;
}

// Connection lost, shutting down or starting, out of connections or memory.
const UNAVAILABLE = /^(08|53|57P)/;

/** Whether an error, or what caused it, says that the database could not be asked, rather than what it answered. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof NeonDbError) return error.code === undefined || UNAVAILABLE.test(error.code);
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause);
}
