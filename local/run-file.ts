import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dataDir } from "./checkout.ts";
import type { Log } from "./log.ts";
import { bootId, identityOf, isAlive, isGroupAlive } from "./process-table.ts";
import { codeOf, StartFailure } from "./start-failure.ts";
import { killGroup } from "./tethered-process.ts";

/** What `.data/dev.json` says about the platform that runs in this checkout. */
export interface RunRecord {
  readonly state: "starting" | "running" | "stopping";
  readonly pid: number;
  /** Tells `pid` from a later process with the same number. */
  readonly identity: string | undefined;
  readonly boot: string;
  /** Process groups that end with the run. */
  readonly groups: readonly number[];
  readonly port: number;
  readonly url: string;
  readonly databaseUrl?: string;
  readonly databaseHttpEndpoint?: string;
  readonly venueControlUrl?: string;
}

export interface RunFile {
  update(change: Partial<RunRecord>): void;
  addGroup(pid: number): void;
  remove(): void;
}

const DEFAULT_FILE = join(dataDir, "dev.json");
/** How long a run that is about to notice that it has to end may take to say so. */
const NOTICE_MS = 1_500;
const STOPPING_MS = 20_000;
const GROUP_GRACE_MS = 3_000;

/** The record of the platform that runs in this checkout; undefined if none does. */
export function readRunRecord(file: string = DEFAULT_FILE): RunRecord | undefined {
  const record = read(file);
  return record !== undefined && isCurrent(record) ? record : undefined;
}

/**
 * Claims the checkout for this process: one platform at a time, since its parts share the data folder. What a killed
 * run left behind is ended first.
 */
export async function claimRun(
  port: number,
  url: string,
  log: Log,
  file = DEFAULT_FILE,
): Promise<RunFile> {
  let record: RunRecord = {
    state: "starting",
    pid: process.pid,
    identity: identityOf(process.pid),
    boot: bootId(),
    groups: [],
    port,
    url,
  };
  for (const started = Date.now(); !create(file, record); await delay(100)) {
    const other = read(file);
    if (other === undefined) continue;
    if (!isCurrent(other)) {
      await endLeftovers(other, log);
      discard(file, other);
      continue;
    }
    if (Date.now() - started > (other.state === "stopping" ? STOPPING_MS : NOTICE_MS)) {
      throw new StartFailure(
        `the platform already runs in this folder (${other.url}, process ${other.pid})`,
      );
    }
  }

  const update = (change: Partial<RunRecord>) => {
    record = { ...record, ...change };
    replace(file, record);
  };
  return {
    update,
    addGroup: (pid) => update({ groups: [...record.groups, pid] }),
    remove: () => rmSync(file, { force: true }),
  };
}

function isCurrent(record: RunRecord): boolean {
  return isAlive(record.pid) && identityOf(record.pid) === record.identity;
}

/** The tethers of a killed run are ending their commands; whoever is still there after a while is killed. */
async function endLeftovers({ groups, boot }: RunRecord, log: Log): Promise<void> {
  if (boot !== bootId()) return;
  for (const deadline = Date.now() + GROUP_GRACE_MS; groups.some(isGroupAlive); await delay(50)) {
    if (Date.now() > deadline) {
      log("ending processes of an earlier run");
      for (const pid of groups) killGroup(pid);
      return;
    }
  }
}

/** False if the file exists: somebody else has the checkout. */
function create(file: string, record: RunRecord): boolean {
  const part = writeAside(file, record);
  try {
    // A link appears at once with its whole text, and only where nothing is yet.
    linkSync(part, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(part);
  }
}

/** Removes a stale record, but not the one that a faster start has put in its place meanwhile. */
function discard(file: string, stale: RunRecord): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== undefined && moved.pid !== stale.pid && isCurrent(moved)) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function replace(file: string, record: RunRecord): void {
  renameSync(writeAside(file, record), file);
}

function writeAside(file: string, record: RunRecord): string {
  const part = `${file}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  return part;
}

function read(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunRecord;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    rmSync(file, { force: true });
    return undefined;
  }
}
