/** CPU time of processes, from Linux' /proc; other systems do not tell it this way. */

import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths for everybody, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

interface Usage {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** With what its ended children took. */
  readonly seconds: number;
}

/** CPU seconds by name since the processes began, each with its descendants; empty where the system does not tell. */
export function readCpu<Name extends string>(
  pids: Readonly<Record<Name, number>>,
): Partial<Record<Name, number>> {
  const table = readTable();
  const seconds: Partial<Record<Name, number>> = {};
  if (table.length === 0) return seconds;
  for (const name of Object.keys(pids) as Name[]) seconds[name] = ofTree(table, pids[name]);
  return seconds;
}

/** What each took between two readings. */
export function cpuBetween<Name extends string>(
  before: Partial<Record<Name, number>>,
  after: Partial<Record<Name, number>>,
): Partial<Record<Name, number>> {
  const seconds: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(after) as Name[]) {
    seconds[name] = (after[name] ?? 0) - (before[name] ?? 0);
  }
  return seconds;
}

/** CPU seconds of a process and each of its descendants, by their ids; empty where the system does not tell. */
export type FineCpu = ReadonlyMap<number, number>;

/** To the nanosecond, of processes with one thread each: what takes less than a hundredth of a second shows. */
export function readFineCpu(root: number): FineCpu {
  const table = readTable();
  return new Map(
    idsOf(table, root).flatMap((pid) => {
      const seconds = readRunSeconds(pid);
      return seconds === undefined ? [] : [[pid, seconds] as const];
    }),
  );
}

/** What they took between two readings, but for those that ended in between; NaN where the system does not tell. */
export function fineCpuBetween(before: FineCpu, after: FineCpu): number {
  if (after.size === 0) return Number.NaN;
  let seconds = 0;
  for (const [pid, sinceStart] of after) seconds += sinceStart - (before.get(pid) ?? 0);
  return seconds;
}

/** CPU seconds of the whole machine since it started, whoever took them; undefined where the system does not tell. */
export function readMachineCpu(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const [total] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , irq, softirq, steal] = (total ?? "")
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const ticks = [user, nice, system, irq, softirq, steal];
  return ticks.reduce<number>((sum, part) => sum + (part ?? 0), 0) / TICKS_PER_SECOND;
}

/** The child of a process that runs a program of this name. */
export function findChild(parent: number, program: string): number | undefined {
  return readTable().find((usage) => usage.parent === parent && usage.name === program)?.pid;
}

function ofTree(table: readonly Usage[], root: number): number {
  let seconds = 0;
  for (const usage of table) {
    if (usage.pid === root) seconds += usage.seconds;
    else if (usage.parent === root) seconds += ofTree(table, usage.pid);
  }
  return seconds;
}

function idsOf(table: readonly Usage[], root: number): number[] {
  const children = table.filter(({ parent }) => parent === root);
  return [root, ...children.flatMap(({ pid }) => idsOf(table, pid))];
}

/** How long the scheduler has let a process run; undefined where it does not say, or the process has ended. */
function readRunSeconds(pid: number): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(nanoseconds) / 1e9;
  } catch {
    return undefined;
  }
}

function readTable(): Usage[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((entry) => {
    const usage = /^\d+$/.test(entry) ? readUsage(Number(entry)) : undefined;
    return usage === undefined ? [] : [usage];
  });
}

function readUsage(pid: number): Usage | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name may hold blanks and brackets.
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid,
    parent: Number(fields[1]),
    name: stat.slice(stat.indexOf("(") + 1, nameEnd),
    seconds: ticks / TICKS_PER_SECOND,
  };
}
