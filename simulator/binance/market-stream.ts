/** Public market streams: combined under /stream, raw under /ws, with SUBSCRIBE and UNSUBSCRIBE on both. */

import type { Core } from "../core.ts";
import { type JsonObject, parseJsonObject } from "../json-object.ts";
import type { Listing } from "../market/market.ts";
import { type Endpoint, type StreamSocket, silenced } from "../sockets.ts";
import { aggregateEvent, bookTickerEvent, klineEvent, tradeEvent } from "./market-events.ts";
import { miniTickerEvent, tickerEvent } from "./rolling-day.ts";

const STREAMS_MAX = 1_024;
const MESSAGES_PER_SECOND_MAX = 5;
const PING_MS = 20_000;
const TICKER_MS = 1_000;

interface Client {
  readonly socket: StreamSocket;
  readonly combined: boolean;
  readonly streams: Set<string>;
  second: number;
  received: number;
}

export function binanceMarketStream(core: Core): Endpoint & { readonly stop: () => void } {
  const pairs = core.exchange.market.listings.filter((it) => it.instrument.venue === "binance");
  const clients = new Set<Client>();
  const takers = new Map<string, Set<Client>>();
  /** Pairs that have moved since the tickers were sent. */
  const moved = new Set<Listing>();

  function publish(stream: string, symbol: string | undefined, make: () => unknown): void {
    const wanting = takers.get(stream);
    if (wanting === undefined || wanting.size === 0) return;
    if (silenced(core, "binance", "market", symbol)) return;
    const raw = JSON.stringify(make());
    const combined = `{"stream":${JSON.stringify(stream)},"data":${raw}}`;
    for (const client of wanting) client.socket.send(client.combined ? combined : raw);
  }

  core.onEvent((event) => {
    if (takers.size === 0 || !("listing" in event)) return;
    const { listing } = event;
    const { symbol, venue } = listing.instrument;
    if (venue !== "binance") return;
    const name = symbol.toLowerCase();
    if (event.type === "quote") {
      moved.add(listing);
      publish(`${name}@bookTicker`, symbol, () => bookTickerEvent(listing));
    } else if (event.type === "trade") {
      publish(`${name}@trade`, symbol, () => tradeEvent(listing, event.print));
      publish(`${name}@aggTrade`, symbol, () => aggregateEvent(listing, event.print));
      publish(`${name}@kline_1m`, symbol, () => klineEvent(listing, listing.tape.minute(), false));
    } else if (event.type === "bar") {
      publish(`${name}@kline_1m`, symbol, () => klineEvent(listing, event.bar, true));
    }
  });

  const stopTickers = core.clock.every(TICKER_MS, () => {
    if (takers.size === 0) return moved.clear();
    const nowMs = core.nowMs();
    const changed = pairs.filter((pair) => moved.has(pair));
    moved.clear();
    for (const pair of changed) {
      const { symbol } = pair.instrument;
      const name = symbol.toLowerCase();
      publish(`${name}@ticker`, symbol, () => tickerEvent(pair, nowMs));
      publish(`${name}@miniTicker`, symbol, () => miniTickerEvent(pair, nowMs));
    }
    publish("!ticker@arr", undefined, () => changed.map((pair) => tickerEvent(pair, nowMs)));
    publish("!miniTicker@arr", undefined, () =>
      changed.map((pair) => miniTickerEvent(pair, nowMs)),
    );
  });
  const stopPings = core.clock.every(PING_MS, () => {
    for (const { socket } of clients) socket.ping();
  });

  function subscribe(client: Client, stream: string): void {
    if (client.streams.size >= STREAMS_MAX) return;
    client.streams.add(stream);
    const wanting = takers.get(stream) ?? new Set();
    takers.set(stream, wanting.add(client));
  }

  function unsubscribe(client: Client, stream: string): void {
    client.streams.delete(stream);
    const wanting = takers.get(stream);
    wanting?.delete(client);
    if (wanting?.size === 0) takers.delete(stream);
  }

  function receive(client: Client, data: Buffer): void {
    const second = Math.floor(core.clock.now() / 1000);
    client.received = client.second === second ? client.received + 1 : 1;
    client.second = second;
    if (client.received > MESSAGES_PER_SECOND_MAX) client.socket.close(1008, "Too many requests");
    else client.socket.send(JSON.stringify(answer(client, parseJsonObject(data.toString()))));
  }

  function answer(client: Client, request: JsonObject | undefined): unknown {
    const streams = Array.isArray(request?.params) ? request.params.map(String) : [];
    const id = request?.id ?? null;
    switch (request?.method) {
      case "SUBSCRIBE":
        for (const stream of streams) subscribe(client, stream);
        return { result: null, id };
      case "UNSUBSCRIBE":
        for (const stream of streams) unsubscribe(client, stream);
        return { result: null, id };
      case "LIST_SUBSCRIPTIONS":
        return { result: [...client.streams], id };
      default:
        return { error: { code: 2, msg: "Invalid request" }, id };
    }
  }

  return {
    target: "market",
    open(socket, request) {
      const url = new URL(request.url ?? "/", "http://venue");
      const combined = url.pathname === "/stream";
      const client: Client = { socket, combined, streams: new Set(), second: 0, received: 0 };
      clients.add(client);
      const asked = combined ? url.searchParams.get("streams") : url.pathname.slice("/ws/".length);
      for (const stream of (asked ?? "").split("/")) if (stream !== "") subscribe(client, stream);
      return {
        message: (data) => receive(client, data),
        close() {
          clients.delete(client);
          for (const stream of [...client.streams]) unsubscribe(client, stream);
        },
      };
    },
    stop() {
      stopTickers();
      stopPings();
    },
  };
}
