// Readers of quotes who come at a given rate, whether or not the one before has its answer, and people who sign in.

import { serveParent } from "../child.ts";
import { type Answer, createHttp } from "../http.ts";

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
const http = createHttp(256);

const calls = {
  async run(load: LoginLoad): Promise<LoginWindow> {
    const { url, token, usernames, password, seconds } = load;
    const failures: Record<string, number> = {};
    const quote = () => http.send(`${url}/api/v1/market/quote/F`, { method: "GET", token });
    const login = (n: number) => {
      const body = JSON.stringify({ username: usernames[n % usernames.length], password });
      return http.send(`${url}/api/v1/auth/login`, { method: "POST", body });
    };

    async function atRate(name: string, perSecond: number, ask: (n: number) => Promise<Answer>) {
      const times: number[] = [];
      const asked: Promise<void>[] = [];
      const startMs = performance.now();
      for (let n = 0; n < perSecond * seconds; n += 1) {
        const dueMs = startMs + (n * 1_000) / perSecond;
        await until(dueMs);
        asked.push(
          ask(n).then(({ status }) => {
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

serveParent(calls);
