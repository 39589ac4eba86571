/** A plain WebSocket client that keeps what it was sent. */

import { WebSocket } from "ws";

export type Frame = Record<string, unknown>;

export interface TestSocket {
  /** Every message, parsed; a list counts as its members. */
  readonly frames: Frame[];
  readonly binary: boolean[];
  readonly closed: Promise<number>;
  send(message: unknown): void;
  close(): void;
}

export async function openSocket(httpUrl: string, path: string): Promise<TestSocket> {
  const socket = new WebSocket(httpUrl.replace(/^http/, "ws") + path, { perMessageDeflate: false });
  const frames: Frame[] = [];
  const binary: boolean[] = [];
  socket.on("message", (data, isBinary) => {
    const parsed: unknown = JSON.parse(data.toString());
    frames.push(...((Array.isArray(parsed) ? parsed : [parsed]) as Frame[]));
    binary.push(isBinary);
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  return {
    frames,
    binary,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.terminate(),
  };
}
