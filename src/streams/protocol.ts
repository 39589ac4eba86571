/**
 * The server's half of the stream protocol. Messages are JSON texts, so that one that goes to many clients is
 * serialised once; a frame is always an array of them.
 */

import {
  type Cursor,
  channelOf,
  formatCursor,
  MARKET_CHANNELS,
  symbolOf,
  type Topic,
} from "./topic.ts";

const PROTOCOL_VERSION = 1;
/** What a client echoes the server's choice of subprotocol by. */
export const SUBPROTOCOL = "speedtrade";
export const HEARTBEAT_MS = 15_000;
export const AUTH_TIMEOUT_MS = 10_000;
export const SYMBOLS_MAX = 200;
export const MESSAGES_PER_SECOND_MAX = 10;
export const CLIENT_MESSAGE_BYTES_MAX = 4_096;

/** The runtime answers exactly this request with exactly this frame, without waking the object. */
export const PING_REQUEST = '{"action":"ping"}';
export const PONG = '{"type":"pong"}';
export const PONG_FRAME = `[${PONG}]`;

export const ERROR_MESSAGES = {
  400: "invalid syntax",
  401: "not authenticated",
  402: "authentication failed",
  403: "already authenticated",
  404: "authentication timeout",
  405: "symbol limit exceeded",
  406: "connection limit exceeded",
  407: "slow client",
  409: "not permitted",
  410: "cannot resume from there",
  411: "unknown symbol",
  429: "too many messages",
  500: "internal error",
} as const;
export type ErrorCode = keyof typeof ERROR_MESSAGES;

export const CLOSE_REASONS = {
  1000: "",
  1001: "going away",
  1009: "message too big",
  1012: "restarting",
  4001: "revoked",
  4002: "authentication",
  4003: "token expired",
  4006: "connection limit exceeded",
  4007: "slow client",
  4029: "too many messages",
} as const;
export type CloseCode = keyof typeof CLOSE_REASONS;

/** What a client chose to tell a request's answer by. */
export type RequestId = string | number | null;

export interface StreamError {
  readonly id: RequestId;
  readonly code: ErrorCode;
  readonly detail?: string;
}

/** One entry of an account's journal, ready to be sent. */
export interface JournalEvent {
  readonly seq: number;
  readonly kind: "order" | "cash" | "account";
  readonly event: string;
  readonly data: unknown;
}

export const frame = (messages: readonly string[]): string => `[${messages.join(",")}]`;

export function encodeWelcome(connectionId: string, nowMs: number): string {
  return JSON.stringify({
    type: "welcome",
    protocol: PROTOCOL_VERSION,
    connection_id: connectionId,
    server_time: new Date(nowMs).toISOString(),
    heartbeat_ms: HEARTBEAT_MS,
    limits: { symbols: SYMBOLS_MAX, messages_per_second: MESSAGES_PER_SECOND_MAX },
  });
}

/**
 * Lists everything the connection is subscribed to, not only what was asked for last. `accountSeq` is where the account
 * channel stands: everything after it follows. Null: it is not subscribed to.
 */
export function encodeSubscribed(
  id: RequestId,
  topics: Iterable<Topic>,
  accountSeq: number | null,
): string {
  const symbols: Record<string, string[]> = {};
  for (const channel of MARKET_CHANNELS) symbols[channel] = [];
  for (const topic of topics) symbols[channelOf(topic)]?.push(symbolOf(topic));
  return JSON.stringify({
    type: "subscribed",
    ...idMember(id),
    subscriptions: { ...symbols, account: accountSeq !== null },
    ...(accountSeq === null ? {} : { account_seq: accountSeq }),
  });
}

export function encodeError({ id, code, detail }: StreamError): string {
  const message =
    detail === undefined ? ERROR_MESSAGES[code] : `${ERROR_MESSAGES[code]}: ${detail}`;
  return JSON.stringify({ type: "error", ...idMember(id), code, message });
}

export function encodeHeartbeat(counter: number, nowMs: number, accountSeq: number | null): string {
  return JSON.stringify({
    type: "heartbeat",
    counter,
    server_time: new Date(nowMs).toISOString(),
    ...(accountSeq === null ? {} : { account_seq: accountSeq }),
  });
}

export function encodeJournalEvent({ seq, kind, event, data }: JournalEvent): string {
  return JSON.stringify({ type: kind, channel: "account", seq, event, data });
}

/** `data` is JSON text. Symbols and epochs hold nothing that JSON would escape. */
export function encodeMarketMessage(
  type: "snapshot" | "quote" | "trade",
  topic: Topic,
  { epoch, seq }: Cursor,
  data: string,
  skipped = 0,
): string {
  const conflated = skipped > 0 ? `,"skipped":${skipped}` : "";
  return `{"type":"${type}",${topicMembers(topic)},"epoch":"${epoch}","seq":${seq}${conflated},"data":${data}}`;
}

export function encodeGap(topic: Topic, from: Cursor, to: Cursor): string {
  return `{"type":"gap",${topicMembers(topic)},"from":"${formatCursor(from)}","to":"${formatCursor(to)}"}`;
}

const topicMembers = (topic: Topic): string =>
  `"channel":"${channelOf(topic)}","symbol":"${symbolOf(topic)}"`;

const idMember = (id: RequestId) => (id === null ? {} : { id });
