import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../test/harness/database.ts";
import { createTemporaryDir, type TemporaryDir } from "../test/harness/temporary-dir.ts";
import { root } from "./checkout.ts";
import { migrateDatabase } from "./migrate.ts";

let database: TestDatabase;
let temporary: TemporaryDir;
let folder: string;

beforeEach(async () => {
  database = await cloneDatabase("template1");
  temporary = createTemporaryDir();
  folder = temporary.path;
  write("migrations/meta/_journal.json", journal("0000_first"));
  write("migrations/0000_first.sql", "CREATE TABLE notes (id int PRIMARY KEY);");
  write("functions/10-one.sql", functionText("one", "SELECT 1"));
  write("functions/20-two.sql", functionText("two", "SELECT one() + 1"));
});

afterEach(async () => {
  temporary.remove();
  await database.drop();
});

it("applies everything once, and again only what has changed", async () => {
  expect(await migrateDatabase(database.url, folder)).toEqual({
    migrations: 1,
    functions: ["10-one.sql", "20-two.sql"],
  });
  expect(await migrateDatabase(database.url, folder)).toEqual({ migrations: 0, functions: [] });

  write("functions/10-one.sql", functionText("one", "SELECT 10"));
  write("migrations/meta/_journal.json", journal("0000_first", "0001_second"));
  write("migrations/0001_second.sql", "ALTER TABLE notes ADD COLUMN text text;");
  expect(await migrateDatabase(database.url, folder)).toEqual({
    migrations: 1,
    functions: ["10-one.sql"],
  });
  expect(await query("SELECT two() AS two")).toEqual([{ two: 11 }]);
});

it("lets several callers on an empty database take turns", async () => {
  const results = await Promise.all(
    Array.from({ length: 5 }, () => migrateDatabase(database.url, folder)),
  );
  expect(results.filter(({ migrations }) => migrations === 1)).toHaveLength(1);
  expect(results.filter(({ functions }) => functions.length === 2)).toHaveLength(1);
});

it("keeps nothing of a migration that fails, and says why in one line", async () => {
  write("migrations/0000_first.sql", "CREATE TABLE notes (id int); ALTER TABLE nowhere ADD x int;");
  await expect(migrateDatabase(database.url, folder)).rejects.toThrow(
    /^migration 0000_first failed.*: relation "nowhere" does not exist$/,
  );
  expect(await query("SELECT to_regclass('notes') AS notes")).toEqual([{ notes: null }]);
});

it("keeps no function if one of them fails, and names its file and line", async () => {
  write("functions/20-two.sql", "-- the second\nCREATE FUNKTION two();");
  await expect(migrateDatabase(database.url, folder)).rejects.toThrow(
    'drizzle/functions/20-two.sql failed: syntax error at or near "FUNKTION" (line 2)',
  );
  expect(await query("SELECT to_regproc('one') AS one")).toEqual([{ one: null }]);
});

it("says in one line that a database can't be reached", async () => {
  await expect(migrateDatabase("postgres://nobody@127.0.0.1:1/x", folder)).rejects.toThrow(
    /^the database can't be reached: .*ECONNREFUSED/,
  );
});

it("applies the product's own schema", async () => {
  cpSync(join(root, "drizzle"), folder, { recursive: true });
  rmSync(join(folder, "functions", "10-one.sql"));
  rmSync(join(folder, "functions", "20-two.sql"));
  await migrateDatabase(database.url, folder);
  expect(await query("SELECT count(*)::int AS users FROM users")).toEqual([{ users: 0 }]);
  expect(await migrateDatabase(database.url, folder)).toEqual({ migrations: 0, functions: [] });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function journal(...tags: string[]): string {
  const entries = tags.map((tag, idx) => ({
    idx,
    version: "7",
    when: 1000 + idx,
    tag,
    breakpoints: true,
  }));
  return JSON.stringify({ version: "7", dialect: "postgresql", entries });
}

function functionText(name: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS int LANGUAGE sql AS '${body}';`;
}

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
