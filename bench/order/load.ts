// The clients of the whole-request measurement: so many at once, each sends its next order when it has its answer.

import { serveParent } from "../child.ts";
import { createHttp, failureOf } from "../http.ts";
import { RESTING_ORDER } from "./resting-order.ts";

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

const CREATED = 201;

let plan: LoadPlan | undefined;
let http = createHttp(1);
let turn = 0;

const calls = {
  async prepare(given: LoadPlan): Promise<void> {
    plan = given;
    http = createHttp(given.clients);
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
        const token = tokens[turn % tokens.length] ?? "";
        const sentMs = performance.now();
        const answer = await http.send(`${url}/api/v1/orders`, {
          method: "POST",
          token,
          body: RESTING_ORDER,
        });
        if (answer.status === CREATED) times.push(performance.now() - sentMs);
        else {
          const failure = failureOf(answer);
          failures[failure] = (failures[failure] ?? 0) + 1;
        }
      }
    }

    await Promise.all(Array.from({ length: clients }, client));
    return { seconds: (performance.now() - startMs) / 1000, times, failures };
  },
};

export type LoadCalls = typeof calls;

serveParent(calls);
