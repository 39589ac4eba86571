import { join } from "node:path";
import { inject } from "vitest";
import { tickCron } from "../../local/cron.ts";
import { type Log, silent } from "../../local/log.ts";
import { createParts } from "../../local/parts.ts";
import { freePort } from "../../local/ports.ts";
import { createSecrets, type Settings, workerSettings } from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { startWorkerProcess } from "../../local/worker-process.ts";
import { type Bundle, startRuntime } from "../chaos/worker-runtime.ts";
import { cloneDatabase } from "./database.ts";
import { createTemporaryDir } from "./temporary-dir.ts";

export interface TestPlatform {
  readonly url: string;
  readonly venueControlUrl: string;
  /** The venue's own faces, and the headers with which Alpaca's lets in. */
  readonly alpacaUrl: string;
  readonly alpacaHeaders: Readonly<Record<string, string>>;
  readonly binanceUrl: string;
  readonly databaseUrl: string;
  /** Requests to the database so far, each one round trip. */
  roundTrips(): Promise<number>;
  /** The Worker's log so far, a line each. */
  readonly workerLog: readonly string[];
  /** Runs the cron once; nothing else ticks it. */
  tickCron(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestPlatformOptions {
  /** Settings on top of the local ones. */
  readonly settings?: Settings;
  readonly venueSeed?: number;
  /** Stocks keep the exchange's hours. */
  readonly venueKeepsHours?: boolean;
  /** Under `wrangler dev`, as `npm run dev` has it, which costs some seconds of a processor. */
  readonly underWrangler?: boolean;
}

/**
 * Starts a Worker, as a deploy would upload it, with a database and a venue of its own, for a test that looks at it from
 * outside only. Takes a second or two: once a file.
 */
export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const dir = createTemporaryDir();
  const parts = createParts(["worker", "venue", "database"], () => {});
  const workerLog: string[] = [];
  const keep: Log = (line) => workerLog.push(line);
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  try {
    const secrets = createSecrets();
    const { venueSeed: seed = 1, venueKeepsHours: keepsHours = false } = options;
    const start = options.underWrangler === true ? startUnderWrangler : startBundle;
    const [database, venue] = await Promise.all([
      parts.start("database", ownDatabase()),
      parts.start("venue", startVenueProcess({ seed, keepsHours, secrets, log: silent })),
    ]);
    const endpoints = {
      ...venue,
      databaseUrl: database.url,
      databaseHttpEndpoint: database.httpEndpoint,
    };
    const settings = { ...workerSettings(endpoints, secrets), ...options.settings };
    const persistTo = join(dir.path, "stored");
    const worker = await parts.start("worker", start({ settings, persistTo, log: keep }));
    return {
      url: worker.url,
      venueControlUrl: venue.controlUrl,
      alpacaUrl: venue.alpacaUrl,
      alpacaHeaders: {
        "APCA-API-KEY-ID": secrets.ALPACA_KEY_ID,
        "APCA-API-SECRET-KEY": secrets.ALPACA_SECRET_KEY,
      },
      binanceUrl: venue.binanceUrl,
      databaseUrl: database.url,
      roundTrips: async () => (await database.roundTrips()).requests,
      workerLog,
      tickCron: () => worker.tickCron(),
      stop,
    };
  } catch (error) {
    await stop();
    const reason = workerLog.length > 0 ? `\n${workerLog.join("\n")}` : "";
    throw new Error(`no platform: ${error instanceof Error ? error.message : error}${reason}`, {
      cause: error,
    });
  }
}

interface TestWorker {
  readonly url: string;
  tickCron(): Promise<void>;
  stop(): Promise<void>;
}

interface WorkerOptions {
  readonly settings: Settings;
  readonly persistTo: string;
  readonly log: Log;
}

async function startUnderWrangler(options: WorkerOptions): Promise<TestWorker> {
  const worker = await startWorkerProcess({ port: await freePort(), ...options });
  return { ...worker, tickCron: () => tickCron(worker.url) };
}

async function startBundle(options: WorkerOptions): Promise<TestWorker> {
  const response = await fetch(inject("bundleServerUrl"));
  if (!response.ok) throw new Error(await response.text());
  return await startRuntime({ bundle: (await response.json()) as Bundle, ...options });
}

async function ownDatabase() {
  const database = await cloneDatabase();
  return { ...database, stop: () => database.drop() };
}
