import {
  type Attachment,
  fromAttachment,
  PLACES_MAX,
  type Places,
  toAttachment,
} from "../streams/attachment.ts";
import { Conflation } from "../streams/conflation.ts";
import type { Connection } from "../streams/connection.ts";
import { type Delivery, encodeDelivery } from "../streams/delivery.ts";
import { pace } from "../streams/heartbeat.ts";
import { InterestGroups } from "../streams/interest-groups.ts";
import {
  CLOSE_REASONS,
  type CloseCode,
  encodeError,
  encodeHeartbeat,
  frame,
  type StreamError,
} from "../streams/protocol.ts";
import type { Cursor, Topic } from "../streams/topic.ts";
import { type Client, createClient, displace, isInFlow, takeDeliveries } from "./client.ts";

/** Sends between two breaths of the event loop: the first client of a long fan-out should not wait for the last. */
const SENDS_AT_ONCE = 100;
const SLOW_FRAME_MS = 1_000;

/** What an audience tells its object. */
export interface AudienceEvents {
  /** The last client of these topics has left them. */
  unwanted(topics: readonly Topic[]): void;
  /** Somebody got data, so a heartbeat is due. */
  data(): void;
  /** A client has gone, or was sent away. */
  left(client: Client): void;
}

/** What a broadcast took. */
export interface Broadcast {
  readonly frames: number;
  /** Made for all clients that want the same and are where everybody is. */
  readonly texts: number;
}

/** The clients whose sockets an object holds, and the fan-out to them. */
export class Audience {
  readonly #clients = new Map<WebSocket, Client>();
  readonly #interests = new InterestGroups<Client>();
  readonly #events: AudienceEvents;
  #slowTimer = false;

  /** Takes over the sockets that the object held before it slept. */
  constructor(sockets: readonly WebSocket[], nowMs: number, events: AudienceEvents) {
    this.#events = events;
    for (const socket of sockets) {
      const attachment: Attachment | null = socket.deserializeAttachment();
      if (attachment === null) continue;
      this.#take(socket, fromAttachment(attachment, nowMs), new Map(attachment.places));
    }
  }

  add(socket: WebSocket, connection: Connection): Client {
    const client = this.#take(socket, connection, new Map());
    this.#attach(client);
    return client;
  }

  get clients(): Iterable<Client> {
    return this.#clients.values();
  }

  get size(): number {
    return this.#clients.size;
  }

  find(socket: WebSocket): Client | undefined {
    return this.#clients.get(socket);
  }

  wants(topic: Topic): boolean {
    return this.#interests.wants(topic);
  }

  /** How many clients want the most wanted of these topics: those of a symbol have mostly the same ones. */
  listeners(topics: readonly Topic[]): number {
    return Math.max(0, ...topics.map((topic) => this.#interests.count(topic)));
  }

  wantedTopics(): Topic[] {
    return this.#interests.wanted();
  }

  /** Replaces what is known of a client, also for after hibernation. */
  update(client: Client, changes: Partial<Connection>): void {
    const before = client.connection;
    client.connection = { ...before, ...changes };
    if (!client.open) return;
    this.#attach(client);
    if (changes.topics !== undefined) this.#regroup(client, before.topics);
  }

  /** Sends messages that are texts already. False: the client has gone. */
  send(client: Client, messages: readonly string[], isData = false): boolean {
    return messages.length === 0 || this.#sendFrame(client, frame(messages), isData);
  }

  close(client: Client, code: CloseCode, error?: StreamError): void {
    if (error !== undefined) this.send(client, [encodeError(error)]);
    try {
      client.socket.close(code, CLOSE_REASONS[code]);
    } catch {
      // Closed already.
    }
    this.remove(client);
  }

  remove(client: Client): void {
    if (!client.open) return;
    client.open = false;
    this.#clients.delete(client.socket);
    const { topics } = client.connection;
    client.connection = { ...client.connection, topics: new Set() };
    this.#regroup(client, topics);
    this.#events.left(client);
  }

  /** How many different sets of topics the clients want. */
  get interests(): number {
    return this.#interests.size;
  }

  /** Sends each client what it wants of `deliveries`, in one text for all who want the same. */
  async broadcast(deliveries: readonly Delivery[]): Promise<Broadcast> {
    let frames = 0;
    let texts = 0;
    let inOneBreath = 0;
    for (const { group, wanted, members } of this.#servingsOf(deliveries)) {
      let shared: string | undefined;
      for (const client of members) {
        if (inOneBreath === SENDS_AT_ONCE) {
          await scheduler.wait(0);
          inOneBreath = 0;
        }
        if (!client.open) continue;
        if (group.members.has(client) && isInFlow(client, wanted)) {
          if (shared === undefined) {
            shared = frame(wanted.flatMap((delivery) => encodeDelivery(delivery, "flow")));
            texts += 1;
          }
          this.#sendFrame(client, shared, true);
        } else if (!this.#serveApart(client, wanted)) continue;
        frames += 1;
        inOneBreath += 1;
      }
    }
    return { frames, texts };
  }

  /** Heartbeats to everybody who got data since the last one, and what their silence calls for. */
  beat(nowMs: number): void {
    for (const client of [...this.#clients.values()]) {
      if (!client.gotData) continue;
      client.gotData = false;
      const { heartbeat, accountSeq } = client.connection;
      const next = { ...heartbeat, sent: heartbeat.sent + 1 };
      if (pace(heartbeat) === "lost") {
        this.close(client, 4007, { id: null, code: 407 });
        continue;
      }
      this.setPace(client);
      const head = accountSeq === null ? null : Math.max(accountSeq, client.accountHead);
      if (!this.send(client, [encodeHeartbeat(next.sent, nowMs, head)])) continue;
      this.update(client, { heartbeat: next });
    }
  }

  /** Slows a client down that falls behind with its acknowledgements, or lets it go on. */
  setPace(client: Client): void {
    const isSlow = pace(client.connection.heartbeat) !== "live";
    if (isSlow) client.backlog ??= new Conflation();
    else if (client.backlog !== null) {
      this.#serveSlow(client);
      client.backlog = null;
    }
  }

  /**
   * Keeps the places that are not `inFlow` for when the object has slept, since afterwards everybody is taken to be in the
   * flow. False: somebody has more of them than can be kept.
   */
  keepPlaces(inFlow: (topic: Topic, place: Cursor | null) => boolean): boolean {
    for (const client of this.#clients.values()) {
      const apart = new Map(
        [...client.positions].filter(([topic, place]) => !inFlow(topic, place)),
      );
      if (apart.size > PLACES_MAX) return false;
      if (apart.size === 0 && client.kept.size === 0) continue;
      client.kept = apart;
      this.#attach(client);
    }
    return true;
  }

  #attach({ socket, connection, kept }: Client): void {
    socket.serializeAttachment(toAttachment(connection, kept));
  }

  #take(socket: WebSocket, connection: Connection, kept: Places): Client {
    const client = createClient(socket, connection, kept);
    this.#clients.set(socket, client);
    this.#regroup(client, new Set());
    this.setPace(client);
    return client;
  }

  // Who gets what is settled before the first breath: a client that changes its topics during one must neither lose what
  // it would have got in its old group, nor get it once more in its new one.
  #servingsOf(deliveries: readonly Delivery[]) {
    const byTopic = new Map(deliveries.map((delivery) => [delivery.topic, delivery]));
    return [...this.#interests.groups]
      .map((group) => ({
        group,
        wanted: wantedOf(group.topics, byTopic),
        members: [...group.members],
      }))
      .filter(({ wanted }) => wanted.length > 0);
  }

  /** Serves a client that is slow, or somewhere else than the others. False: there was nothing to send. */
  #serveApart(client: Client, wanted: readonly Delivery[]): boolean {
    const { topics } = client.connection;
    const messages = takeDeliveries(
      client,
      wanted.filter(({ topic }) => topics.has(topic)),
    );
    if (client.backlog?.isEmpty === false) this.#serveSlowLater();
    return messages.length > 0 && this.send(client, messages, true);
  }

  #sendFrame(client: Client, text: string, isData: boolean): boolean {
    if (!client.open) return false;
    try {
      client.socket.send(text);
    } catch {
      this.remove(client);
      return false;
    }
    if (isData && !client.gotData) {
      client.gotData = true;
      this.#events.data();
    }
    return true;
  }

  #serveSlowLater(): void {
    if (this.#slowTimer) return;
    this.#slowTimer = true;
    setTimeout(() => {
      this.#slowTimer = false;
      for (const client of this.#clients.values()) this.#serveSlow(client);
    }, SLOW_FRAME_MS);
  }

  #serveSlow(client: Client): void {
    const messages = client.backlog?.drain().flatMap((each) => encodeDelivery(each, "flow")) ?? [];
    this.send(client, messages, true);
  }

  #regroup(client: Client, before: ReadonlySet<Topic>): void {
    const after = client.connection.topics;
    const unwanted = this.#interests.move(client, before, after);
    for (const topic of before) {
      if (!after.has(topic)) displace(client, topic);
    }
    if (unwanted.length > 0) this.#events.unwanted(unwanted);
  }
}

/** In the time of the smaller of the two. */
function wantedOf(
  topics: ReadonlySet<Topic>,
  deliveries: ReadonlyMap<Topic, Delivery>,
): Delivery[] {
  if (topics.size > deliveries.size)
    return [...deliveries.values()].filter(({ topic }) => topics.has(topic));
  const wanted: Delivery[] = [];
  for (const topic of topics) {
    const delivery = deliveries.get(topic);
    if (delivery !== undefined) wanted.push(delivery);
  }
  return wanted;
}
