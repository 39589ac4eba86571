/** Sends what no well-behaved client would. */

import { Agent, type ClientRequest, request } from "node:http";
import type { Body } from "./draft.ts";

export interface Sending {
  readonly method: string;
  /** Path and query, as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly ms: number;
}

/** `cut`: we have hung up. `lost`: the other side has, or never answered. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "cut" }
  | { readonly kind: "lost"; readonly reason: string };

const WITHIN_MS = 30_000;

/** Whose connection is of no use to the next: the other side may read another end of it than we do. */
export const isOdd = (headers: Sending["headers"], body: Body | null): boolean =>
  (body !== null && body.cutAt !== null) ||
  ["content-length", "transfer-encoding", "upgrade", "expect"].some((name) => name in headers);

export function createSender(url: string) {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  function send(sending: Sending, isAgain = false): Promise<Outcome> {
    const { method, target, headers, body } = sending;
    const bytes = body === null ? null : Buffer.from(body.bytes, body.encoding);
    const startMs = performance.now();
    return new Promise((resolve) => {
      let asked: ClientRequest;
      try {
        asked = request({
          ...{ hostname, port, method, path: target },
          agent: isOdd(headers, body) ? false : agent,
          headers: {
            ...(bytes === null ? {} : { "content-length": String(bytes.length) }),
            ...(body === null || body.mediaType === null ? {} : { "content-type": body.mediaType }),
            ...headers,
          },
        });
      } catch (error) {
        resolve({ kind: "lost", reason: `can't be sent: ${error}` });
        return;
      }
      const timer = setTimeout(() => {
        resolve({ kind: "lost", reason: `no answer within ${WITHIN_MS} ms` });
        asked.destroy();
      }, WITHIN_MS);
      asked.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          clearTimeout(timer);
          resolve({
            kind: "answer",
            answer: {
              status: response.statusCode ?? 0,
              headers: Object.fromEntries(
                Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
              ),
              text: Buffer.concat(chunks).toString("utf8"),
              ms: performance.now() - startMs,
            },
          });
        });
      });
      asked.on("upgrade", (_, socket) => {
        clearTimeout(timer);
        socket.destroy();
        resolve({ kind: "lost", reason: "was taken for a stream" });
      });
      asked.on("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        // It rested, and was closed as we took it up again: nothing has been read of it.
        if (asked.reusedSocket && error.code === "ECONNRESET" && !isAgain) {
          resolve(send(sending, true));
        } else resolve({ kind: "lost", reason: error.message });
      });
      if (bytes !== null && body?.cutAt !== null && body?.cutAt !== undefined) {
        asked.write(bytes.subarray(0, body.cutAt), () => {
          setTimeout(() => {
            clearTimeout(timer);
            resolve({ kind: "cut" });
            asked.destroy();
          }, 5);
        });
      } else asked.end(bytes ?? undefined);
    });
  }

  return { send: (sending: Sending) => send(sending), stop: () => agent.destroy() };
}
