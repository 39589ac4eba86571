import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTemporaryDir, type TemporaryDir } from "../test/harness/temporary-dir.ts";
import { silent } from "./log.ts";
import { createDatabase, type Postgres, startPostgres } from "./postgres.ts";
import { isAlive } from "./process-table.ts";
import { killGroup } from "./tethered-process.ts";

let temporary: TemporaryDir;
let folder: string;
let running: Postgres[];

beforeEach(() => {
  temporary = createTemporaryDir();
  folder = temporary.path;
  running = [];
});

afterEach(async () => {
  for (const postgres of running) await postgres.stop();
  temporary.remove();
});

async function start(log = silent, durable = false): Promise<Postgres> {
  const postgres = await startPostgres({ dir: join(folder, "data"), durable, log });
  running.push(postgres);
  return postgres;
}

async function query(postgres: Postgres, text: string): Promise<unknown[]> {
  const client = new pg.Client(postgres.url("app"));
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

it("starts again with the data of the first start", async () => {
  const first = await start();
  await createDatabase(first, "app");
  await query(first, "CREATE TABLE notes AS SELECT 'kept' AS text");
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await start();
  await createDatabase(second, "app");
  expect(await query(second, "SELECT text FROM notes")).toEqual([{ text: "kept" }]);
});

it("ends a server that still holds the data, and keeps what it had committed", async () => {
  const orphan = await start();
  await createDatabase(orphan, "app");
  await query(orphan, "CREATE TABLE notes AS SELECT 'kept' AS text");

  const lines: string[] = [];
  const next = await start((line) => lines.push(line));
  expect(lines).toContainEqual(expect.stringContaining(`ending process ${orphan.pid}`));
  expect(await query(next, "SELECT text FROM notes")).toEqual([{ text: "kept" }]);
  await orphan.exited;
});

it("loses nothing that was committed when the server is killed", async () => {
  const killed = await start(silent, true);
  await createDatabase(killed, "app");
  await query(killed, "CREATE TABLE notes AS SELECT 'kept' AS text");
  killGroup(killed.pid);
  await killed.exited;

  const next = await start();
  expect(await query(next, "SELECT text FROM notes")).toEqual([{ text: "kept" }]);
});

it("is reached only with its password and only from this machine", async () => {
  const postgres = await start();
  const url = new URL(postgres.url("postgres"));
  expect(url.hostname).toBe("127.0.0.1");
  url.password = "guess";
  const client = new pg.Client(url.href);
  client.on("error", () => {});
  await expect(client.connect()).rejects.toMatchObject({ code: "28P01" });
});
