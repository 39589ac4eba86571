// The yardstick: a plain server with Node and ws that takes the same ticks from the same source.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { loopback } from "../../local/ports.ts";
import { serveParent } from "../child.ts";
import { Broadcast } from "./broadcast.ts";

export interface WsPlan {
  readonly ticksUrl: string;
  readonly symbols: readonly string[];
  /** Null: a frame for each tick. */
  readonly windowMs: number | null;
}

/** Whoever connects to a symbol's own path has it without asking, as on the platform. */
const SYMBOL_PATH = /^\/ws\/market\/(\w+)/;

const calls = {
  async start({ ticksUrl, symbols, windowMs }: WsPlan): Promise<{ url: string }> {
    const broadcast = new Broadcast(windowMs);
    const server = new WebSocketServer({ host: loopback, port: 0, perMessageDeflate: false });
    await once(server, "listening");
    server.on("connection", (socket, request) => {
      const [, symbol] = SYMBOL_PATH.exec(request.url ?? "") ?? [];
      if (symbol !== undefined) broadcast.subscribe(socket, [symbol]);
      socket.on("message", (data) => {
        const message = JSON.parse(data.toString());
        if (message.action === "subscribe") broadcast.subscribe(socket, message.symbols);
      });
      socket.on("close", () => broadcast.leave(socket));
    });
    const source = new WebSocket(ticksUrl, { perMessageDeflate: false });
    source.on("message", (data) => {
      for (const message of JSON.parse(data.toString())) {
        if (message.msg === "connected") source.send('{"action":"auth"}');
        if (message.msg === "authenticated")
          source.send(JSON.stringify({ action: "subscribe", quotes: symbols }));
        if (message.T === "q") broadcast.publish(message);
      }
    });
    const { port } = server.address() as AddressInfo;
    return { url: `ws://${loopback}:${port}` };
  },
};

export type WsServerCalls = typeof calls;

serveParent(calls);
