/** One client's connection: who it is, what it wants, and what each of its messages asks for. */

import { parseSymbol } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import { type ClientMessage, parseClientMessage } from "./client-message.ts";
import { acknowledge, type Heartbeat, NO_HEARTBEAT } from "./heartbeat.ts";
import {
  AUTH_TIMEOUT_MS,
  CLIENT_MESSAGE_BYTES_MAX,
  type CloseCode,
  MESSAGES_PER_SECOND_MAX,
  type RequestId,
  type StreamError,
} from "./protocol.ts";
import {
  type Cursor,
  MARKET_CHANNELS,
  parseCursor,
  symbolOf,
  type Topic,
  topicOf,
} from "./topic.ts";

export interface Connection {
  readonly id: string;
  readonly openedAtMs: number;
  readonly principal: Principal | null;
  readonly topics: ReadonlySet<Topic>;
  /** The last journal entry it was sent; null while it does not take the account channel. */
  readonly accountSeq: number | null;
  readonly heartbeat: Heartbeat;
  readonly allowance: Allowance;
}

/** Messages the client may still send: refilled with time, below zero while it sends too many. */
export interface Allowance {
  readonly messages: number;
  readonly atMs: number;
}

/** A client that is this far below its allowance is not slowing down. */
const OVERDRAWN = -2 * MESSAGES_PER_SECOND_MAX;

export type Request =
  | { readonly kind: "none" }
  | { readonly kind: "pong" }
  | { readonly kind: "authenticate"; readonly id: RequestId; readonly token: string }
  | {
      readonly kind: "subscribe" | "unsubscribe";
      readonly id: RequestId;
      readonly topics: readonly Topic[];
      readonly account: boolean;
      /** Spellings that can't be symbols. */
      readonly unknown: readonly string[];
    }
  | {
      readonly kind: "resume";
      readonly id: RequestId;
      readonly cursors: ReadonlyMap<Topic, Cursor>;
      readonly accountSeq: number | null;
    }
  | { readonly kind: "refuse"; readonly error: StreamError; readonly close: CloseCode | null }
  | { readonly kind: "close"; readonly code: CloseCode };

export function openConnection(id: string, principal: Principal | null, nowMs: number): Connection {
  return {
    id,
    openedAtMs: nowMs,
    principal,
    topics: new Set(),
    accountSeq: null,
    heartbeat: NO_HEARTBEAT,
    allowance: { messages: MESSAGES_PER_SECOND_MAX, atMs: nowMs },
  };
}

/** Reads one message of the client, text or its bytes. Nothing but bookkeeping changes in the connection; the request says what to do. */
export function receive(
  connection: Connection,
  message: string | ArrayBuffer,
  nowMs: number,
): { readonly connection: Connection; readonly request: Request } {
  if (isTooBig(message)) return { connection, request: { kind: "close", code: 1009 } };
  const allowance = spend(connection.allowance, nowMs);
  const counted = { ...connection, allowance };
  if (allowance.messages < 0) {
    const close = allowance.messages < OVERDRAWN ? 4029 : null;
    return { connection: counted, request: refuse(null, 429, undefined, close) };
  }
  const parsed = parseClientMessage(message);
  if (!parsed.ok) return { connection: counted, request: refuse(parsed.id, 400, parsed.fault) };
  if (parsed.message.action !== "ack")
    return { connection: counted, request: toRequest(counted, parsed.message) };
  const heartbeat = acknowledge(counted.heartbeat, parsed.message.counter);
  return { connection: { ...counted, heartbeat }, request: { kind: "none" } };
}

/** When the connection ends by itself, epoch ms, and how; null for a key without an end. */
export function endOf(
  connection: Connection,
): { readonly atMs: number; readonly error: StreamError; readonly close: CloseCode } | null {
  const { principal, openedAtMs } = connection;
  if (principal === null)
    return { atMs: openedAtMs + AUTH_TIMEOUT_MS, error: { id: null, code: 404 }, close: 4002 };
  if (principal.expiresAt === null) return null;
  return {
    atMs: principal.expiresAt.getTime(),
    error: { id: null, code: 401, detail: "token expired" },
    close: 4003,
  };
}

/** Whether a connection that `before` opened lives longer with `after`: with a later end, and the same user's. */
export function prolongs(after: Principal, before: Principal): boolean {
  if (after.userId !== before.userId || before.expiresAt === null) return false;
  return after.expiresAt === null || after.expiresAt > before.expiresAt;
}

export const symbolsOf = (topics: Iterable<Topic>): Set<string> =>
  new Set(Array.from(topics, symbolOf));

function toRequest(
  connection: Connection,
  message: Exclude<ClientMessage, { action: "ack" }>,
): Request {
  const id = message.id ?? null;
  if (message.action === "ping") return { kind: "pong" };
  if (message.action === "auth") return { kind: "authenticate", id, token: message.token };
  if (connection.principal === null) return refuse(id, 401);
  switch (message.action) {
    case "subscribe":
    case "unsubscribe":
      return toSubscription(connection.principal, message);
    case "resume":
      return toResume(connection.principal, message);
  }
}

function toSubscription(
  principal: Principal,
  message: Extract<ClientMessage, { action: "subscribe" | "unsubscribe" }>,
): Request {
  const id = message.id ?? null;
  const account = message.channels.includes("account");
  const channels = MARKET_CHANNELS.filter((channel) => message.channels.includes(channel));
  if (channels.length > 0 && message.symbols.length === 0) return refuse(id, 400, "symbols");
  if (account && !principal.scopes.includes("read")) return refuse(id, 409, "account");
  const topics = new Set<Topic>();
  const unknown = new Set<string>();
  for (const spelling of message.symbols) {
    const symbol = parseSymbol(spelling);
    if (symbol === undefined) unknown.add(spelling);
    else for (const channel of channels) topics.add(topicOf(channel, symbol));
  }
  return { kind: message.action, id, topics: [...topics], account, unknown: [...unknown] };
}

function toResume(
  principal: Principal,
  message: Extract<ClientMessage, { action: "resume" }>,
): Request {
  const id = message.id ?? null;
  const cursors = new Map<Topic, Cursor>();
  let accountSeq: number | null = null;
  for (const [name, text] of Object.entries(message.cursors)) {
    if (name === "account") {
      if (!/^\d{1,15}$/.test(text)) return refuse(id, 400, `cursors.${name}`);
      if (!principal.scopes.includes("read")) return refuse(id, 409, name);
      accountSeq = Number(text);
      continue;
    }
    const topic = parseTopic(name);
    const cursor = parseCursor(text);
    if (topic === undefined || cursor === undefined) return refuse(id, 400, `cursors.${name}`);
    cursors.set(topic, cursor);
  }
  return { kind: "resume", id, cursors, accountSeq };
}

function parseTopic(name: string): Topic | undefined {
  const [channel, spelling = ""] = name.split("|", 2);
  const symbol = parseSymbol(spelling);
  const known = MARKET_CHANNELS.find((each) => each === channel);
  return known !== undefined && symbol !== undefined ? topicOf(known, symbol) : undefined;
}

function refuse(
  id: RequestId,
  code: StreamError["code"],
  detail?: string,
  close: CloseCode | null = null,
): Request {
  return {
    kind: "refuse",
    error: { id, code, ...(detail === undefined ? {} : { detail }) },
    close,
  };
}

function spend({ messages, atMs }: Allowance, nowMs: number): Allowance {
  const refilled = messages + (Math.max(0, nowMs - atMs) / 1_000) * MESSAGES_PER_SECOND_MAX;
  return { messages: Math.min(MESSAGES_PER_SECOND_MAX, refilled) - 1, atMs: nowMs };
}

function isTooBig(message: string | ArrayBuffer): boolean {
  if (typeof message !== "string") return message.byteLength > CLIENT_MESSAGE_BYTES_MAX;
  if (message.length > CLIENT_MESSAGE_BYTES_MAX) return true;
  return new TextEncoder().encode(message).length > CLIENT_MESSAGE_BYTES_MAX;
}
