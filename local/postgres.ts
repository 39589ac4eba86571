import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Log } from "./log.ts";
import { freePort, loopback } from "./ports.ts";
import {
  binary,
  findBinaries,
  type PostgresBinaries,
  prepareBinaries,
  type User,
} from "./postgres-binaries.ts";
import { commandLineOf, isAlive } from "./process-table.ts";
import { reasonOf, StartFailure } from "./start-failure.ts";
import { startTethered, type TetheredProcess } from "./tethered-process.ts";

export interface PostgresOptions {
  /** The data directory; created when it does not exist. */
  readonly dir: string;
  /** False trades safety against a crash of the machine for speed: for tests, whose data nobody misses. */
  readonly durable: boolean;
  readonly log: Log;
}

export interface Postgres {
  readonly port: number;
  readonly pid: number;
  /** Where the data really is: not below `dir` if the server's user can't reach that. */
  readonly dir: string;
  url(database: string): string;
  readonly exited: Promise<number>;
  stop(): Promise<void>;
}

const USER = "speedtrade";
const CONNECTIONS_MAX = 200;
const START_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 10_000;
/** Plain passwords, since a driver that sends its password ahead of being asked knows no other way. */
const INITDB_OPTIONS = [
  "-A",
  "password",
  "-E",
  "UTF8",
  "--locale=C",
  "--no-sync",
  "--no-instructions",
];
/** "nobody": the server refuses to run as root. */
const UNPRIVILEGED = 65_534;

/** Starts the npm-shipped Postgres on a free port of this machine. */
export async function startPostgres({ dir, durable, log }: PostgresOptions): Promise<Postgres> {
  const place = choosePlace(dir, log);
  const binaries = prepareBinaries(findBinaries(), place.user, dirname(place.dir));
  const password = createCluster(binaries, place);
  await stopOrphan(place.dir, log);

  const port = await freePort();
  let lastWords = "";
  const server = await startTethered({
    name: "postgres",
    file: binary(binaries, "postgres"),
    args: ["-D", place.dir, ...serverSettings(port, durable)],
    user: place.user,
    env: { ...process.env, LC_ALL: "C" },
    cwd: dirname(place.dir),
    // A "fast" shutdown: open sessions are rolled back and ended.
    stopSignal: "SIGINT",
    graceMs: STOP_GRACE_MS,
    log(line) {
      if (line.includes("the database system is starting up")) return;
      lastWords = line.replace(/^.*?(FATAL|PANIC|LOG|HINT|DETAIL): +/, "");
      log(line);
    },
  });
  const url = (database: string) =>
    `postgres://${USER}:${password}@${loopback}:${port}/${database}`;
  await waitUntilReady(url("postgres"), server, () => lastWords);
  const { pid, exited, stop } = server;
  return { port, pid, dir: place.dir, url, exited, stop };
}

interface Place {
  readonly dir: string;
  readonly user: User | undefined;
}

/** As root the server runs as whoever owns the data, or as nobody; that user must be able to reach the folder. */
function choosePlace(dir: string, log: Log): Place {
  if (process.getuid?.() !== 0) {
    mkdirSync(dirname(dir), { recursive: true });
    if (existsSync(dir) && statSync(dir).uid !== process.getuid?.()) {
      throw new StartFailure(
        `the data in ${dir} belongs to another user; move it away or start as that user`,
      );
    }
    return { dir, user: undefined };
  }
  mkdirSync(dirname(dir), { recursive: true });
  const owner = existsSync(dir) ? statSync(dir) : undefined;
  const user =
    owner !== undefined && owner.uid !== 0
      ? { uid: owner.uid, gid: owner.gid }
      : { uid: UNPRIVILEGED, gid: UNPRIVILEGED };
  if (canEnter(dirname(dir), user)) return { dir, user };

  const name = createHash("sha256").update(dir).digest("hex").slice(0, 12);
  const outside = join("/var/lib/speedtrade", name, "postgres");
  mkdirSync(dirname(outside), { recursive: true, mode: 0o755 });
  log(
    `user ${user.uid}, as whom the server runs, can't reach ${dirname(dir)}: the data is in ${outside}`,
  );
  return { dir: outside, user };
}

function canEnter(dir: string, user: User): boolean {
  return spawnSync("/bin/sh", ["-c", 'cd "$0"', dir], { ...user }).status === 0;
}

/** Makes the data directory if there is none; returns the password, which is kept inside it. */
function createCluster(binaries: PostgresBinaries, { dir, user }: Place): string {
  const passwordFile = join(dir, "local.password");
  if (existsSync(join(dir, "PG_VERSION"))) {
    requireSameMajor(dir, binaries);
    return readFileSync(passwordFile, "utf8").trim();
  }
  if (existsSync(dir))
    throw new StartFailure(`${dir} is not a Postgres data directory; move it away`);

  // Made aside and renamed when it is complete, so that an interrupted start leaves no half of it.
  const part = `${dir}.new`;
  rmSync(part, { recursive: true, force: true });
  rmSync(`${part}.password`, { force: true });
  const password = randomBytes(18).toString("base64url");
  const give = (path: string) => user && chownSync(path, user.uid, user.gid);
  mkdirSync(part, { mode: 0o700 });
  give(part);
  writeFileSync(`${part}.password`, `${password}\n`, { mode: 0o600 });
  give(`${part}.password`);
  const { status, stderr, error } = spawnSync(
    binary(binaries, "initdb"),
    ["-D", part, "-U", USER, "--pwfile", `${part}.password`, ...INITDB_OPTIONS],
    { ...user, encoding: "utf8", cwd: dirname(dir), env: { ...process.env, LC_ALL: "C" } },
  );
  if (status !== 0) {
    throw new StartFailure(`initdb failed: ${error?.message ?? stderr.trim().split("\n")[0]}`);
  }
  renameSync(`${part}.password`, join(part, "local.password"));
  renameSync(part, dir);
  return password;
}

function requireSameMajor(dir: string, binaries: PostgresBinaries): void {
  const found = readFileSync(join(dir, "PG_VERSION"), "utf8").trim();
  const wanted = binaries.version.split(".")[0];
  if (found !== wanted) {
    throw new StartFailure(`${dir} was written by Postgres ${found}, not ${wanted}; move it away`);
  }
}

/** A server that outlived a killed run still holds the data directory: ends it. */
async function stopOrphan(dir: string, log: Log): Promise<void> {
  const pidFile = join(dir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  // The id may be somebody else's by now.
  const holds = () => isAlive(pid) && (commandLineOf(pid)?.includes(dir) ?? false);
  if (holds()) log(`ending process ${pid} of an earlier run, which still holds the data`);
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    if (!holds()) break;
    process.kill(pid, signal);
    for (const end = Date.now() + 5_000; holds() && Date.now() < end; ) await delay(25);
  }
  if (holds()) throw new StartFailure(`process ${pid} holds ${dir} and does not end`);
  rmSync(pidFile, { force: true });
}

function serverSettings(port: number, durable: boolean): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: loopback,
    port,
    unix_socket_directories: "",
    max_connections: CONNECTIONS_MAX,
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "",
    // What a statement did wrong is for whoever sent it; the log is for what happens to the server.
    log_min_messages: "fatal",
  };
  if (!durable)
    Object.assign(settings, { fsync: "off", synchronous_commit: "off", full_page_writes: "off" });
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function waitUntilReady(
  url: string,
  server: TetheredProcess,
  lastWords: () => string,
): Promise<void> {
  let ended = false;
  server.exited.then(() => {
    ended = true;
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await delay(25)) {
    if (ended) throw new StartFailure(`Postgres ended at once: ${lastWords()}`);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query("SELECT 1");
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        await server.stop();
        throw new StartFailure(`Postgres does not answer: ${reasonOf(error)}`);
      }
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Creates a database unless it exists. */
export async function createDatabase(postgres: Postgres, name: string): Promise<void> {
  const client = new pg.Client(postgres.url("postgres"));
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
