/** The whole platform, with every fail point in place: the real Worker and Postgres, the simulated venue. */

import { join } from "node:path";
import { silent } from "../../local/log.ts";
import { startNeonStandIn } from "../../local/neon.ts";
import type { OnStatement } from "../../local/neon-query.ts";
import { createParts } from "../../local/parts.ts";
import { createSecrets, type LocalSecrets, workerSettings } from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { createKillSwitch, type KillSwitch } from "./kill-points.ts";
import { createVenueControl, type VenueControl } from "./venue-control.ts";
import { startVenueProxy, type VenuePoint } from "./venue-proxy.ts";
import { createWorkerLog, type WorkerLog } from "./worker-log.ts";
import { bundleWorker, startRuntime, type WorkerRuntime } from "./worker-runtime.ts";

const CHAOS_SETTINGS = {
  // Short, so that a run sees many of them; the second is still longer than a request can be on its way.
  PENDING_DEADLINE_MS: "1000",
  SUBMIT_UNKNOWN_MS: "12000",
  // Bots trade many times as fast as a venue's account may, and the simulated one lets them.
  ALPACA_REQUESTS_PER_MINUTE: "20000",
  BINANCE_WEIGHT_PER_MINUTE: "100000",
  // Their streams all come from one address.
  RATE_LIMITS: "auth=20,orders=200,reads=6000,audits=20",
};

export interface World {
  readonly url: string;
  readonly databaseUrl: string;
  readonly databaseHttpEndpoint: string;
  /** The venue's own faces, with no proxy before them. */
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
  readonly secrets: LocalSecrets;
  readonly control: VenueControl;
  readonly runtime: WorkerRuntime;
  readonly kills: KillSwitch;
  readonly log: WorkerLog;
  /** How often an order's submit reached the venue's door, by the order's id. */
  readonly submits: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly seed: number;
  /** The checkout that the Worker is built from; this one if left out. */
  readonly source?: string | undefined;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { databaseUrl, seed, source } = options;
  const dir = createTemporaryDir();
  const parts = createParts(["runtime", "proxies", "venue", "neon"], () => {});
  const stop = async () => {
    await parts.stopAll();
    dir.remove();
  };
  try {
    const secrets = createSecrets();
    const log = createWorkerLog();
    let runtime: WorkerRuntime | undefined;
    const kills = createKillSwitch(() => runtime?.kill() ?? false);
    const [neon, venue, bundle] = await Promise.all([
      parts.start(
        "neon",
        startNeonStandIn({
          postgresPort: Number(new URL(databaseUrl).port),
          onStatement: createStatementHook(kills),
        }),
      ),
      parts.start("venue", startVenueProcess({ seed, secrets, log: silent })),
      bundleWorker(join(dir.path, "bundle"), { source }),
    ]);
    const submits = new Map<string, number>();
    const proxies = await parts.start("proxies", startProxies(venue, kills, submits));
    const endpoints = { databaseUrl, databaseHttpEndpoint: neon.httpEndpoint, ...proxies.urls };
    const settings = { ...workerSettings(endpoints, secrets), ...CHAOS_SETTINGS };
    runtime = await parts.start(
      "runtime",
      startRuntime({ bundle, settings, persistTo: join(dir.path, "storage"), log: log.keep }),
    );
    const { url } = runtime;
    return {
      url,
      databaseUrl,
      databaseHttpEndpoint: neon.httpEndpoint,
      alpacaUrl: venue.alpacaUrl,
      binanceUrl: venue.binanceUrl,
      secrets,
      control: createVenueControl(venue.controlUrl),
      runtime,
      kills,
      log,
      submits,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const FUNCTION = /^select (\w+)\(/;
const JOURNAL = /from "account_events" .*"seq" > /;

function createStatementHook(kills: KillSwitch): OnStatement {
  return ({ statements, point }) => {
    const query = statements[0]?.query ?? "";
    if (point === "begin") {
      if (JOURNAL.test(query)) cutIf(kills.pass("before_stream_told", "journal"));
      return;
    }
    const name = FUNCTION.exec(query)?.[1];
    if (name === undefined) return;
    cutIf(kills.pass(point === "committed" ? "after_commit" : "before_commit", name));
  };
}

function cutIf(struck: object | undefined): void {
  if (struck !== undefined) throw new Error("the Worker is gone");
}

const POINTS = {
  receipt: "venue_receipt",
  before_answer: "venue_before_answer",
  after_answer: "venue_after_answer",
} as const satisfies Record<VenuePoint, string>;

interface VenueUrls {
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
}

async function startProxies(venue: VenueUrls, kills: KillSwitch, submits: Map<string, number>) {
  const start = (url: string) =>
    startVenueProxy(url, {
      kindOf,
      seen(kind, text) {
        const id = kind === "cancel" ? undefined : CLIENT_ID.exec(text)?.[1];
        if (id !== undefined) submits.set(id, (submits.get(id) ?? 0) + 1);
      },
      pass(point, kind) {
        const struck = kills.pass(POINTS[point], kind);
        if (struck === undefined) return "go_on";
        return point === "before_answer" || struck.loses ? "lose" : "go_on";
      },
    });
  const [alpaca, binance] = await Promise.all([start(venue.alpacaUrl), start(venue.binanceUrl)]);
  return {
    urls: { alpacaUrl: alpaca.url, binanceUrl: binance.url },
    stop: async () => void (await Promise.all([alpaca.stop(), binance.stop()])),
  };
}

/** What we call an order, in either venue's words. */
const CLIENT_ID = /(?:client_order_id"\s*:\s*"|newClientOrderId=)([0-9a-f-]{36})/;

function kindOf(method: string, path: string): string | null {
  if (method === "POST" && path === "/api/v3/order/cancelReplace") return "replace";
  if (method === "PATCH" && path.startsWith("/v2/orders/")) return "replace";
  if (method === "POST" && (path === "/v2/orders" || path === "/api/v3/order")) return "submit";
  const cancels = path.startsWith("/v2/orders/") || path === "/api/v3/order";
  return method === "DELETE" && cancels ? "cancel" : null;
}
