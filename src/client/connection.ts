/** One connection of a stream, from its dialing to its end. */

import { Alarm } from "./alarm.ts";
import { parseFrame, type ServerMessage } from "./messages.ts";
import { feel, type Patience } from "./pulse.ts";
import type { Closed } from "./reconnect.ts";

/** As much of a WebSocket as is used: a browser's, Node's, or `ws`. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export interface Ended extends Closed {
  /** The upgrade was granted. */
  readonly opened: boolean;
}

export interface ConnectionOptions {
  readonly webSocket: SocketConstructor;
  readonly url: string;
  readonly protocols: string[];
  readonly patience: Patience;
  /** Every message, in order. */
  readonly take: (message: ServerMessage) => void;
  /** Once, unless it was closed from here. */
  readonly ended: (end: Ended) => void;
}

const PING = '{"action":"ping"}';
const LOST = 1006;
const DEAD = "no sign of life";
const FOREIGN = "what came is not the stream protocol";

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: SocketLike;
  readonly #pulse = new Alarm();
  #heardAtMs = Date.now();
  #pingedAtMs: number | null = null;
  #opened = false;
  #welcomed = false;
  #isOver = false;
  #error: string | undefined;

  /** Throws where the address is none. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { webSocket: WebSocket, url, protocols } = options;
    const socket = new WebSocket(url, protocols);
    this.#socket = socket;
    socket.onopen = () => {
      this.#opened = true;
      this.#hear();
    };
    socket.onmessage = ({ data }: { data: unknown }) => this.#receive(data);
    socket.onclose = ({ code, reason }: { code: number; reason: string }) =>
      this.#end(code, reason);
    // A close follows, or has: an error says nothing that it does not.
    socket.onerror = () => {};
    this.#look();
  }

  send(text: string): void {
    try {
      if (!this.#isOver) this.#socket.send(text);
    } catch {
      this.fail("it can't be sent to");
    }
  }

  /** Ends it as lost, without waiting for the other side, which may be gone. */
  fail(reason: string): void {
    this.#end(LOST, reason);
    this.#hangUp();
  }

  /** Ends it because its user has enough: nothing comes any more. */
  close(): void {
    this.#isOver = true;
    this.#pulse.clear();
    this.#hangUp();
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    this.#hear();
    const messages = parseFrame(data);
    if (messages === undefined) this.fail(FOREIGN);
    for (const message of messages ?? []) {
      // The user may close it by what a message of the same frame brought.
      if (this.#isOver) return;
      if (message.type === "welcome") this.#welcomed = true;
      if (message.type === "error") this.#error = message.message;
      this.#options.take(message);
    }
  }

  #hear(): void {
    this.#heardAtMs = Date.now();
    this.#pingedAtMs = null;
  }

  #look(): void {
    const pulse = {
      heardAtMs: this.#heardAtMs,
      pingedAtMs: this.#pingedAtMs,
      welcomed: this.#welcomed,
    };
    const found = feel(pulse, this.#options.patience, Date.now());
    if (found === "dead") this.fail(DEAD);
    if (found === "ping") {
      this.#pingedAtMs = Date.now();
      this.send(PING);
    }
    if (this.#isOver) return;
    const waitMs = typeof found === "number" ? found : this.#options.patience.answerMs;
    this.#pulse.set(waitMs, () => this.#look());
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pulse.clear();
    const error = this.#error === undefined ? {} : { error: this.#error };
    this.#options.ended({ code, reason, opened: this.#opened, ...error });
  }

  #hangUp(): void {
    try {
      this.#socket.close(1000);
    } catch {
      // It never was one.
    }
  }
}
