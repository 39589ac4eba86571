import type { Quote } from "../domain/quote.ts";
import { because, newRun } from "../observability/cause.ts";
import { servicesFor } from "../services.ts";
import type { Delivery } from "../streams/delivery.ts";
import type { JournalEvent } from "../streams/protocol.ts";
import { freshLogState, RoomLog, type RoomLogState } from "../streams/room-log.ts";
import { FEED_LINK, isRepeated, type RoomUpdate, type UpdateMark } from "../streams/room-update.ts";
import {
  type Cursor,
  channelOf,
  MARKET_CHANNELS,
  type MarketChannel,
  type Topic,
  topicOf,
  topicsOf,
} from "../streams/topic.ts";
import { CausedObject } from "./caused-object.ts";
import { FanOut } from "./fan-out.ts";
import { FeedWatch } from "./feed-watch.ts";
import { GatewayOutbox } from "./gateway-outbox.ts";
import { dialLink, LinkHost } from "./link-host.ts";
import type { StreamDeps } from "./stream-deps.ts";
import { StreamHost } from "./stream-host.ts";

/** Memory of an object is 128 MB; a socket with its subscriptions takes some 10 kB. */
const SOCKETS_MAX = 5_000;
/** A room that is quiet for this long writes its log down; it must be less than what the runtime evicts after. */
const QUIET_MS = 4_000;

const LOG_KEY = "log";
/** The generation of messages that have gone out and are not in the stored log; absent where it has them all. */
const UNLOGGED_KEY = "unloggedGeneration";
const GATEWAYS_KEY = "gateways";

/**
 * One symbol's counted messages, for the sockets of its own endpoint, which get every tick, and for the gateways that
 * have clients for it. Addressed by symbol: `getByName("DOGE/USD")`.
 */
export class SymbolRoom extends CausedObject {
  readonly #deps: StreamDeps;
  readonly #symbol: string;
  readonly #topics: readonly Topic[];
  readonly #log: RoomLog;
  readonly #host: StreamHost;
  readonly #fanOut: FanOut;
  readonly #feed: FeedWatch;
  readonly #gateways = new Map<string, GatewayOutbox>();
  readonly #links: LinkHost<RoomUpdate, number>;
  #lastMark: UpdateMark | null = null;
  #isDirty = false;
  #publishedAtMs = 0;

  constructor(ctx: DurableObjectState, env: Env, deps: StreamDeps = servicesFor(env).streams) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a room is addressed by its symbol");
    this.#deps = deps;
    this.#symbol = name;
    this.#topics = topicsOf(name);
    this.#feed = new FeedWatch({
      kv: ctx.storage.kv,
      feed: deps.feed(name),
      now: () => deps.now(),
      isListenedTo: () => this.#isListenedTo,
      news: async (quote) => void (await this.publish({ quote, ticks: [] })),
      failed: (error) => deps.log.warn("symbol_room.feed_unreachable", { symbol: name, error }),
    });
    this.#host = new StreamHost(ctx, env, deps, {
      holder: { kind: "room", name },
      socketsMax: SOCKETS_MAX,
      standing: [topicOf("quotes", name)],
      unwanted: () => this.#host.schedule(),
      ownAlarmAtMs: () => this.#feed.dueAtMs(),
      source: {
        serves: (symbol) => symbol === name,
        start: () => this.#start(),
        latest: (topic) =>
          this.#feed.hasAnswered ? this.#log.latest(channelOf(topic)) : undefined,
        replay: async (topic, cursor) => this.replay(channelOf(topic), cursor),
      },
    });

    this.#fanOut = new FanOut(this.#host.audience);
    this.#links = new LinkHost<RoomUpdate, number>({
      receive: (_feed, update) => this.publish(update, true),
      failed: (_feed, error) => deps.log.warn("symbol_room.link_failed", { symbol: name, error }),
    });

    const stored = ctx.storage.kv.get<RoomLogState>(LOG_KEY) ?? freshLogState(0, null);
    const unlogged = ctx.storage.kv.get<number>(UNLOGGED_KEY);
    // Numbers that were given and forgotten must not be given twice.
    const state = unlogged === undefined ? stored : freshLogState(unlogged + 1, stored.quote);
    this.#log = new RoomLog(name, state);
    this.#rejoin(unlogged === undefined ? null : new RoomLog(name, stored));
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#links.accept(request) ?? (await this.#host.accept(request));
  }

  /**
   * Counts and sends what is new. Resolves with how many listen, when the room's own sockets have what came before, so that
   * a feed can't outrun them. A feed that calls has given its link up.
   */
  async publish(update: RoomUpdate, overLink = false): Promise<number> {
    const nowMs = this.#deps.now().getTime();
    const { mark } = update;
    if (mark !== undefined) {
      if (!overLink) this.#links.drop(FEED_LINK);
      if (isRepeated(mark, this.#lastMark)) return this.#listeners();
      this.#lastMark = mark;
    }
    const deliveries = this.#log.publish(update, nowMs);
    if (deliveries.length === 0) return this.#listeners();
    this.#markDirty(nowMs);
    for (const outbox of this.#gateways.values()) outbox.offer(deliveries);
    await this.#fanOut.push(deliveries);
    return this.#listeners();
  }

  /** Pushes `channels` to a gateway from now on; answers the present state as what follows on what it was sent. */
  async watch(gateway: string, channels: readonly MarketChannel[]): Promise<Delivery[]> {
    await this.#start();
    const outbox = this.#outboxFor(gateway);
    outbox.choose(channels, this.#flow(null));
    this.#saveGateways();
    return channels.map((channel) => {
      const { epoch, seq, data } = this.#log.latest(channel);
      const topic = topicOf(channel, this.#symbol);
      return { topic, epoch, ...outbox.flow(topic), messages: [{ seq, data }] };
    });
  }

  unwatch(gateway: string): void {
    this.#gateways.get(gateway)?.close();
    if (!this.#gateways.delete(gateway)) return;
    this.#saveGateways();
    this.#host.schedule();
  }

  /** What followed on `cursor`, if it is still known; else the present state, with what was lost. */
  replay(channel: MarketChannel, cursor: Cursor): Delivery {
    return this.#log.replay(channel, cursor, this.#deps.now().getTime());
  }

  /** The last quote the room knows, with its age and number: nobody keeps it fresh while nobody listens. */
  quote(): Quote | null {
    const { quote } = this.#log;
    return quote === null ? null : { ...quote, seq: this.#log.position("quotes").seq };
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

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    return this.#host.message(socket, message);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#host.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#host.closed(socket);
  }

  override alarm(): Promise<void> {
    return because(newRun(), () => this.#beat());
  }

  async #beat(): Promise<void> {
    try {
      this.#host.alarm();
      await this.#feed.alarm();
    } finally {
      this.#host.schedule();
    }
  }

  get #isListenedTo(): boolean {
    return this.#gateways.size > 0 || this.#host.audience.wantedTopics().length > 0;
  }

  #listeners(): number {
    const throughGateways = [...this.#gateways.values()].map(({ listeners }) => listeners);
    return throughGateways.reduce((a, b) => a + b, this.#host.audience.listeners(this.#topics));
  }

  /** Takes up the listeners from before the room slept; what `lost` was good for is a gap to them. */
  #rejoin(lost: RoomLog | null): void {
    if (lost !== null) {
      for (const { connection, positions } of this.#host.audience.clients) {
        for (const topic of connection.topics)
          positions.set(topic, lost.position(channelOf(topic)));
      }
    }
    const gateways = this.ctx.storage.kv.get<Record<string, MarketChannel[]>>(GATEWAYS_KEY) ?? {};
    for (const [gateway, channels] of Object.entries(gateways))
      this.#outboxFor(gateway).choose(channels, this.#flow(lost));
  }

  async #start(): Promise<void> {
    await this.#feed.start();
    this.#host.schedule();
  }

  /** Where the room stands, as the start of a gateway's flow; `lost`: what was there before, if that is gone. */
  #flow(lost: RoomLog | null): Delivery[] {
    return MARKET_CHANNELS.map((channel) => ({
      topic: topicOf(channel, this.#symbol),
      epoch: this.#log.epoch,
      from: this.#log.position(channel).seq,
      messages: [],
      lost: lost?.position(channel) ?? null,
    }));
  }

  #outboxFor(gateway: string): GatewayOutbox {
    const known = this.#gateways.get(gateway);
    if (known !== undefined) return known;
    const outbox = new GatewayOutbox({
      // A stub of its own for each push: one whose object was lost fails for good.
      push: (deliveries) => this.env.STREAM_GATEWAY.getByName(gateway).push(deliveries),
      dial: (events) => dialLink(this.env.STREAM_GATEWAY.getByName(gateway), this.#symbol, events),
      now: () => this.#deps.now(),
      dropped: (error) => {
        if (error !== undefined) {
          const fields = { symbol: this.#symbol, gateway, error };
          this.#deps.log.warn("symbol_room.gateway_dropped", fields);
        }
        this.unwatch(gateway);
      },
    });
    this.#gateways.set(gateway, outbox);
    return outbox;
  }

  #saveGateways(): void {
    const gateways = [...this.#gateways].map(([name, { channels }]) => [name, [...channels]]);
    this.ctx.storage.kv.put(GATEWAYS_KEY, Object.fromEntries(gateways));
  }

  // The log is written down when it rests, not for each tick: until then a crash costs the numbers, never their sense.
  #markDirty(nowMs: number): void {
    this.#publishedAtMs = nowMs;
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.ctx.storage.kv.put(UNLOGGED_KEY, this.#log.generation);
    setTimeout(() => this.#rest(), QUIET_MS);
  }

  #rest(): void {
    const nowMs = this.#deps.now().getTime();
    const leftMs = this.#publishedAtMs + QUIET_MS - nowMs;
    const isIdle = [...this.#gateways.values()].every((outbox) => outbox.isIdle);
    if (leftMs > 0 || !isIdle) {
      setTimeout(() => this.#rest(), Math.min(QUIET_MS, Math.max(leftMs, 100)));
      return;
    }
    this.ctx.storage.kv.put(LOG_KEY, this.#log.state(nowMs));
    this.ctx.storage.kv.delete(UNLOGGED_KEY);
    this.#isDirty = false;
  }
}
