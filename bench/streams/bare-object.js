// The other yardstick: one bare object whose sockets hibernate, on the same runtime and with the same bindings as the
// platform. It holds sockets and no more; told to `/start`, it fans out as the plain server does, without a room, a
// resume or a limit: what is left is what the runtime itself takes.

import { DurableObject } from "cloudflare:workers";
import { Broadcast } from "./broadcast.ts";

/** Whoever connects to a symbol's own path has it without asking, as on the platform. */
const SYMBOL_PATH = /^\/ws\/market\/(\w+)/;

export class StreamGateway extends DurableObject {
  #broadcast = null;

  async fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") {
      await this.#start(await request.json());
      return new Response(null, { status: 204 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const [, symbol] = SYMBOL_PATH.exec(new URL(request.url).pathname) ?? [];
    if (symbol !== undefined) this.#broadcast?.subscribe(server, [symbol]);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, text) {
    const { action, symbols } = JSON.parse(text);
    if (action !== "subscribe") return;
    socket.serializeAttachment({ symbols });
    if (this.#broadcast === null) socket.send('[{"type":"subscribed"}]');
    else this.#broadcast.subscribe(socket, symbols);
  }

  webSocketClose(socket) {
    socket.close(1000);
    this.#broadcast?.leave(socket);
  }

  async #start({ ticksUrl, symbols, windowMs }) {
    const broadcast = new Broadcast(windowMs);
    const url = ticksUrl.replace("ws:", "http:");
    const { webSocket: source } = await fetch(url, { headers: { upgrade: "websocket" } });
    source.addEventListener("message", ({ data }) => {
      for (const message of JSON.parse(data)) {
        if (message.msg === "connected") source.send('{"action":"auth"}');
        if (message.msg === "authenticated")
          source.send(JSON.stringify({ action: "subscribe", quotes: symbols }));
        if (message.T === "q") broadcast.publish(message);
      }
    });
    source.accept();
    this.#broadcast = broadcast;
  }
}

// The bindings of wrangler.toml ask for them.
export class SymbolRoom extends DurableObject {}
export class AccountRoom extends DurableObject {}
export class MarketFeed extends DurableObject {}
export class BrokerLink extends DurableObject {}
export class GuessCounter extends DurableObject {}
export class PasswordHasher extends DurableObject {}

export default {
  fetch: (request, env) => env.STREAM_GATEWAY.getByName("bare").fetch(request),
};
