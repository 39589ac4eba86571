import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  return signalReaches(pid);
}

/** True while a process group with this id has a member that is not a zombie. */
export function isGroupAlive(pid: number): boolean {
  if (process.platform !== "linux") return signalReaches(-pid);
  return readdirSync("/proc").some((name) => {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    return stat?.group === pid && !stat.zombie;
  });
}

/**
 * What tells a process from a later one with the same id: the boot and the time it started. Undefined if there
 * is no such process, or only its zombie.
 */
export function identityOf(pid: number): string | undefined {
  if (process.platform !== "linux") return ps(pid, "lstart=");
  const stat = readStat(pid);
  return stat === undefined || stat.zombie ? undefined : `${bootId()}/${stat.started}`;
}

/** The command line of a process, its words joined by blanks; undefined if there is none or it can't be read. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform !== "linux") return ps(pid, "args=");
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return undefined;
  }
}

/** The process that started `pid`; undefined if it can't be told. */
export function parentOf(pid: number): number | undefined {
  if (process.platform !== "linux") {
    const text = ps(pid, "ppid=");
    return text === undefined ? undefined : Number(text);
  }
  return readStat(pid)?.parent;
}

/** What tells one run of the machine from the next; empty where the system does not say. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function signalReaches(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

interface Stat {
  readonly zombie: boolean;
  readonly parent: number;
  readonly group: number;
  /** In ticks since the boot. */
  readonly started: string | undefined;
}

function readStat(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before them may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, parent, group] = fields;
    return {
      zombie: state === "Z",
      parent: Number(parent),
      group: Number(group),
      started: fields[19],
    };
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  const { status, stdout } = spawnSync("ps", ["-o", column, "-p", String(pid)], {
    encoding: "utf8",
  });
  const text = status === 0 ? stdout.trim() : "";
  return text === "" ? undefined : text;
}
