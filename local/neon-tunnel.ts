import type { Server } from "node:http";
import { connect } from "node:net";
import { WebSocketServer } from "ws";
import { loopback } from "./ports.ts";

/**
 * Answers WebSocket upgrades at `/v2` with a byte tunnel to Postgres. The address that a client asks for is ignored:
 * only the one server is reachable.
 */
export function serveTunnels(server: Server, postgresPort: number): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) => {
    if (request.url?.split("?")[0] !== "/v2") {
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const wire = connect({ host: loopback, port: postgresPort, noDelay: true });
      client.on("message", (data: Buffer) => wire.write(data));
      client.on("close", () => wire.destroy());
      client.on("error", () => wire.destroy());
      wire.on("data", (data) => client.send(data));
      wire.on("close", () => client.close());
      wire.on("error", () => client.close());
    });
  });
  return {
    close() {
      for (const client of sockets.clients) client.terminate();
    },
  };
}
