// npm run dev: the whole platform on this machine, until Ctrl-C.

import { join } from "node:path";
import { prepareDataDir } from "./checkout.ts";
import { startCron } from "./cron.ts";
import { waitUntilHealthy } from "./healthy.ts";
import { watchNpm } from "./lifeline.ts";
import { createLog } from "./log.ts";
import { describeMigration, migrateDatabase } from "./migrate.ts";
import { startNeonStandIn } from "./neon.ts";
import { createParts } from "./parts.ts";
import { loopback, parsePort, requireFreePort } from "./ports.ts";
import { createDatabase, startPostgres } from "./postgres.ts";
import { claimRun, type RunFile } from "./run-file.ts";
import {
  applyOverrides,
  type LocalSecrets,
  loadSecrets,
  readDevVars,
  workerSettings,
} from "./settings.ts";
import { reasonOf } from "./start-failure.ts";
import { startVenueProcess, type Venue } from "./venue-process.ts";
import { startWorkerProcess } from "./worker-process.ts";

const DEFAULT_PORT = 8000;
const DATABASE = "speedtrade";
const VENUE_SEED = 1;
const HEALTHY_WAIT_MS = 10_000;

const log = createLog("dev");
const parts = createParts(["cron", "worker", "venue", "neon", "postgres"], (name, code) => {
  void end(1, `${name} ended by itself (exit code ${code})`);
});
let run: RunFile | undefined;
let ending = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Whoever asks again does not want to wait; the tethers end what is left.
    if (ending) process.exit(1);
    void end(0, "ending");
  });
}
process.on("uncaughtException", (error) => void end(1, reasonOf(error)));
// The terminal may be gone before the parts have ended.
process.stdout.on("error", () => {});
watchNpm(() => void end(1, "npm has ended, ending"));

try {
  await start();
} catch (error) {
  await end(1, reasonOf(error));
}

async function start(): Promise<void> {
  const started = performance.now();
  const port = parsePort(process.env.PORT, DEFAULT_PORT);
  const url = `http://${loopback}:${port}`;
  const dir = prepareDataDir();
  run = await claimRun(port, url, log);
  await requireFreePort(port);
  const secrets = loadSecrets(join(dir, "settings.json"));
  const own = readDevVars();

  const [database, venue] = await both(startDatabase(dir, run), startVenue(dir, run, secrets));
  const endpoints = { ...database, ...venue };
  const settings = applyOverrides(workerSettings(endpoints, secrets), own);
  const names = Object.keys(own);
  if (names.length > 0) log(`.dev.vars sets ${names.join(", ")}`);

  const [worker] = await both(
    parts.start(
      "worker",
      startWorkerProcess({
        port,
        settings,
        persistTo: join(dir, "wrangler"),
        log: createLog("worker"),
      }),
    ),
    migrate(database.databaseUrl),
  );
  run.addGroup(worker.pid);
  run.update({ state: "running", ...database, venueControlUrl: venue.controlUrl });
  const cron = await parts.start("cron", Promise.resolve(startCron(url, createLog("cron"))));
  // The first tick brings the first prices: before it, health is degraded.
  const ills = await waitUntilHealthy(url, cron.ticked, HEALTHY_WAIT_MS);
  if (ending) return;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  for (const line of closingBlock(url, port, database.databaseUrl, venue, seconds)) log(line);
  if (ills.length > 0) log(`not all is well yet, ${url}/health says more: ${ills.join(", ")}`);
}

async function startDatabase(dir: string, runFile: RunFile) {
  const postgres = await parts.start(
    "postgres",
    startPostgres({ dir: join(dir, "postgres"), durable: true, log: createLog("postgres") }),
  );
  runFile.addGroup(postgres.pid);
  await createDatabase(postgres, DATABASE);
  const neon = await parts.start("neon", startNeonStandIn({ postgresPort: postgres.port }));
  createLog("postgres")(`ready on port ${postgres.port}, data in ${postgres.dir}`);
  return { databaseUrl: postgres.url(DATABASE), databaseHttpEndpoint: neon.httpEndpoint };
}

async function startVenue(dir: string, runFile: RunFile, secrets: LocalSecrets): Promise<Venue> {
  const stateFile = join(dir, "venue.json");
  const venueLog = createLog("venue");
  const venue = await parts.start(
    "venue",
    startVenueProcess({ seed: VENUE_SEED, stateFile, secrets, log: venueLog }),
  );
  runFile.addGroup(venue.pid);
  venueLog(`ready, stocks at ${venue.alpacaUrl}, crypto at ${venue.binanceUrl}`);
  return venue;
}

async function migrate(databaseUrl: string): Promise<void> {
  createLog("postgres")(`${DATABASE}: ${describeMigration(await migrateDatabase(databaseUrl))}`);
}

/** Both at once. A failure is only told once the other has settled too, so that nothing starts during the end. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

function closingBlock(
  url: string,
  port: number,
  databaseUrl: string,
  venue: Venue,
  seconds: string,
): string[] {
  const prefix = port === DEFAULT_PORT ? "" : `PORT=${port} `;
  return [
    "",
    `SpeedTrade runs, after ${seconds} s. Ctrl-C ends it; its data stays in .data.`,
    "",
    `  API       ${url}/api/v1`,
    `  docs      ${url}/api/docs  ${url}/api/redoc  ${url}/api/openapi.json`,
    `  streams   ${url.replace("http", "ws")}/ws/market`,
    `  database  psql ${databaseUrl}`,
    `  venue     ${venue.controlUrl}  (its control: /state /quotes /faults /counters)`,
    "",
    `  try       curl ${url}/health`,
    `            ${prefix}npm run demo`,
    "",
  ];
}

async function end(code: number, why: string): Promise<void> {
  if (ending) return;
  ending = true;
  log(why);
  run?.update({ state: "stopping" });
  await parts.stopAll().catch((error: unknown) => log(reasonOf(error)));
  run?.remove();
  process.exit(code);
}
