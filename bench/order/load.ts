// The clients of the whole-request measurement: so many at once, each sends its next order when it has its answer.

import { Agent, request } from "node:http";
import { serveParent } from "../child.ts";

export interface LoadPlan {
  readonly url: string;
  /** Access tokens that take turns, so that no account meets its rate limit. */
  readonly tokens: readonly string[];
  readonly clients: number;
}

export interface LoadWindow {
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds of each order that was placed. */
  readonly times: readonly number[];
  /** What else was answered, by status and code. */
  readonly failures: Readonly<Record<string, number>>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Far below the market: it rests there, and what is measured ends with the recorded answer. */
const ORDER = JSON.stringify({
  symbol: "F",
  side: "buy",
  type: "limit",
  quantity: "1",
  limit_price: "5.00",
  time_in_force: "gtc",
});
const CREATED = 201;
const ANSWER_TIMEOUT_MS = 30_000;

let plan: LoadPlan | undefined;
let agent = new Agent();
let turn = 0;

const calls = {
  async prepare(given: LoadPlan): Promise<void> {
    plan = given;
    agent = new Agent({ keepAlive: true, maxSockets: given.clients });
  },

  async run({ seconds }: { seconds: number }): Promise<LoadWindow> {
    if (plan === undefined) throw new Error("nothing is prepared");
    const { url, tokens, clients } = plan;
    const times: number[] = [];
    const failures: Record<string, number> = {};
    const startMs = performance.now();
    const endMs = startMs + seconds * 1000;

    async function client(): Promise<void> {
      while (performance.now() < endMs) {
        turn += 1;
        const sentMs = performance.now();
        const { status, body } = await send(url, tokens[turn % tokens.length] ?? "");
        if (status === CREATED) times.push(performance.now() - sentMs);
        else {
          const failure = `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 80)}`;
          failures[failure] = (failures[failure] ?? 0) + 1;
        }
      }
    }

    await Promise.all(Array.from({ length: clients }, client));
    return { seconds: (performance.now() - startMs) / 1000, times, failures };
  },
};

export type LoadCalls = typeof calls;

function send(url: string, token: string): Promise<Answer> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/api/v1/orders`, {
      agent,
      method: "POST",
      timeout: ANSWER_TIMEOUT_MS,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "content-length": ORDER.length,
      },
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", (error) => resolve({ status: 0, body: error.message }));
    outgoing.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", (error) => resolve({ status: 0, body: error.message }));
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.end(ORDER);
  });
}

serveParent(calls);
