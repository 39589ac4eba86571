// Readers of quotes who come at a given rate, whether or not the one before has its answer, and people who sign in.

import { Agent, request } from "node:http";
import { serveParent } from "../child.ts";

export interface LoginLoad {
  readonly url: string;
  readonly token: string;
  readonly quotesPerSecond: number;
  readonly loginsPerSecond: number;
  /** They sign in by turns. */
  readonly usernames: readonly string[];
  readonly password: string;
  readonly seconds: number;
}

export interface LoginWindow {
  /** Milliseconds from when each was due to its answer. */
  readonly quotes: readonly number[];
  readonly logins: readonly number[];
  /** What else was answered, by status. */
  readonly failures: Readonly<Record<string, number>>;
}

const OK = 200;
const ANSWER_TIMEOUT_MS = 30_000;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const calls = {
  async run(load: LoginLoad): Promise<LoginWindow> {
    const { url, token, usernames, password, seconds } = load;
    const failures: Record<string, number> = {};
    const quote = () =>
      send(`${url}/api/v1/market/quote/F`, "GET", { authorization: `Bearer ${token}` });
    const login = (n: number) => {
      const username = usernames[n % usernames.length];
      const body = JSON.stringify({ username, password });
      const headers = { "content-type": "application/json", "content-length": String(body.length) };
      return send(`${url}/api/v1/auth/login`, "POST", headers, body);
    };

    async function atRate(name: string, perSecond: number, ask: (n: number) => Promise<number>) {
      const times: number[] = [];
      const asked: Promise<void>[] = [];
      const startMs = performance.now();
      for (let n = 0; n < perSecond * seconds; n += 1) {
        const dueMs = startMs + (n * 1_000) / perSecond;
        await until(dueMs);
        asked.push(
          ask(n).then((status) => {
            if (status === OK) times.push(performance.now() - dueMs);
            else failures[`${name}: ${status}`] = (failures[`${name}: ${status}`] ?? 0) + 1;
          }),
        );
      }
      await Promise.all(asked);
      return times;
    }

    const [quotes, logins] = await Promise.all([
      atRate("quote", load.quotesPerSecond, quote),
      atRate("login", load.loginsPerSecond, login),
    ]);
    return { quotes, logins, failures };
  },
};

export type LoginLoadCalls = typeof calls;

const until = (dueMs: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));

/** The status of the answer, once all of it is here; 0 where there is none. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, method, headers, timeout: ANSWER_TIMEOUT_MS });
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", () => resolve(0));
    outgoing.once("response", (response) => {
      response.resume();
      response.once("error", () => resolve(0));
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.end(body);
  });
}

serveParent(calls);
