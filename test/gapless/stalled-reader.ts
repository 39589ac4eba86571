/** A client that stops reading, so that its TCP window fills up. It speaks the protocol, and never acknowledges anything. */

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { Line } from "./line.ts";

export class StalledReader {
  readonly line = new Line({ everyTick: false });
  /** The account's entries, in the order of their coming. */
  readonly seqs: number[] = [];
  closed: number | null = null;
  readonly #socket: WebSocket;

  constructor(url: string, token: string, symbols: readonly string[]) {
    this.#socket = new WebSocket(url, ["speedtrade", `bearer.${token}`], {
      perMessageDeflate: false,
    });
    this.#socket.on("message", (data) => this.#take(String(data)));
    this.#socket.on("close", (code) => {
      this.closed = code;
    });
    this.#socket.on("error", () => {
      this.closed ??= 1006;
    });
    this.#socket.on("open", () => {
      this.#send({ action: "resume", id: "1", cursors: { account: "0" } });
      this.#send({ action: "subscribe", id: "2", channels: ["quotes"], symbols });
    });
  }

  stall(): void {
    this.#socket.pause();
  }

  goOn(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Whether the platform can't get rid of what it has for this client; undefined where the system does not tell. */
  get isFull(): boolean | undefined {
    const { localPort, remotePort } = (this.#socket as unknown as { _socket: Socket })._socket;
    const waiting = bytesWaiting(Number(remotePort), Number(localPort));
    return waiting === undefined ? undefined : waiting > 0;
  }

  #send(message: object): void {
    const text = JSON.stringify(message);
    this.line.sent(text);
    this.#socket.send(text);
  }

  #take(text: string): void {
    this.line.received(text);
    for (const { channel, seq } of JSON.parse(text) as { channel?: string; seq?: number }[])
      if (channel === "account") this.seqs.push(Number(seq));
  }
}

/** What the kernel holds of a connection's sender because its receiver takes no more. */
function bytesWaiting(senderPort: number, receiverPort: number): number | undefined {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return undefined;
  }
  for (const line of table.split("\n").slice(1)) {
    const [, local = "", remote = "", , queues = ""] = line.trim().split(/\s+/);
    if (local.endsWith(hex(senderPort)) && remote.endsWith(hex(receiverPort)))
      return Number.parseInt(queues.split(":")[0] ?? "", 16);
  }
  return undefined;
}
