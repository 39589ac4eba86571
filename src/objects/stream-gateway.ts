import { because, newRun } from "../observability/cause.ts";
import { servicesFor } from "../services.ts";
import { Conflation } from "../streams/conflation.ts";
import type { Delivery } from "../streams/delivery.ts";
import { afterFlush, delayMs, type FlushWindow, OPENING_WINDOW } from "../streams/flush-window.ts";
import type { GatewayStatus } from "../streams/gateway-status.ts";
import type { JournalEvent } from "../streams/protocol.ts";
import { GATEWAY_SOCKETS_MAX } from "../streams/spread.ts";
import {
  type Cursor,
  channelOf,
  MARKET_CHANNELS,
  type MarketChannel,
  symbolOf,
  type Topic,
  topicOf,
  topicsOf,
} from "../streams/topic.ts";
import { CausedObject, calling } from "./caused-object.ts";
import type { PushAnswer } from "./gateway-outbox.ts";
import { LinkHost } from "./link-host.ts";
import { RoomWatch } from "./room-watch.ts";
import type { StreamDeps } from "./stream-deps.ts";
import { StreamHost } from "./stream-host.ts";

const LOAD_TOLD_EVERY_MS = 60_000;
/** A gateway that is quiet for this long writes down how far it has come; the runtime evicts it later than that. */
const QUIET_MS = 4_000;
const FLOWS_KEY = "flows";

/**
 * Clients of one region, each with many symbols: every symbol comes once from its room and goes out conflated, one
 * frame a window to each client. Addressed by `region:shard`.
 */
export class StreamGateway extends CausedObject {
  readonly #deps: StreamDeps;
  readonly #host: StreamHost;
  readonly #rooms: RoomWatch;
  /** By symbol, from the rooms that have much to push. */
  readonly #links: LinkHost<readonly Delivery[], PushAnswer>;
  readonly #pending = new Conflation();
  #window: FlushWindow = OPENING_WINDOW;
  /** Batches since the last flush. */
  #batches = 0;
  readonly #counts = { flushes: 0, batches: 0, frames: 0, texts: 0 };
  #isFlushing = false;
  #isRestDue = false;
  #activeAtMs = 0;
  #loadToldAtMs: number;

  constructor(
    ctx: DurableObjectState,
    env: Env,
    deps: StreamDeps = servicesFor(env).streams,
    socketsMax = GATEWAY_SOCKETS_MAX,
  ) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a gateway is addressed by its region and shard");
    this.#deps = deps;
    this.#loadToldAtMs = deps.now().getTime();
    this.#host = new StreamHost(ctx, env, deps, {
      holder: { kind: "gateway", name },
      socketsMax,
      standing: [],
      unwanted: (topics) => {
        for (const topic of topics) this.#pending.forget(topic);
        for (const symbol of new Set(topics.map(symbolOf))) this.#rooms.release(symbol);
      },
      ownAlarmAtMs: () => this.#rooms.dueAtMs(),
      source: {
        serves: () => true,
        start: async (topics) => {
          if (topics.every((topic) => this.#pending.latest(topic) !== undefined)) return;
          for (const symbol of new Set(topics.map(symbolOf))) await this.#rooms.watch(symbol);
          this.#host.schedule();
        },
        latest: (topic) => this.#pending.latest(topic),
        replay: (topic, cursor) => this.#room(symbolOf(topic)).replay(channelOf(topic), cursor),
      },
    });
    this.#rooms = new RoomWatch({
      kv: ctx.storage.kv,
      now: () => deps.now(),
      log: deps.log,
      wanted: (symbol) => this.#channelsOf(symbol),
      watch: (symbol, channels) => this.#room(symbol).watch(name, channels),
      unwatch: (symbol) => this.#room(symbol).unwatch(name),
      arrived: (deliveries) => this.#take(deliveries),
      recovered: (symbol) => this.#host.showWaiting(topicsOf(symbol)),
    });
    this.#links = new LinkHost<readonly Delivery[], PushAnswer>({
      receive: (_symbol, deliveries) => this.push(deliveries, true),
      failed: (symbol, error) => deps.log.warn("stream_gateway.link_failed", { symbol, error }),
    });
    for (const flow of ctx.storage.kv.get<Delivery[]>(FLOWS_KEY) ?? [])
      if (this.#host.audience.wants(flow.topic)) this.#pending.offer(flow);
    this.#rooms.resume(this.#wantedSymbols());
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#links.accept(request) ?? (await this.#host.accept(request));
  }

  /**
   * Takes a room's batch, of one symbol; answers when the next one is welcome, for which channels and how many. A room that
   * calls has given its link up.
   */
  push(deliveries: readonly Delivery[], overLink = false): PushAnswer {
    this.#batches += 1;
    this.#take(deliveries);
    const first = deliveries[0];
    const symbol = first === undefined ? "" : symbolOf(first.topic);
    if (!overLink) this.#links.drop(symbol);
    this.#rooms.heardOf(symbol);
    const topics = topicsOf(symbol);
    return {
      windowMs: this.#window.windowMs,
      untilFlushMs: delayMs(this.#window, this.#deps.now().getTime()),
      channels: this.#channelsOf(symbol),
      listeners: this.#host.audience.listeners(topics),
    };
  }

  status(): GatewayStatus {
    const { audience } = this.#host;
    return {
      clients: audience.size,
      symbols: this.#wantedSymbols().size,
      interests: audience.interests,
      windowMs: this.#window.windowMs,
      ...this.#counts,
    };
  }

  accountEvents(userId: string, events: readonly JournalEvent[], head: number): Promise<string[]> {
    return this.#host.deliver(userId, events, head);
  }

  openSockets(connectionIds: readonly string[]): string[] {
    return this.#host.holds(connectionIds);
  }

  revokeSockets(connectionIds: readonly string[]): void {
    this.#host.revoke(connectionIds);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#host.message(socket, message);
    this.#restLater();
  }

  override webSocketClose(socket: WebSocket): void {
    this.#host.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#host.closed(socket);
  }

  override alarm(): void {
    because(newRun(), () => this.#beat());
  }

  #room(symbol: string) {
    return calling(this.env.SYMBOL_ROOM.getByName(symbol));
  }

  #beat(): void {
    try {
      this.#host.alarm();
      this.#rooms.alarm(this.#wantedSymbols());
      this.#tellLoad();
    } finally {
      this.#host.schedule();
    }
  }

  #tellLoad(): void {
    const nowMs = this.#deps.now().getTime();
    if (nowMs - this.#loadToldAtMs < LOAD_TOLD_EVERY_MS) return;
    this.#loadToldAtMs = nowMs;
    const { windowMs, ...counts } = this.status();
    const fields = { gateway: this.ctx.id.name, window_ms: windowMs, ...counts };
    this.#deps.log.info("stream_gateway.load", fields);
  }

  #channelsOf(symbol: string): MarketChannel[] {
    return MARKET_CHANNELS.filter((channel) => this.#host.audience.wants(topicOf(channel, symbol)));
  }

  #wantedSymbols(): Set<string> {
    return new Set(this.#host.audience.wantedTopics().map(symbolOf));
  }

  #take(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      if (!this.#host.audience.wants(delivery.topic)) continue;
      this.#pending.offer(delivery);
    }
    this.#restLater();
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#isFlushing || this.#pending.isEmpty) return;
    this.#isFlushing = true;
    const waitMs = delayMs(this.#window, this.#deps.now().getTime());
    if (waitMs === 0) void this.#flush();
    else setTimeout(() => void this.#flush(), waitMs);
  }

  async #flush(): Promise<void> {
    const nowMs = this.#deps.now().getTime();
    const batches = this.#batches;
    this.#batches = 0;
    // Batches that come while this one goes out are for the next.
    this.#window = { ...this.#window, flushedAtMs: nowMs };
    const deliveries = this.#pending.drain();
    for (const { topic, lost } of deliveries)
      if (lost !== null) this.#deps.metrics.gap(channelOf(topic));
    try {
      const { frames, texts } = await this.#host.audience.broadcast(deliveries);
      this.#counts.flushes += 1;
      this.#counts.batches += batches;
      this.#counts.frames += frames;
      this.#counts.texts += texts;
      this.#window = afterFlush(this.#window, { frames, batches }, nowMs, this.#deps.windowMs);
    } catch (error) {
      this.#deps.log.error("stream_gateway.flush_failed", { error });
    }
    this.#isFlushing = false;
    this.#flushLater();
  }

  #restLater(): void {
    this.#activeAtMs = this.#deps.now().getTime();
    if (this.#isRestDue) return;
    this.#isRestDue = true;
    setTimeout(() => this.#rest(), QUIET_MS);
  }

  // A room knows only what was confirmed to it: a push that arrived may come again, and clients who resumed may be ahead of
  // it. With the room's own count they would be told of messages as skipped that they have.
  #rest(): void {
    const leftMs = this.#activeAtMs + QUIET_MS - this.#deps.now().getTime();
    const isQuiet = leftMs <= 0 && !this.#isFlushing && this.#pending.isEmpty;
    if (!isQuiet || !this.#host.audience.keepPlaces((topic, place) => this.#isFlow(topic, place))) {
      setTimeout(() => this.#rest(), Math.min(QUIET_MS, Math.max(leftMs, 100)));
      return;
    }
    this.#isRestDue = false;
    this.ctx.storage.kv.put(FLOWS_KEY, this.#pending.flows());
  }

  #isFlow(topic: Topic, place: Cursor | null): boolean {
    const flow = this.#pending.flow(topic);
    if (flow === undefined || flow.lost !== null) return false;
    return flow.epoch === place?.epoch && flow.seq === place.seq;
  }
}
