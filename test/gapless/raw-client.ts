/** A client that says whatever it likes. */

import { WebSocket } from "ws";
import { until } from "./until.ts";

export type Json = Readonly<Record<string, unknown>>;

export class RawClient {
  readonly messages: Json[] = [];
  /** The code it was closed with. */
  closed: number | null = null;
  /** The status of a refused upgrade, and the code of its problem. */
  refused: { readonly status: number; readonly code: unknown } | null = null;
  /** The subprotocol that the server chose. */
  protocol: string | null = null;
  readonly #socket: WebSocket;
  #isGreeted = false;

  /** Without a token it has yet to say who it is. */
  constructor(address: string, token?: string) {
    const protocols = token === undefined ? ["speedtrade"] : ["speedtrade", `bearer.${token}`];
    this.#socket = new WebSocket(address, protocols, { perMessageDeflate: false });
    this.#socket.on("open", () => {
      this.protocol = this.#socket.protocol;
      // To a client that has never sent anything, workerd ends the connection late: not before its object sleeps.
      this.#socket.send('{"action":"ping"}');
    });
    this.#socket.on("message", (data) => this.#take(JSON.parse(String(data))));
    this.#socket.on("close", (code) => {
      this.closed = code;
    });
    this.#socket.on("error", () => {});
    this.#socket.on("unexpected-response", (_, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        this.refused = { status: response.statusCode ?? 0, code: JSON.parse(text).code };
      });
    });
  }

  /** Null before its welcome. */
  get connectionId(): string | null {
    const welcome = this.messages.find(({ type }) => type === "welcome");
    return welcome === undefined ? null : String(welcome.connection_id);
  }

  async open(): Promise<this> {
    await until("it is welcome", () => this.connectionId !== null || this.closed !== null);
    return this;
  }

  /** Text and bytes as they are, anything else as JSON. */
  send(message: unknown): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  async got(type: string, count = 1): Promise<Json[]> {
    const own = () => this.messages.filter((message) => message.type === type);
    await until(`${count} of ${type}`, () => own().length >= count, 60_000);
    return own();
  }

  async closes(): Promise<number | null> {
    await until("it is closed", () => this.closed !== null, 60_000);
    return this.closed;
  }

  #take(messages: readonly Json[]): void {
    const isFirst = !this.#isGreeted && messages[0]?.type === "pong";
    if (isFirst) this.#isGreeted = true;
    else this.messages.push(...messages);
  }

  close(): void {
    this.#socket.terminate();
  }
}
