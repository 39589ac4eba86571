import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTemporaryDir, type TemporaryDir } from "../test/harness/temporary-dir.ts";
import { silent } from "./log.ts";
import { bootId, isGroupAlive } from "./process-table.ts";
import { claimRun, readRunRecord } from "./run-file.ts";

const URL = "http://127.0.0.1:8000";
let temporary: TemporaryDir;
let folder: string;
let file: string;

beforeEach(() => {
  temporary = createTemporaryDir();
  folder = temporary.path;
  file = join(folder, "dev.json");
});

afterEach(() => {
  temporary.remove();
});

const claim = () => claimRun(8000, URL, silent, file);

it("says where the platform of this folder runs, as long as it does", async () => {
  expect(readRunRecord(file)).toBeUndefined();
  const run = await claim();
  run.update({ state: "running", databaseUrl: "postgres://x" });
  expect(readRunRecord(file)).toMatchObject({
    url: URL,
    databaseUrl: "postgres://x",
    state: "running",
  });
  run.remove();
  expect(readRunRecord(file)).toBeUndefined();
});

it("refuses a second platform in the same folder", async () => {
  const run = await claim();
  await expect(claim()).rejects.toThrow(
    `the platform already runs in this folder (${URL}, process ${process.pid})`,
  );
  run.remove();
});

it("waits for a platform that is ending", async () => {
  const run = await claim();
  run.update({ state: "stopping" });
  const second = claim();
  setTimeout(() => run.remove(), 2_500);
  (await second).remove();
});

it("takes over from a platform that was killed, whatever its record looks like", async () => {
  for (const text of [
    record({ pid: 2 ** 22 - 1 }),
    record({ identity: "another process" }),
    "{",
    "",
  ]) {
    writeFileSync(file, text);
    expect(readRunRecord(file)).toBeUndefined();
    (await claim()).remove();
    expect(existsSync(file)).toBe(false);
  }
});

it("ends the processes that a killed platform left behind", async () => {
  const left = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
  await once(left, "spawn");
  const pid = left.pid ?? 0;
  writeFileSync(file, record({ identity: "another process", groups: [pid] }));
  const run = await claim();
  await expect.poll(() => isGroupAlive(pid), { timeout: 20_000 }).toBe(false);
  run.remove();
});

it("lets one of several win", async () => {
  writeFileSync(file, record({ identity: "another process" }));
  const results = await Promise.allSettled([claim(), claim(), claim()]);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
});

function record(change: object): string {
  const base = {
    state: "running",
    pid: process.pid,
    boot: bootId(),
    groups: [],
    port: 8000,
    url: URL,
  };
  return JSON.stringify({ ...base, ...change });
}
