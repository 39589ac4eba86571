/** A client's account stream over all its connections: what came, and whether something is missing. */

import { setTimeout as delay } from "node:timers/promises";

const REDIAL_MS = 250;

interface Message {
  readonly type?: string;
  readonly channel?: string;
  readonly seq?: number;
  readonly code?: number;
  readonly message?: string;
}

export class AccountStream {
  /** The last entry that came. */
  seq = 0;
  /** What should not have come. */
  readonly faults: string[] = [];
  connections = 0;
  readonly #address: string;
  readonly #token: string;
  #socket: WebSocket | null = null;
  #wanted = false;
  #redialing: Promise<void> | null = null;

  constructor(url: string, token: string) {
    this.#address = `${url.replace("http", "ws")}/ws/market`;
    this.#token = token;
  }

  /** Listens from the last entry on, and dials again whenever it is cut off. */
  open(): void {
    this.#wanted = true;
    if (this.#socket === null) this.#dial();
  }

  close(): void {
    this.#wanted = false;
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Drops the connection, if there is one, for a new one. */
  renew(): void {
    this.close();
    this.open();
  }

  #dial(): void {
    const socket = new WebSocket(this.#address, ["speedtrade", `bearer.${this.#token}`]);
    this.#socket = socket;
    const ended = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#redialing ??= delay(REDIAL_MS).then(() => {
        this.#redialing = null;
        if (this.#wanted && this.#socket === null) this.#dial();
      });
    };
    socket.onclose = ended;
    socket.onerror = ended;
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      for (const message of JSON.parse(String(data)) as Message[]) this.#take(socket, message);
    };
  }

  #take(socket: WebSocket, { type, channel, seq, code, message }: Message): void {
    if (type === "welcome") {
      this.connections += 1;
      const cursors = { account: String(this.seq) };
      socket.send(JSON.stringify({ action: "resume", id: "1", cursors }));
    }
    if (type === "error") this.faults.push(`error ${code}: ${message}`);
    if (channel !== "account" || seq === undefined) return;
    // At least once: repetitions are fine.
    if (seq > this.seq + 1) this.faults.push(`${seq} came after ${this.seq}`);
    this.seq = Math.max(this.seq, seq);
  }
}
