import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTemporaryDir, type TemporaryDir } from "../test/harness/temporary-dir.ts";
import { root } from "./checkout.ts";
import { freePort } from "./ports.ts";
import { isGroupAlive } from "./process-table.ts";
import { type RunRecord, readRunRecord } from "./run-file.ts";

const START_TIMEOUT_MS = 120_000;

let data: TemporaryDir;
let port: number;
const launchers: ChildProcess[] = [];

beforeAll(async () => {
  data = createTemporaryDir();
  port = await freePort();
});

afterAll(() => {
  for (const launcher of launchers) launcher.kill("SIGKILL");
  data.remove();
});

function launch() {
  const launcher = spawn(process.execPath, [join(root, "local", "dev.ts")], {
    env: { ...process.env, PORT: String(port), DATA_DIR: data.path },
    stdio: ["ignore", "pipe", "inherit"],
  });
  launchers.push(launcher);
  let output = "";
  launcher.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  return { launcher, output: () => output, exited: once(launcher, "exit") };
}

async function launched() {
  const run = launch();
  await expect.poll(run.output, { timeout: START_TIMEOUT_MS }).toContain("SpeedTrade runs");
  return { ...run, record: currentRecord() };
}

function currentRecord(): RunRecord {
  const record = readRunRecord(join(data.path, "dev.json"));
  if (record === undefined) throw new Error("no record of a running platform");
  return record;
}

async function query(record: RunRecord, text: string): Promise<unknown[]> {
  const client = new pg.Client(record.databaseUrl);
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

it("runs, refuses a second start, leaves nothing when killed, starts again with its data, and ends", async () => {
  const first = await launched();
  expect(first.record).toMatchObject({ state: "running", url: `http://127.0.0.1:${port}` });
  expect((await fetch(`${first.record.url}/health`)).status).toBe(200);
  await query(first.record, "CREATE TABLE marker AS SELECT 'kept' AS text");

  const second = launch();
  expect(await second.exited).toEqual([1, null]);
  expect(second.output()).toMatch(/^dev +\| the platform already runs in this folder .*\n$/);

  first.launcher.kill("SIGKILL");
  const left = () => first.record.groups.filter(isGroupAlive);
  await expect.poll(left, { timeout: 60_000 }).toEqual([]);

  const third = await launched();
  expect(await query(third.record, "SELECT text FROM marker")).toEqual([{ text: "kept" }]);
  third.launcher.kill("SIGINT");
  expect(await third.exited).toEqual([0, null]);
  expect(third.record.groups.filter(isGroupAlive)).toEqual([]);
  expect(existsSync(join(data.path, "dev.json"))).toBe(false);
  const { JWT_SECRET } = JSON.parse(readFileSync(join(data.path, "settings.json"), "utf8"));
  expect(third.output()).not.toContain(JWT_SECRET);
}, 400_000);
