// Runs one command in a process group of its own and ends that whole group when whoever started this process
// is gone, however it went: the operating system closes the channel between the two even after `kill -9`.
// Started by tethered-process.ts, which sends the command as the first message.

import { type ChildProcess, spawn } from "node:child_process";
import type { TetheredCommand } from "./tethered-process.ts";

let child: ChildProcess | undefined;
let command: TetheredCommand | undefined;

process.once("message", (message) => {
  command = message as TetheredCommand;
  start(command);
});
process.once("disconnect", stop);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);

function start({ file, args, user }: TetheredCommand): void {
  child = spawn(file, args, { ...user, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  child.once("spawn", () => report({ started: child?.pid }));
  child.once("error", (error) => {
    report({ failed: error.message });
    process.exit(127);
  });
  child.once("exit", (code) => {
    killGroup();
    process.exit(code ?? 1);
  });
}

function stop(): void {
  if (child === undefined || command === undefined) process.exit(0);
  child.kill(command.stopSignal);
  setTimeout(killGroup, command.graceMs);
}

function killGroup(): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // nobody is left in the group
  }
}

function report(message: object): void {
  if (process.connected) process.send?.(message, () => {});
}
