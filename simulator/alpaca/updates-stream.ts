/** The trade_updates stream: JSON in binary frames. */

import type { Core } from "../core.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import { carryOrderUpdates } from "../order-updates.ts";
import type { Endpoint } from "../sockets.ts";
import { toTradeUpdate } from "./order-json.ts";
import type { AlpacaSettings } from "./settings.ts";

interface Client {
  readonly send: (message: unknown) => void;
  authenticated: boolean;
  streams: readonly string[];
}

export function alpacaUpdatesStream(core: Core, settings: AlpacaSettings): Endpoint {
  const clients = new Set<Client>();

  carryOrderUpdates(core, "alpaca", (update) => {
    const listening = [...clients].filter(({ streams }) => streams.includes("trade_updates"));
    const data = listening.length === 0 ? undefined : toTradeUpdate(update);
    if (data === undefined) return;
    for (const client of listening) client.send({ stream: "trade_updates", data });
  });

  function authenticate(client: Client, message: JsonObject): boolean {
    const data = (message.data ?? {}) as JsonObject;
    const key = message.key ?? data.key_id;
    const secret = message.secret ?? data.secret_key;
    client.authenticated = key === settings.keyId && secret === settings.secret;
    core.counters.count("keys", `alpaca ${client.authenticated ? "valid" : "invalid"}`);
    client.send({
      stream: "authorization",
      data: {
        status: client.authenticated ? "authorized" : "unauthorized",
        action: "authenticate",
      },
    });
    return client.authenticated;
  }

  return {
    target: "orders",
    open(socket) {
      const client: Client = {
        send: (message) => socket.send(Buffer.from(JSON.stringify(message))),
        authenticated: false,
        streams: [],
      };
      clients.add(client);
      return {
        message(bytes) {
          const message = parseJsonObject(bytes.toString());
          switch (message?.action) {
            case "auth":
            case "authenticate":
              if (!authenticate(client, message)) socket.close(1000, "unauthorized");
              return;
            case "listen": {
              if (!client.authenticated) {
                socket.close(1000, "unauthorized");
                return;
              }
              const { streams } = (message.data ?? {}) as { streams?: unknown };
              // Each listen replaces the set before it.
              client.streams = Array.isArray(streams) ? streams.map(String) : [];
              client.send({ stream: "listening", data: { streams: client.streams } });
              return;
            }
            default:
              client.send({ action: "error", data: { error_message: "invalid message" } });
          }
        },
        close: () => void clients.delete(client),
      };
    },
  };
}
