/** A small HTTP face: routes, one place where faults strike and requests are counted. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Core } from "./core.ts";
import { type FaultPlace, numberSetting } from "./faults.ts";
import type { VenueName } from "./market/instruments.ts";

const BODY_BYTES_MAX = 1_000_000;

export interface FaceRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The query as it was sent, without the question mark. */
  readonly rawQuery: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; nothing is sent for undefined. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly run: (request: FaceRequest) => Reply;
  /** Places orders: where faults of requests strike by default. */
  readonly submits?: boolean;
}

export interface Face {
  readonly name: VenueName | "control";
  readonly routes: readonly Route[];
  /** Refuses before the route is run. */
  readonly guard?: (request: FaceRequest) => Reply | undefined;
  readonly headers?: (request: FaceRequest, route: Route | undefined) => Record<string, string>;
  readonly symbolOf?: (request: FaceRequest) => string | undefined;
  readonly problem: (status: number, message: string) => unknown;
}

export async function listen(
  core: Core,
  face: Face,
  port: number,
): Promise<{ server: Server; url: string }> {
  const find = createRouter(face.routes);
  const server = createServer((incoming, outgoing) => {
    answer(core, face, find, incoming, outgoing).catch((error: unknown) => {
      // A fault of the simulator itself: answered like one of the venue, and seen by whoever reads the answer.
      write(outgoing, { status: 500, body: face.problem(500, String(error)) }, {});
    });
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${bound}` };
}

type Find = (
  method: string,
  path: string,
) => { route: Route; params: Record<string, string> } | undefined;

function createRouter(routes: readonly Route[]): Find {
  const compiled = routes.map((route) => {
    const escaped = route.path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    return { route, pattern: new RegExp(`^${escaped.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`) };
  });
  return (method, path) => {
    for (const { route, pattern } of compiled) {
      if (route.method !== method) continue;
      const match = pattern.exec(path);
      if (match === null) continue;
      const groups = Object.entries(match.groups ?? {});
      return {
        route,
        params: Object.fromEntries(groups.map(([k, v]) => [k, decodeURIComponent(v)])),
      };
    }
    return undefined;
  };
}

async function answer(
  core: Core,
  face: Face,
  find: Find,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const method = incoming.method ?? "GET";
  const url = new URL(incoming.url ?? "/", "http://venue");
  const found = find(method, url.pathname);
  const request: FaceRequest = {
    method,
    path: url.pathname,
    params: found?.params ?? {},
    query: url.searchParams,
    rawQuery: url.search.slice(1),
    headers: incoming.headers,
    body: await readBody(incoming),
  };
  const name = found === undefined ? `${method} (unknown)` : `${method} ${found.route.path}`;
  core.counters.count("requests", `${face.name} ${name}`);
  core.counters.count("userAgents", `${face.name} ${incoming.headers["user-agent"] ?? "(none)"}`);
  core.sync();

  const place = placeOf(face, request, found?.route);
  const before = place && (await strikeBefore(core, face, place));
  const reply = before ?? serve(face, request, found?.route);
  if (place !== undefined && before === undefined) {
    const { faults, clock } = core;
    if (faults.strike("cut_answer", place) !== undefined) return void incoming.socket.destroy();
    if (faults.strike("no_answer", place) !== undefined) return;
    const early = faults.strike("execution_before_answer", place);
    if (early !== undefined) await pause(clock, numberSetting(early, "delay_ms", 250));
    if (faults.strike("error_after", place) !== undefined)
      return send({ status: 500, body: face.problem(500, "internal server error occurred") });
  }
  send(reply);

  function send(final: Reply): void {
    core.counters.count("answers", `${face.name} ${final.status}`);
    write(outgoing, final, face.headers?.(request, found?.route) ?? {});
  }
}

function serve(face: Face, request: FaceRequest, route: Route | undefined): Reply {
  const refusal = face.guard?.(request);
  if (refusal !== undefined) return refusal;
  if (route === undefined) return { status: 404, body: face.problem(404, "endpoint not found") };
  return route.run(request);
}

function placeOf(
  face: Face,
  request: FaceRequest,
  route: Route | undefined,
): FaultPlace | undefined {
  if (face.name === "control" || route === undefined) return undefined;
  return {
    venue: face.name,
    symbol: face.symbolOf?.(request),
    route: `${route.method} ${route.path}`,
    submits: route.submits === true,
  };
}

async function strikeBefore(core: Core, face: Face, place: FaultPlace): Promise<Reply | undefined> {
  const { faults, clock } = core;
  const slow = faults.strike("slow", place);
  if (slow !== undefined) {
    await pause(clock, numberSetting(slow, "delay_ms", 1_000));
    core.sync();
  }
  const limited = faults.strike("rate_limited", place);
  if (limited !== undefined) {
    const seconds = String(numberSetting(limited, "retry_after", 1));
    const body = face.problem(429, "too many requests.");
    return { status: 429, body, headers: { "retry-after": seconds } };
  }
  if (faults.strike("error_before", place) === undefined) return undefined;
  return { status: 500, body: face.problem(500, "internal server error occurred") };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError("body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function write(outgoing: ServerResponse, reply: Reply, headers: Record<string, string>): void {
  if (outgoing.headersSent) return;
  const text = reply.body === undefined ? "" : JSON.stringify(reply.body);
  outgoing.writeHead(reply.status, {
    ...(text === "" ? {} : { "content-type": "application/json; charset=UTF-8" }),
    "content-length": Buffer.byteLength(text),
    ...headers,
    ...reply.headers,
  });
  outgoing.end(text);
}

const pause = (clock: Core["clock"], ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));
