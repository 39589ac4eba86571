import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Log, silent } from "./log.ts";
import { isGroupAlive } from "./process-table.ts";
import { startTethered } from "./tethered-process.ts";

const GRACE_MS = 500;

function tether(script: string, log: Log = silent) {
  return startTethered({
    name: "test",
    file: process.execPath,
    args: ["-e", script],
    env: process.env,
    cwd: import.meta.dirname,
    stopSignal: "SIGTERM",
    graceMs: GRACE_MS,
    log,
  });
}

const WAIT = "setInterval(() => {}, 1000);";
/** Starts a second process in the same group, which ignores that its parent ends. */
const WITH_CHILD = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(WAIT)}]);`;

it("passes on output and the exit code", async () => {
  const lines: string[] = [];
  const child = await tether('console.log("one\\ntwo"); process.exit(7)', (line) =>
    lines.push(line),
  );
  expect(await child.exited).toBe(7);
  expect(lines).toEqual(["one", "two"]);
});

it("says so if the command does not exist", async () => {
  const options = { args: [], env: process.env, cwd: import.meta.dirname, graceMs: 1, log: silent };
  const starting = startTethered({
    ...options,
    name: "it",
    file: "/does/not/exist",
    stopSignal: "SIGINT",
  });
  await expect(starting).rejects.toThrow(/^it can't be started: .*ENOENT/);
});

it("asks the command to end and waits for it", async () => {
  const lines: string[] = [];
  const script = `${WAIT} process.on("SIGTERM", () => { console.log("bye"); process.exit(3); }); console.log("up")`;
  const child = await tether(script, (line) => lines.push(line));
  await expect.poll(() => lines, { timeout: 20_000 }).toContain("up");
  await child.stop();
  expect(await child.exited).toBe(3);
  expect(lines).toEqual(["up", "bye"]);
});

it("kills a command that does not end, and what it started", async () => {
  const lines: string[] = [];
  const script = `${WAIT} ${WITH_CHILD} process.on("SIGTERM", () => {}); console.log("up")`;
  const child = await tether(script, (line) => lines.push(line));
  await expect.poll(() => lines, { timeout: 20_000 }).toContain("up");
  await child.stop();
  await expect.poll(() => isGroupAlive(child.pid), { timeout: 20_000 }).toBe(false);
});

it("ends what a command left behind when it ends by itself", async () => {
  const child = await tether(`${WITH_CHILD} process.exit(0)`);
  expect(await child.exited).toBe(0);
  await expect.poll(() => isGroupAlive(child.pid), { timeout: 20_000 }).toBe(false);
});

it("ends the command when the process that started it is killed", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "tethered-process.ts"));
  const launcher = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { startTethered } from ${module};
       const child = await startTethered({ name: "test", file: process.execPath, args: ["-e", ${JSON.stringify(WAIT + WITH_CHILD)}],
         env: process.env, cwd: "/", stopSignal: "SIGTERM", graceMs: ${GRACE_MS}, log() {} });
       console.log(child.pid);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [output] = await once(launcher.stdout, "data");
  const pid = Number(String(output));
  expect(isGroupAlive(pid)).toBe(true);

  launcher.kill("SIGKILL");
  await expect.poll(() => isGroupAlive(pid), { timeout: 20_000 }).toBe(false);
});

it("leaves the command alone as long as its launcher lives", async () => {
  const child = await tether(WAIT);
  await delay(2 * GRACE_MS);
  expect(isGroupAlive(child.pid)).toBe(true);
  await child.stop();
});
