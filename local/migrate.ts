import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { root } from "./checkout.ts";
import { connect } from "./connect.ts";
import { codeOf, reasonOf, StartFailure } from "./start-failure.ts";

export interface Migration {
  /** Schema migrations that were applied now. */
  readonly migrations: number;
  /** Names of the function files whose text had changed. */
  readonly functions: readonly string[];
}

/** "trade" in ASCII: any number will do, as long as all migrators share it. */
const LOCK_KEY = 0x7472616465;

/**
 * Brings a database to the state of `drizzle/`: the schema migrations that it lacks, then the files of
 * `drizzle/functions` whose text differs from what was applied last. Several callers at once take turns.
 */
export async function migrateDatabase(
  url: string,
  folder: string = join(root, "drizzle"),
): Promise<Migration> {
  const lock = await connect(url);
  try {
    // Held by an open transaction on a connection of its own: a session's lock would get lost behind a pooler that
    // hands each transaction another session.
    await lock.query("BEGIN");
    await lock.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
    const client = await connect(url);
    try {
      const migrations = await applySchema(client, join(folder, "migrations"));
      const functions = await applyFunctions(client, join(folder, "functions"));
      return { migrations, functions };
    } finally {
      await client.end();
    }
  } finally {
    await lock.end();
  }
}

/** A line for the log. */
export function describeMigration({ migrations, functions }: Migration): string {
  if (migrations === 0 && functions.length === 0) return "up to date";
  return `migrations applied: ${migrations}; functions applied: ${functions.join(", ") || "none"}`;
}

async function applySchema(client: pg.Client, folder: string): Promise<number> {
  const journal = join(folder, "meta", "_journal.json");
  if (!existsSync(journal)) {
    throw new StartFailure(`there are no migrations in ${folder}; run npm run db:generate`);
  }
  const { entries } = JSON.parse(readFileSync(journal, "utf8")) as Journal;
  const newest = await newestApplied(client);
  const pending = entries.filter(({ when }) => when > newest).map(({ tag }) => tag);
  try {
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
  } catch (error) {
    // All that are pending share one transaction.
    const failed =
      pending.length === 0
        ? "what is applied already can't be read"
        : `${pending.length === 1 ? "migration" : "one of the migrations"} ${pending.join(", ")} failed, nothing was kept`;
    throw new StartFailure(`${failed}: ${databaseReason(error)}`);
  }
  return pending.length;
}

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** The time of the newest applied migration, as drizzle compares it; -1 if there is none. */
async function newestApplied(client: pg.Client): Promise<number> {
  const table = await client.query("SELECT to_regclass('drizzle.__drizzle_migrations') AS name");
  if (table.rows[0].name === null) return -1;
  const { rows } = await client.query(
    "SELECT max(created_at) AS newest FROM drizzle.__drizzle_migrations",
  );
  return Number(rows[0].newest ?? -1);
}

async function applyFunctions(client: pg.Client, folder: string): Promise<string[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS drizzle.function_files (
    name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const { rows } = await client.query("SELECT name, hash FROM drizzle.function_files");
  const applied = new Map(rows.map((row) => [row.name, row.hash]));

  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(".sql"))
    : [];
  const changed = files
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }))
    .map((file) => ({ ...file, hash: createHash("sha256").update(file.text).digest("hex") }))
    .filter(({ name, hash }) => applied.get(name) !== hash);

  // All or nothing: functions that call each other must not be of two versions.
  await client.query("BEGIN");
  for (const { name, text, hash } of changed) {
    try {
      await client.query(text);
    } catch (error) {
      throw new StartFailure(`drizzle/functions/${name} failed: ${databaseReason(error, text)}`);
    }
    await client.query(
      `INSERT INTO drizzle.function_files (name, hash) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, applied_at = now()`,
      [name, hash],
    );
  }
  await client.query("COMMIT");
  return changed.map(({ name }) => name);
}

/** The database's own words; drizzle wraps them in an error that repeats the whole statement. */
function databaseReason(error: unknown, statement?: string): string {
  const cause = error instanceof Error && codeOf(error) === undefined ? error.cause : undefined;
  const origin = cause ?? error;
  const reason = reasonOf(origin);
  if (!(origin instanceof pg.DatabaseError) || origin.position === undefined) return reason;
  if (statement === undefined) return reason;
  const line = statement.slice(0, Number(origin.position)).split("\n").length;
  return `${reason} (line ${line})`;
}
