/** WebSocket ends of a face, in two groups that faults can silence or cut: market data and order updates. */

import type { IncomingMessage, Server } from "node:http";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Core } from "./core.ts";
import { type FaultKind, textSetting } from "./faults.ts";
import type { VenueName } from "./market/instruments.ts";

/** A client that reads this slowly is cut, as the venues do. */
const BUFFERED_BYTES_MAX = 4_000_000;
const MESSAGE_BYTES_MAX = 256_000;

export type StreamTarget = "market" | "orders";

export interface Endpoint {
  readonly target: StreamTarget;
  /** Sets the socket up; returns what to do with its messages and at its end. */
  readonly open: (
    socket: StreamSocket,
    request: IncomingMessage,
  ) => { readonly message: (data: Buffer) => void; readonly close: () => void };
}

export interface StreamSocket {
  /** Text, or bytes for a binary frame. */
  send(data: string | Uint8Array): void;
  ping(): void;
  close(code: number, reason: string): void;
}

export function serveSockets(
  core: Core,
  venue: VenueName,
  server: Server,
  endpointOf: (path: string) => Endpoint | undefined,
): { readonly stop: () => void } {
  const acceptor = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
  });
  const targets = new Map<WebSocket, StreamTarget>();

  server.on("upgrade", (request, raw, head) => {
    const path = new URL(request.url ?? "/", "http://venue").pathname;
    const endpoint = endpointOf(path);
    if (endpoint === undefined || refused(core, venue, endpoint.target)) {
      const status = endpoint === undefined ? "404 Not Found" : "503 Service Unavailable";
      raw.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    acceptor.handleUpgrade(request, raw, head, (socket) => {
      core.counters.count("sockets", `${venue} ${path}`);
      core.counters.count("userAgents", `${venue} ${request.headers["user-agent"] ?? "(none)"}`);
      targets.set(socket, endpoint.target);
      const end = endpoint.open(wrap(core, socket, `${venue} ${endpoint.target}`), request);
      socket.on("message", (data: RawData) => end.message(toBuffer(data)));
      socket.on("close", () => {
        targets.delete(socket);
        end.close();
      });
      socket.on("error", () => socket.terminate());
    });
  });

  core.onCut((cutVenue, aim) => {
    if ((cutVenue ?? venue) !== venue) return;
    for (const [socket, target] of targets) if (aims(aim, target)) socket.terminate();
  });

  return {
    stop() {
      for (const socket of targets.keys()) socket.terminate();
      acceptor.close();
    },
  };
}

/** Whether the streams of this kind say nothing at the moment, of this symbol or at all. */
export function silenced(
  core: Core,
  venue: VenueName,
  target: StreamTarget,
  symbol: string | undefined,
): boolean {
  return struckStreams(core, "silence_streams", venue, target).some(
    (fault) => fault.symbol === null || fault.symbol === symbol,
  );
}

function refused(core: Core, venue: VenueName, target: StreamTarget): boolean {
  return struckStreams(core, "refuse_sockets", venue, target).length > 0;
}

function struckStreams(core: Core, kind: FaultKind, venue: VenueName, target: StreamTarget) {
  return core.faults
    .list()
    .filter(
      (fault) =>
        fault.kind === kind &&
        (fault.venue ?? venue) === venue &&
        aims(textSetting(fault, "target", "all"), target),
    );
}

const aims = (aim: string, target: StreamTarget): boolean => aim === "all" || aim === target;

function wrap(core: Core, socket: WebSocket, name: string): StreamSocket {
  return {
    send(data) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > BUFFERED_BYTES_MAX) return void socket.terminate();
      core.counters.count("frames", name);
      socket.send(data);
    },
    ping() {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    close: (code, reason) => socket.close(code, reason),
  };
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
