/** Stands between the Worker and a venue: carries everything through, and says what passes. */

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { loopback } from "../../local/ports.ts";

export type VenuePoint = "receipt" | "before_answer" | "after_answer";

export interface ProxyHooks {
  /** What is asked of the venue: `submit`, `cancel`, `replace`, or null for everything else. */
  readonly kindOf: (method: string, path: string) => string | null;
  /** A request of a kind, with its whole text. */
  readonly seen: (kind: string, text: string) => void;
  /** `lose`: nothing is carried further. */
  readonly pass: (point: VenuePoint, kind: string) => "go_on" | "lose";
}

export interface VenueProxy {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startVenueProxy(target: string, hooks: ProxyHooks): Promise<VenueProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    carry(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => keep(socket));

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  }

  async function carry(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = incoming;
    const body = await buffer(incoming);
    const kind = hooks.kindOf(method, path.split("?")[0] ?? "");
    if (kind !== null) {
      hooks.seen(kind, `${path} ${body.toString()}`);
      if (hooks.pass("receipt", kind) === "lose") return void outgoing.destroy();
    }
    const asked = send({ hostname, port, method, path, headers, agent: false });
    // Carried out all the same: a venue does not notice that somebody stopped listening.
    asked.once("error", () => outgoing.destroy());
    asked.end(body);
    asked.once("response", (response) => {
      response.once("error", () => outgoing.destroy());
      void answer(response, outgoing, kind).catch(() => outgoing.destroy());
    });
  }

  async function answer(response: IncomingMessage, outgoing: ServerResponse, kind: string | null) {
    const body = await buffer(response);
    if (kind !== null && hooks.pass("before_answer", kind) === "lose") {
      return void outgoing.destroy();
    }
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    outgoing.end(body, () => {
      if (kind !== null) hooks.pass("after_answer", kind);
    });
  }

  server.on("upgrade", (request: IncomingMessage, client: Socket, head: Buffer) => {
    const upstream = connect(Number(port), hostname);
    keep(upstream);
    client.on("error", () => upstream.destroy());
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
    upstream.once("connect", () => {
      const headers = request.rawHeaders.flatMap((name, i, all) =>
        i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : [],
      );
      upstream.write([`GET ${request.url} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
  });

  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
