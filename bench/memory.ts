/** Memory of processes, from Linux' /proc. */

import { readFileSync } from "node:fs";

/** What of a process is in memory, kB; NaN where the system does not tell. */
export function readMemoryKb(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb);
}
