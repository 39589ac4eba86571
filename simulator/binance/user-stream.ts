/** The WebSocket API as far as it carries user data: subscriptions by signature, order and balance events. */

import type { Core } from "../core.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import { balanceOf } from "../matching/accounts.ts";
import { carryOrderUpdates } from "../order-updates.ts";
import type { Endpoint, StreamSocket } from "../sockets.ts";
import { fixed, toExecutionReport } from "./order-json.ts";
import { type BinanceSettings, checkKey, checkSignature, checkTimestamp } from "./signing.ts";

const PING_MS = 20_000;

interface Client {
  readonly socket: StreamSocket;
  readonly subscriptions: Set<number>;
  next: number;
}

export function binanceUserStream(
  core: Core,
  settings: BinanceSettings,
): Endpoint & { readonly stop: () => void } {
  const { market, accounts } = core.exchange;
  const clients = new Set<Client>();

  function send(event: unknown): void {
    const text = JSON.stringify(event);
    for (const { socket, subscriptions } of clients)
      for (const id of subscriptions) socket.send(`{"subscriptionId":${id},"event":${text}}`);
  }

  carryOrderUpdates(core, "binance", (update) => {
    const nowMs = core.nowMs();
    send(toExecutionReport(update, nowMs));
    const listing = market.find(update.order.terms.symbol);
    if (listing === undefined) return;
    const { baseAsset, quoteAsset } = listing.instrument;
    const balances = [baseAsset, quoteAsset].map((asset) => {
      const { free, held } = balanceOf(accounts.binance, asset);
      return { a: asset, f: fixed(free), l: fixed(held) };
    });
    send({ e: "outboundAccountPosition", E: nowMs, u: nowMs, B: balances });
  });

  const stop = core.clock.every(PING_MS, () => {
    for (const { socket } of clients) socket.ping();
  });

  function subscribe(client: Client, params: JsonObject): Answer {
    const { signature, ...signed } = params;
    const text = (value: unknown) => (value === undefined ? null : String(value));
    // Signed over the parameters in the order of their names.
    const payload = Object.keys(signed)
      .sort()
      .map((name) => `${name}=${String(signed[name])}`)
      .join("&");
    const error =
      checkKey(core, settings, text(params.apiKey) ?? undefined) ??
      checkTimestamp(core, text(params.timestamp), text(params.recvWindow)) ??
      checkSignature(core, settings, payload, text(signature));
    if (error !== undefined) {
      const { status, code, msg } = error;
      return { status, error: { code, msg } };
    }
    const subscriptionId = client.next++;
    client.subscriptions.add(subscriptionId);
    return { status: 200, result: { subscriptionId } };
  }

  function answer(client: Client, request: JsonObject): Answer {
    const params = (request.params ?? {}) as JsonObject;
    switch (request.method) {
      case "userDataStream.subscribe.signature":
        return subscribe(client, params);
      case "userDataStream.unsubscribe":
        if (params.subscriptionId === undefined) client.subscriptions.clear();
        else client.subscriptions.delete(Number(params.subscriptionId));
        return { status: 200, result: {} };
      case "ping":
        return { status: 200, result: {} };
      case "time":
        return { status: 200, result: { serverTime: core.nowMs() } };
      default:
        return { status: 400, error: { code: -1000, msg: "Unknown method." } };
    }
  }

  return {
    target: "orders",
    open(socket) {
      const client: Client = { socket, subscriptions: new Set(), next: 0 };
      clients.add(client);
      return {
        message(data) {
          const request = parseJsonObject(data.toString());
          const reply: Answer =
            request === undefined
              ? { status: 400, error: { code: -1000, msg: "Malformed request." } }
              : answer(client, request);
          socket.send(JSON.stringify({ id: request?.id ?? null, ...reply, rateLimits: [] }));
        },
        close: () => void clients.delete(client),
      };
    },
    stop,
  };
}

type Answer =
  | { readonly status: number; readonly result: unknown }
  | { readonly status: number; readonly error: { readonly code: number; readonly msg: string } };
