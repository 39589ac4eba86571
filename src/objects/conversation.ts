import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import { prolongs, type Request, receive, symbolsOf } from "../streams/connection.ts";
import { type Delivery, encodeDelivery, type MarketMessage } from "../streams/delivery.ts";
import {
  type ErrorCode,
  encodeError,
  encodeMarketMessage,
  encodeSubscribed,
  PONG,
  type RequestId,
  SYMBOLS_MAX,
} from "../streams/protocol.ts";
import { type Cursor, symbolOf, type Topic } from "../streams/topic.ts";
import type { AccountLink } from "./account-link.ts";
import type { Audience } from "./audience.ts";
import { type Client, place } from "./client.ts";
import { settled } from "./settled.ts";
import { REFUSALS } from "./socket-directory.ts";
import type { StreamDeps } from "./stream-deps.ts";

/** Answers that a client may leave waiting; whoever has more is not waiting for them. */
const TURNS_MAX = 50;
/** A replay that ends behind the flow is repeated from where it ended. */
const REPLAYS_MAX = 3;

/** Where an object has its symbols from. */
export interface TopicSource {
  /** Whether sockets of this object may take the symbol at all. */
  serves(symbol: string): boolean;
  /** Keeps the topics (of one symbol) coming and makes their latest message known. May be repeated. */
  start(topics: readonly Topic[]): Promise<void>;
  latest(topic: Topic): (Cursor & MarketMessage) | undefined;
  /** What followed on `cursor`, to be read as going with the flow. */
  replay(topic: Topic, cursor: Cursor): Promise<Delivery>;
}

/** Answers what clients ask for, each client's messages one after the other. */
export class Conversation {
  readonly #deps: StreamDeps;
  readonly #audience: Audience;
  readonly #account: AccountLink;
  readonly #source: TopicSource;
  readonly #standing: readonly Topic[];

  /** `standing`: what every client has from the start. */
  constructor(
    deps: StreamDeps,
    audience: Audience,
    account: AccountLink,
    source: TopicSource,
    standing: readonly Topic[],
  ) {
    this.#deps = deps;
    this.#audience = audience;
    this.#account = account;
    this.#source = source;
    this.#standing = standing;
  }

  /** Takes a message of the client; resolves when it has been answered. */
  receive(client: Client, message: string | ArrayBuffer): Promise<void> {
    const nowMs = this.#deps.now().getTime();
    if (client.turnsWaiting >= TURNS_MAX) {
      this.#audience.close(client, 4029, { id: null, code: 429 });
      return Promise.resolve();
    }
    return this.#inTurn(client, (named) => {
      const { connection, request } = receive(client.connection, message, nowMs);
      const isAck = connection.heartbeat !== client.connection.heartbeat;
      client.connection = connection;
      if (isAck) {
        this.#audience.update(client, {});
        this.#audience.setPace(client);
      }
      if ("id" in request) named(request.id);
      return this.#answer(client, request);
    });
  }

  /** Gives a client that has just been admitted what it has without asking. */
  begin(client: Client): Promise<void> {
    return this.#inTurn(client, () => this.#greet(client, null));
  }

  /** `run` says which request it answers as soon as it knows, for the error that tells the client of a fault. */
  #inTurn(client: Client, run: (named: (id: RequestId) => void) => Promise<void>): Promise<void> {
    client.turnsWaiting += 1;
    let id: RequestId = null;
    client.turn = client.turn.then(async () => {
      try {
        if (client.open) {
          await run((known) => {
            id = known;
          });
        }
      } catch (error) {
        const connection_id = client.connection.id;
        this.#deps.log.error("stream.request_failed", { connection_id, error });
        this.#refuse(client, id, 500);
      } finally {
        client.turnsWaiting -= 1;
      }
    });
    return client.turn;
  }

  async #answer(client: Client, request: Request): Promise<void> {
    switch (request.kind) {
      case "none":
        return;
      case "pong":
        this.#audience.send(client, [PONG]);
        return;
      case "refuse":
        if (request.close === null) this.#audience.send(client, [encodeError(request.error)]);
        else this.#audience.close(client, request.close, request.error);
        return;
      case "close":
        return this.#audience.close(client, request.code);
      case "authenticate":
        return this.#authenticate(client, request.id, request.token);
      case "subscribe":
        return this.#subscribe(client, request);
      case "unsubscribe":
        return this.#unsubscribe(client, request);
      case "resume":
        return this.#resume(client, request);
    }
  }

  /** The first token opens the connection; a later one of the same user's prolongs it. */
  async #authenticate(client: Client, id: RequestId, token: string): Promise<void> {
    const { principal: before, accountSeq } = client.connection;
    let principal: Principal;
    try {
      principal = await this.#deps.verifyToken(token);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // A connection that has a principal keeps it: what was good is good until its own end.
      if (before !== null) return this.#refuse(client, id, 402);
      if (error.refusal.code !== "token_expired")
        return this.#audience.close(client, 4002, { id, code: 402 });
      return this.#audience.close(client, 4003, { id, code: 402, detail: "token expired" });
    }
    if (before !== null && !prolongs(principal, before)) return this.#refuse(client, id, 403);
    if (accountSeq !== null && !principal.scopes.includes("read"))
      return this.#refuse(client, id, 409, "account");
    const admission = await this.#account.admit(client.connection.id, principal);
    if (!client.open && admission === "admitted")
      return this.#account.leave(client.connection.id, principal);
    if (admission !== "admitted") {
      const { error, close } = REFUSALS[admission];
      return this.#audience.close(client, close, { ...error, id });
    }
    this.#audience.update(client, { principal });
    if (before === null) await this.#greet(client, id);
    else this.#confirm(client, id);
  }

  /** Says what the client is subscribed to by now. */
  async #greet(client: Client, id: RequestId): Promise<void> {
    this.#join(client, this.#standing);
    this.#confirm(client, id);
    await this.#showAll(client, this.#standing);
  }

  async #subscribe(
    client: Client,
    { id, topics, account, unknown }: Extract<Request, { kind: "subscribe" | "unsubscribe" }>,
  ): Promise<void> {
    const wanted = await this.#permitted(client, id, topics, unknown);
    if (wanted === undefined) return;
    this.#join(client, wanted);
    try {
      if (account) await this.#account.listen(client, client.connection.accountSeq);
    } finally {
      // Prices don't wait for a journal that can't be read.
      this.#confirm(client, id);
      await this.#showAll(client, wanted);
    }
  }

  async #unsubscribe(
    client: Client,
    { id, topics, account }: Extract<Request, { kind: "subscribe" | "unsubscribe" }>,
  ): Promise<void> {
    const left = new Set(client.connection.topics);
    for (const topic of topics) left.delete(topic);
    this.#audience.update(client, { topics: left });
    if (account) await this.#account.silence(client);
    this.#confirm(client, id);
  }

  async #resume(
    client: Client,
    { id, cursors, accountSeq }: Extract<Request, { kind: "resume" }>,
  ): Promise<void> {
    const wanted = await this.#permitted(client, id, [...cursors.keys()], []);
    if (wanted === undefined) return;
    for (const topic of wanted) client.held.add(topic);
    this.#join(client, wanted);
    this.#confirm(client, id, accountSeq ?? client.connection.accountSeq);
    await settled([
      this.#resumeAccount(client, id, accountSeq),
      ...wanted.map(async (topic) => {
        const cursor = cursors.get(topic);
        if (cursor !== undefined) await this.#replay(client, topic, cursor);
      }),
    ]);
  }

  async #resumeAccount(client: Client, id: RequestId, afterSeq: number | null): Promise<void> {
    if (afterSeq === null || (await this.#account.listen(client, afterSeq))) return;
    this.#refuse(client, id, 410, "account");
    this.#confirm(client, id);
  }

  /** The topics the client may have, having told it of the others; undefined where it would have too many. */
  async #permitted(
    client: Client,
    id: RequestId,
    topics: readonly Topic[],
    misspelled: readonly string[],
  ): Promise<Topic[] | undefined> {
    const symbols = symbolsOf(topics);
    const foreign = [...symbols].filter((symbol) => !this.#source.serves(symbol));
    if (foreign.length > 0) this.#refuse(client, id, 409, foreign.join(", "));
    const own = topics.filter((topic) => this.#source.serves(symbolOf(topic)));
    const known = own.length > 0 ? await this.#deps.instrumentExists([...symbolsOf(own)]) : null;
    const unknown = [...misspelled, ...[...symbolsOf(own)].filter((each) => !known?.has(each))];
    if (unknown.length > 0) this.#refuse(client, id, 411, unknown.join(", "));
    const permitted = own.filter((topic) => known?.has(symbolOf(topic)));
    if (symbolsOf([...client.connection.topics, ...permitted]).size <= SYMBOLS_MAX)
      return permitted;
    this.#refuse(client, id, 405, `${SYMBOLS_MAX} a connection`);
    return undefined;
  }

  #join(client: Client, topics: readonly Topic[]): void {
    if (!client.open || topics.length === 0) return;
    const after = new Set([...client.connection.topics, ...topics]);
    this.#audience.update(client, { topics: after });
    for (const topic of topics) place(client, topic, null);
  }

  #confirm(client: Client, id: RequestId, accountSeq = client.connection.accountSeq): void {
    this.#audience.send(client, [encodeSubscribed(id, client.connection.topics, accountSeq)]);
  }

  /** A snapshot of each topic: what is known goes at once in one frame, the rest as it comes. */
  async #showAll(client: Client, topics: readonly Topic[]): Promise<void> {
    this.show(client, topics);
    const bySymbol = Map.groupBy(topics, symbolOf);
    const starts = [...bySymbol.values()].map(async (own) => {
      await this.#source.start(own);
      this.show(client, own);
    });
    await settled(starts);
  }

  /** Snapshots of what the client waits for and is known. */
  show(client: Client, topics: readonly Topic[]): void {
    const messages: string[] = [];
    for (const topic of topics) {
      // The flow may have brought the snapshot meanwhile.
      if (client.positions.get(topic) !== null || client.held.has(topic)) continue;
      const latest = this.#source.latest(topic);
      if (latest === undefined) continue;
      messages.push(encodeMarketMessage("snapshot", topic, latest, latest.data));
      place(client, topic, { epoch: latest.epoch, seq: latest.seq });
    }
    this.#audience.send(client, messages, true);
  }

  /** Sends what the client has missed of a topic that is held for it, and lets it join the flow. */
  async #replay(client: Client, topic: Topic, cursor: Cursor): Promise<void> {
    let position = cursor;
    try {
      await this.#source.start([topic]);
      for (let round = 0; round < REPLAYS_MAX; round += 1) {
        const delivery = await this.#source.replay(topic, position);
        if (!client.held.has(topic)) return;
        this.#audience.send(client, encodeDelivery(delivery, "flow"), true);
        position = { epoch: delivery.epoch, seq: delivery.messages.at(-1)?.seq ?? delivery.from };
        const latest = this.#source.latest(topic);
        if (latest?.epoch === position.epoch && latest.seq <= position.seq) break;
      }
    } finally {
      // Also after a failure: the flow goes on from there, or says that there is a gap.
      if (client.held.delete(topic)) place(client, topic, position);
    }
  }

  #refuse(client: Client, id: RequestId, code: ErrorCode, detail?: string): void {
    const error = { id, code, ...(detail === undefined ? {} : { detail }) };
    this.#audience.send(client, [encodeError(error)]);
  }
}
