/** A stream's other side, as a test plays it. */

import type { SocketLike } from "../connection.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Every socket that was dialed, the newest last. */
export function createFakeSockets() {
  const dialed: FakeSocket[] = [];
  class Dialed extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      dialed.push(this);
    }
  }
  const last = (): FakeSocket => {
    const socket = dialed.at(-1);
    if (socket === undefined) throw new Error("nothing was dialed");
    return socket;
  };
  return { webSocket: Dialed, dialed, last };
}

export class FakeSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly protocols: string[];
  readonly sent: Json[] = [];
  isHungUp = false;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.isHungUp = true;
  }

  /** Grants the upgrade and says welcome. */
  welcome(): void {
    this.onopen?.({} as never);
    this.say({ type: "welcome", protocol: 1, connection_id: "c", heartbeat_ms: 15_000 });
  }

  /** One frame. */
  say(...messages: Json[]): void {
    this.hear(JSON.stringify(messages));
  }

  hear(data: unknown): void {
    this.onmessage?.({ data } as never);
  }

  drop(code: number, reason = ""): void {
    this.onerror?.({} as never);
    this.onclose?.({ code, reason } as never);
  }

  /** The last request of this kind, confirmed as it is wanted; answers it. */
  confirm(action: string, given: Json = {}): Json {
    const request = this.sent.findLast((message) => message.action === action);
    if (request === undefined) throw new Error(`no ${action} in ${JSON.stringify(this.sent)}`);
    const { account_seq, ...subscriptions } = given;
    this.say({
      type: "subscribed",
      id: request.id,
      subscriptions: {
        quotes: [],
        trades: [],
        account: account_seq !== undefined,
        ...subscriptions,
      },
      ...(account_seq === undefined ? {} : { account_seq }),
    });
    return request;
  }
}

/** What an iteration brings, up to its end. */
export async function collect<T>(iteration: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iteration) items.push(item);
  return items;
}

export const quote = (seq: number, change: Json = {}): Json => ({
  type: "quote",
  channel: "quotes",
  symbol: "F",
  epoch: "k1",
  seq,
  data: { price: "10.00" },
  ...change,
});

export const entry = (seq: number): Json => ({
  type: "order",
  channel: "account",
  seq,
  event: "fill",
  data: { order: { id: `o${seq}` } },
});
