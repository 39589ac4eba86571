import type { Principal } from "../domain/principal.ts";
import { because } from "../observability/cause.ts";
import { endOf, openConnection } from "../streams/connection.ts";
import { FULL_STATUS, type Handshake, readHandshake } from "../streams/handshake.ts";
import {
  CLOSE_REASONS,
  encodeError,
  encodeWelcome,
  frame,
  HEARTBEAT_MS,
  type JournalEvent,
  PING_REQUEST,
  PONG_FRAME,
  SUBPROTOCOL,
} from "../streams/protocol.ts";
import type { Topic } from "../streams/topic.ts";
import { AccountLink } from "./account-link.ts";
import { Audience } from "./audience.ts";
import type { Client } from "./client.ts";
import { Conversation, type TopicSource } from "./conversation.ts";
import { type Admission, REFUSALS, type SocketHolder } from "./socket-directory.ts";
import type { StreamDeps } from "./stream-deps.ts";

const BEAT_KEY = "beatAtMs";

export interface StreamHostOptions {
  readonly holder: SocketHolder;
  readonly socketsMax: number;
  readonly source: TopicSource;
  /** What every client has from the start. */
  readonly standing: readonly Topic[];
  /** The last client of these topics has left them. */
  readonly unwanted: (topics: readonly Topic[]) => void;
  /** When the object itself wants to be woken, epoch ms. */
  readonly ownAlarmAtMs: () => number | null;
}

/** What a room and a gateway have in common: they hold clients' sockets, and one alarm. */
export class StreamHost {
  readonly audience: Audience;
  readonly #ctx: DurableObjectState;
  readonly #deps: StreamDeps;
  readonly #options: StreamHostOptions;
  readonly #account: AccountLink;
  readonly #conversation: Conversation;
  /** Connections whose admission is being asked for. */
  readonly #arriving = new Set<string>();
  /** When heartbeats are due; null while nobody got data since the last. */
  #beatAtMs: number | null;
  /** When the first of the clients may have to go. */
  #endAtMs: number | null = null;
  #alarmAtMs: number | null = null;

  constructor(ctx: DurableObjectState, env: Env, deps: StreamDeps, options: StreamHostOptions) {
    this.#ctx = ctx;
    this.#deps = deps;
    this.#options = options;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_REQUEST, PONG_FRAME));
    this.audience = new Audience(ctx.getWebSockets(), deps.now().getTime(), {
      unwanted: options.unwanted,
      data: () => this.#armBeat(),
      left: (client) => this.#leave(client),
    });
    this.#account = new AccountLink(env.ACCOUNT_ROOM, deps, options.holder, this.audience);
    const { source, standing } = options;
    this.#conversation = new Conversation(deps, this.audience, this.#account, source, standing);
    // Who got data before the object slept is not known any more, so everybody gets the heartbeat that is due.
    this.#beatAtMs = ctx.storage.kv.get<number>(BEAT_KEY) ?? null;
    for (const client of this.audience.clients) {
      client.gotData = this.#beatAtMs !== null;
      this.#noteEnd(client);
    }
  }

  /** Takes a socket that the Worker hands over. */
  async accept(request: Request): Promise<Response> {
    const handshake = readHandshake(request);
    if (handshake === undefined) return new Response(null, { status: 426 });
    return await because({ request_id: handshake.requestId }, () => this.#open(handshake));
  }

  async #open({ connectionId, principal, subprotocol }: Handshake): Promise<Response> {
    if (this.audience.size + this.#arriving.size >= this.#options.socketsMax)
      return new Response(null, { status: FULL_STATUS });
    const admission = principal === null ? "admitted" : await this.#admit(connectionId, principal);

    const { 0: client, 1: server } = new WebSocketPair();
    const nowMs = this.#deps.now().getTime();
    this.#ctx.acceptWebSocket(server);
    if (admission === "admitted") {
      const opened = this.audience.add(server, openConnection(connectionId, principal, nowMs));
      this.#noteEnd(opened);
      this.audience.send(opened, [encodeWelcome(connectionId, nowMs)]);
      if (principal !== null && this.#options.standing.length > 0)
        void this.#conversation.begin(opened);
      this.schedule();
    } else {
      const { error, close } = REFUSALS[admission];
      server.send(frame([encodeError(error)]));
      server.close(close, CLOSE_REASONS[close]);
    }
    const headers = subprotocol ? { "sec-websocket-protocol": SUBPROTOCOL } : undefined;
    return new Response(null, { status: 101, webSocket: client, ...(headers && { headers }) });
  }

  async message(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const client = this.audience.find(socket);
    if (client === undefined) return;
    const { id, principal } = client.connection;
    await because({ connection_id: id }, () => this.#conversation.receive(client, message));
    if (client.connection.principal !== principal) this.#noteEnd(client);
    this.schedule();
  }

  closed(socket: WebSocket): void {
    const client = this.audience.find(socket);
    if (client !== undefined) this.audience.close(client, 1000);
  }

  deliver(userId: string, events: readonly JournalEvent[], head: number): Promise<string[]> {
    return this.#account.deliver(userId, events, head);
  }

  /** Which of these connections are open, or about to be. */
  holds(connectionIds: readonly string[]): string[] {
    const open = this.#named(connectionIds).map(({ connection }) => connection.id);
    return [...open, ...connectionIds.filter((id) => this.#arriving.has(id))];
  }

  revoke(connectionIds: readonly string[]): void {
    for (const id of connectionIds) this.#arriving.delete(id);
    for (const client of this.#named(connectionIds)) this.audience.close(client, 4001);
  }

  /** To be called by the object's alarm: what is due for its clients. */
  alarm(): void {
    const nowMs = this.#deps.now().getTime();
    this.#alarmAtMs = null;
    this.#endAtMs = null;
    for (const client of [...this.audience.clients]) {
      const end = endOf(client.connection);
      if (end !== null && end.atMs <= nowMs) this.audience.close(client, end.close, end.error);
      else this.#noteEnd(client);
    }
    if (this.#beatAtMs !== null && this.#beatAtMs <= nowMs) {
      this.#ctx.storage.kv.delete(BEAT_KEY);
      this.#beatAtMs = null;
      this.audience.beat(nowMs);
    }
  }

  /** Sets the object's one alarm to the first thing that will be due. */
  schedule(): void {
    const due = [this.#beatAtMs, this.#endAtMs, this.#options.ownAlarmAtMs()];
    const times = due.filter((atMs) => atMs !== null);
    if (times.length === 0) return;
    const atMs = Math.min(...times);
    if (atMs === this.#alarmAtMs) return;
    this.#alarmAtMs = atMs;
    void this.#ctx.storage.setAlarm(atMs);
  }

  /** Snapshots to the clients that still wait for one of these topics. */
  showWaiting(topics: readonly Topic[]): void {
    for (const client of this.audience.clients) this.#conversation.show(client, topics);
  }

  // The directory may ask for, or end, a connection that it has just admitted and whose socket is not here yet.
  async #admit(connectionId: string, principal: Principal): Promise<Admission> {
    this.#arriving.add(connectionId);
    try {
      const admission = await this.#account.admit(connectionId, principal);
      return this.#arriving.has(connectionId) ? admission : "revoked";
    } finally {
      this.#arriving.delete(connectionId);
    }
  }

  #noteEnd({ connection }: Client): void {
    const end = endOf(connection);
    if (end !== null) this.#endAtMs = Math.min(this.#endAtMs ?? end.atMs, end.atMs);
  }

  #armBeat(): void {
    if (this.#beatAtMs !== null) return;
    this.#beatAtMs = this.#deps.now().getTime() + HEARTBEAT_MS;
    this.#ctx.storage.kv.put(BEAT_KEY, this.#beatAtMs);
    this.schedule();
  }

  #named(connectionIds: readonly string[]): Client[] {
    const ids = new Set(connectionIds);
    return [...this.audience.clients].filter(({ connection }) => ids.has(connection.id));
  }

  #leave({ connection }: Client): void {
    if (connection.principal === null) return;
    this.#account.leave(connection.id, connection.principal).catch((error: unknown) => {
      // The directory finds out by itself: it asks before it refuses anybody.
      this.#deps.log.warn("stream.leave_failed", { connection_id: connection.id, error });
    });
  }
}
