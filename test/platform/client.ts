/** A client of the platform as anybody could write one: fetch and WebSocket. */

import { randomBytes } from "node:crypto";
import { vi } from "vitest";

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Client {
  readonly token: string;
  request(
    method: string,
    path: string,
    body?: Json,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  get(path: string): Promise<Json>;
  /** The order, as it is once it has one of these statuses. */
  settled(orderId: string, ...statuses: string[]): Promise<Json>;
}

export async function registerClient(url: string): Promise<Client> {
  const username = `user_${randomBytes(6).toString("hex")}`;
  const registered = await send(url, "POST", "/api/v1/auth/register", {
    email: `${username}@example.com`,
    username,
    password: "correct horse battery",
  });
  if (registered.status !== 201) throw new Error(JSON.stringify(registered.body));
  return clientOf(url, String(registered.body.access_token));
}

/** Of somebody who has signed in. */
export function clientOf(url: string, token: string): Client {
  const auth = { Authorization: `Bearer ${token}` };
  const request: Client["request"] = (method, path, body, headers) =>
    send(url, method, `/api/v1${path}`, body, { ...auth, ...headers });
  const get = async (path: string) => {
    const answer = await request("GET", path);
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    token,
    request,
    get,
    settled: (orderId, ...statuses) =>
      vi.waitFor(
        async () => {
          const order = await get(`/orders/${orderId}`);
          if (!statuses.includes(String(order.status))) throw new Error(`it is ${order.status}`);
          return order;
        },
        { timeout: 30_000, interval: 50 },
      ),
  };
}

async function send(
  url: string,
  method: string,
  path: string,
  body?: Json,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Json),
  };
}

export interface StreamMessage extends Json {
  readonly type: string;
  readonly channel?: string;
  readonly symbol?: string;
  readonly epoch?: string;
  readonly seq?: number;
  readonly skipped?: number;
}

/** Keeps every message; a frame that is no array of messages fails the test that reads it. */
export class StreamClient {
  readonly messages: StreamMessage[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  constructor(url: string, path: string, token: string) {
    const address = `${url.replace("http", "ws")}${path}`;
    this.#socket = new WebSocket(address, ["speedtrade", `bearer.${token}`]);
    this.#socket.onmessage = ({ data }) => this.messages.push(...JSON.parse(String(data)));
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
    };
    // Node's client tells a refused upgrade as an error only.
    this.#socket.onerror = () => {
      this.closed ??= 1006;
    };
  }

  async ready(): Promise<void> {
    await vi.waitFor(
      () => {
        if (!this.messages.some(({ type }) => type === "welcome"))
          throw new Error("no welcome yet");
      },
      { timeout: 15_000 },
    );
  }

  send(message: Json): void {
    this.#socket.send(JSON.stringify(message));
  }

  of(symbol: string, ...types: string[]): StreamMessage[] {
    return this.messages.filter((m) => m.symbol === symbol && types.includes(m.type));
  }

  close(): void {
    this.#socket.close(1000);
  }
}

/** Where a symbol's quotes do not follow one another: `seq = previous + 1 + skipped` within an epoch. */
export function findHoles(messages: readonly StreamMessage[]): string[] {
  return messages.slice(1).flatMap((message, i) => {
    const before = messages[i];
    const follows =
      message.type === "snapshot" ||
      (message.epoch === before?.epoch &&
        message.seq === (before?.seq ?? 0) + 1 + (message.skipped ?? 0));
    return follows ? [] : [`${before?.epoch}:${before?.seq} -> ${message.epoch}:${message.seq}`];
  });
}
