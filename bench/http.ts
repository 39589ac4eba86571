/** A client of HTTP that keeps its connections open, and takes less than what is measured by it. */

import { Agent, request } from "node:http";

export interface Message {
  readonly method: "GET" | "POST" | "DELETE";
  /** The access token; left out: nobody's. */
  readonly token?: string;
  /** JSON. */
  readonly body?: string;
}

export interface Answer {
  /** 0 where none came, or not all of it; the body says why. */
  readonly status: number;
  readonly body: string;
}

const ANSWER_TIMEOUT_MS = 30_000;

export function createHttp(connectionsMax: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });

  return {
    /** Resolves in any case, once all of the answer is here. */
    send(url: string, { method, token, body }: Message): Promise<Answer> {
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      };
      return new Promise((resolve) => {
        const fail = ({ message }: Error) => resolve({ status: 0, body: message });
        const outgoing = request(url, { agent, method, headers, timeout: ANSWER_TIMEOUT_MS });
        outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
        outgoing.once("error", fail);
        outgoing.once("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", fail);
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
        });
        outgoing.end(body);
      });
    },

    stop: () => agent.destroy(),
  };
}

/** What else than the wanted was answered, in a few words: its status and code. */
export const failureOf = ({ status, body }: Answer): string =>
  `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 80)}`;
