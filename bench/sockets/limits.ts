/** What a machine has to allow for very many local sockets. */

import { readFileSync } from "node:fs";
import { StartFailure } from "../../local/start-failure.ts";

/** workerd uses two a socket, and ends when there are no more. */
const FILES_A_SOCKET = 2;
/** For everything else, the objects' databases included. */
const FILES_BESIDE = 3_000;

/** Refuses to begin where the limit of open files is too low, which Node has raised as far as it may. */
export function requireFiles(sockets: number): void {
  const needed = sockets * FILES_A_SOCKET + FILES_BESIDE;
  const allowed = readFilesMax();
  if (allowed >= needed) return;
  throw new StartFailure(
    `${sockets} sockets need ${needed} open files, and this shell allows ${allowed}: raise its limit with ulimit -n ${needed}`,
  );
}

/** Infinity where the system does not tell, or sets none. */
function readFilesMax(): number {
  if (process.platform !== "linux") return Number.POSITIVE_INFINITY;
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return soft === undefined || soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
