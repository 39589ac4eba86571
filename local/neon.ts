import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import pg from "pg";
import {
  type BatchPoint,
  beginOf,
  ConnectionCut,
  errorBody,
  type OnStatement,
  runBatch,
  runSingle,
  type Statement,
} from "./neon-query.ts";
import { serveTunnels } from "./neon-tunnel.ts";
import { loopback } from "./ports.ts";

export interface NeonOptions {
  /** The one Postgres server behind this endpoint; databases and users are those of the callers' URLs. */
  readonly postgresPort: number;
  readonly onStatement?: OnStatement;
}

/** Round trips of one database since the start. */
export interface RoundTrips {
  /** HTTP requests, each one round trip, single or batch. */
  readonly requests: number;
  readonly batches: number;
  readonly statements: number;
}

export interface NeonStandIn {
  /** What DATABASE_HTTP_ENDPOINT has to be. */
  readonly httpEndpoint: string;
  /** Host, port and path for the driver's `wsProxy`. */
  readonly wsProxy: string;
  /** Round trips by database; also at GET /stats. */
  stats(): Record<string, RoundTrips>;
  /** Closes idle connections to a database that is about to be dropped. */
  forget(database: string): Promise<void>;
  stop(): Promise<void>;
}

const POOL_MAX = 20;
const IDLE_MS = 10_000;
/** Neon's own limit of a request. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Serves Neon's HTTP endpoint (`POST /sql`) and its WebSocket tunnel (`/v2`) in front of a real Postgres. */
export async function startNeonStandIn(options: NeonOptions): Promise<NeonStandIn> {
  const { postgresPort, onStatement } = options;
  const pools = new Map<string, pg.Pool>();
  const counts = new Map<string, { requests: number; batches: number; statements: number }>();

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (error instanceof ConnectionCut) request.socket.destroy();
      // What the database says is an answer; anything else means that there is no database to ask.
      else answer(response, error instanceof pg.DatabaseError ? 400 : 502, errorBody(error));
    });
  });
  // An idle connection that we close while the caller sends on it would look like a failed query.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  const tunnels = serveTunnels(server, postgresPort);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, loopback, resolve);
  });
  const { port } = server.address() as AddressInfo;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET" && request.url === "/stats") {
      return answer(response, 200, Object.fromEntries(counts));
    }
    if (request.method !== "POST" || request.url?.split("?")[0] !== "/sql") {
      return answer(response, 404, { message: "not found" });
    }
    const target = targetOf(request.headers["neon-connection-string"]);
    if (target === undefined) {
      return answer(response, 400, {
        message: "Neon-Connection-String is missing or no Postgres URL",
      });
    }
    if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) {
      return answer(response, 413, { message: "request is too large" });
    }
    const body = parseBody(await text(request));
    if (body === undefined) return answer(response, 400, { message: "malformed request" });

    const statements = body.kind === "single" ? [body.statement] : body.statements;
    count(target.database, body.kind, statements.length);
    const pass = async (point: BatchPoint) => {
      try {
        await onStatement?.({ database: target.database, statements, point });
      } catch (error) {
        throw new ConnectionCut("cut by the caller's hook", { cause: error });
      }
    };
    const pool = poolFor(target);
    if (body.kind === "single") {
      if (onStatement === undefined)
        return answer(response, 200, await runSingle(pool, body.statement));
      // In a transaction of its own, so that the hook can stand before its commit, too.
      const [result] = await runBatch(pool, statements, "BEGIN", pass);
      return answer(response, 200, result ?? {});
    }
    const begin = beginOf(request.headers);
    if (begin === undefined) return answer(response, 400, { message: "unknown isolation level" });
    return answer(response, 200, { results: await runBatch(pool, statements, begin, pass) });
  }

  function poolFor({ url, database }: Target): pg.Pool {
    const key = url.href;
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new pg.Pool({
        host: loopback,
        port: postgresPort,
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        database,
        max: POOL_MAX,
        idleTimeoutMillis: IDLE_MS,
      });
      // An idle connection that breaks leaves the pool; the next query opens another one.
      pool.on("error", () => {});
      pools.set(key, pool);
    }
    return pool;
  }

  function count(database: string, kind: ParsedBody["kind"], statements: number): void {
    const before = counts.get(database) ?? { requests: 0, batches: 0, statements: 0 };
    counts.set(database, {
      requests: before.requests + 1,
      batches: before.batches + (kind === "batch" ? 1 : 0),
      statements: before.statements + statements,
    });
  }

  return {
    httpEndpoint: `http://${loopback}:${port}/sql`,
    wsProxy: `${loopback}:${port}/v2`,
    stats: () => Object.fromEntries(counts),
    async forget(database) {
      for (const [key, pool] of pools) {
        if (pool.options.database !== database) continue;
        pools.delete(key);
        await pool.end();
      }
    },
    async stop() {
      tunnels.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

interface Target {
  readonly url: URL;
  readonly database: string;
}

function targetOf(header: string | string[] | undefined): Target | undefined {
  if (typeof header !== "string" || !URL.canParse(header)) return undefined;
  const url = new URL(header);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return undefined;
  return { url, database: decodeURIComponent(url.pathname.slice(1)) };
}

type ParsedBody =
  | { readonly kind: "single"; readonly statement: Statement }
  | { readonly kind: "batch"; readonly statements: readonly Statement[] };

function parseBody(body: string): ParsedBody | undefined {
  let json: { query?: unknown; params?: unknown; queries?: unknown } | null;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  if (Array.isArray(json.queries)) {
    const statements = json.queries.map(parseStatement);
    return statements.every((statement) => statement !== undefined)
      ? { kind: "batch", statements }
      : undefined;
  }
  const statement = parseStatement(json);
  return statement && { kind: "single", statement };
}

function parseStatement(value: unknown): Statement | undefined {
  if (typeof value !== "object" || value === null || !("query" in value)) return undefined;
  const params = "params" in value ? value.params : [];
  if (typeof value.query !== "string" || !Array.isArray(params)) return undefined;
  return { query: value.query, params };
}

function answer(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
  });
  response.end(bytes);
}
