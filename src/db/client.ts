/** The one place that knows the driver: Neon's HTTP endpoint, one round trip a statement. */

import type { NeonDbError } from "@neondatabase/serverless";
import { getTableColumns, type InferSelectModel, sql, type Table } from "drizzle-orm";
import {
  type NeonHttpClient,
  type NeonHttpQueryResultHKT,
  NeonHttpSession,
} from "drizzle-orm/neon-http/session";
import { PgDatabase, PgDialect } from "drizzle-orm/pg-core";
import { boundedFetch } from "./bounded-fetch.ts";

export interface DatabaseOptions {
  /** postgres:// */
  readonly url: string;
  /** The HTTP endpoint's URL; empty: the driver derives it from `url`. */
  readonly httpEndpoint: string;
}

export type Database = PgDatabase<NeonHttpQueryResultHKT>;

/** As `drizzle()` of drizzle-orm/neon-http makes it, which would load the driver at once. */
export function createDatabase(options: DatabaseOptions): Database {
  const dialect = new PgDialect();
  const session = new NeonHttpSession(lateClient(options), dialect, undefined);
  return new PgDatabase(dialect, session, undefined);
}

/** To run the driver's code takes a while: the first statement loads it. */
function lateClient(options: DatabaseOptions): NeonHttpClient {
  let opened: NeonHttpClient | undefined;
  const client = {
    async query(...statement: Parameters<NeonHttpClient["query"]>) {
      opened ??= await openClient(options);
      return opened.query(...statement);
    },
  };
  // The session asks a client for nothing else, unless it is for a batch.
  return client as unknown as NeonHttpClient;
}

/** Moments, dates and intervals, and lists of them and of `numeric`: drizzle reads their text itself. */
const LEFT_AS_TEXT = [1082, 1114, 1184, 1186, 1115, 1182, 1185, 1187, 1231];

async function openClient({ url, httpEndpoint }: DatabaseOptions): Promise<NeonHttpClient> {
  const { neon, neonConfig, types } = await import("@neondatabase/serverless");
  if (httpEndpoint !== "") neonConfig.fetchEndpoint = () => httpEndpoint;
  neonConfig.fetchFunction = boundedFetch;
  for (const type of LEFT_AS_TEXT) types.setTypeParser(type, (text) => text);
  return neon(url);
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
  if (isDriverError(error)) return error.code === undefined || UNAVAILABLE.test(error.code);
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause);
}

/** By its name: the class comes with the driver. */
const isDriverError = (error: unknown): error is NeonDbError =>
  error instanceof Error && error.name === "NeonDbError";
