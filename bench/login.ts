/** Suite `login`: what people who sign in take from those who read quotes. */

import { createTemporaryDir } from "../test/harness/temporary-dir.ts";
import { openSessions, registerAll } from "./accounts.ts";
import { buildBundle } from "./bundle.ts";
import { startChild } from "./child.ts";
import type { LoginLoadCalls, LoginWindow } from "./login/load.ts";
import { p50, p99, showSpread, spreadOf } from "./measure.ts";
import { startBackend } from "./platform.ts";
import type { Suite, SuiteResult, Table, Target } from "./suite.ts";

const RATIO_MAX = 2;
const QUOTES_PER_SECOND = 100;
const LOGINS_PER_SECOND = 5;
const ACCOUNTS = 10;
const PASSWORD = "correct horse battery";
const WARM_UP_SECONDS = 2;
/** The objects that hash have a workerd of their own here, as they have isolates of their own in production. */
const HASHERS = "hashers";

interface Round {
  readonly alone: LoginWindow;
  readonly beside: LoginWindow;
}

export const login: Suite = {
  name: "login",
  secondsDefault: 60,
  startingSecondsMax: 300,
  async run({ seconds, rounds, progress }) {
    const bundle = await buildBundle();
    const backend = await startBackend();
    const load = startChild<LoginLoadCalls>(import.meta.resolve("./login/load.ts"));
    try {
      const limits = { RATE_LIMITS: "auth=20000,orders=200,reads=200000,audits=20" };
      const registry = createTemporaryDir();
      const shared = { registry: registry.path };
      const hashers = await backend.startWorker(bundle, limits, { ...shared, name: HASHERS });
      const worker = await backend.startWorker(bundle, limits, {
        ...shared,
        elsewhere: { PASSWORD_HASHER: { className: "PasswordHasher", scriptName: HASHERS } },
      });
      try {
        progress("login: opening accounts");
        const [token = ""] = await openSessions(backend, 1);
        const people = await registerAll(worker.url, ACCOUNTS, PASSWORD);
        const usernames = people.map(({ username }) => username);
        const run = (loginsPerSecond: number, forSeconds: number) =>
          load.call("run", {
            url: worker.url,
            token,
            quotesPerSecond: QUOTES_PER_SECOND,
            loginsPerSecond,
            usernames,
            password: PASSWORD,
            seconds: forSeconds,
          });
        await run(LOGINS_PER_SECOND, WARM_UP_SECONDS);
        const measured: Round[] = [];
        for (let n = 0; n < rounds; n += 1) {
          progress(`login: round ${n + 1} of ${rounds}`);
          const forSeconds = seconds / rounds / 2;
          measured.push({
            alone: await run(0, forSeconds),
            beside: await run(LOGINS_PER_SECOND, forSeconds),
          });
        }
        return summarize(measured);
      } finally {
        await worker.stop();
        await hashers.stop();
        registry.remove();
      }
    } finally {
      await load.stop();
      await backend.stop();
      bundle.remove();
    }
  },
};

function summarize(rounds: readonly Round[]): SuiteResult {
  const failures: Record<string, number> = {};
  for (const { alone, beside } of rounds)
    for (const [failure, count] of [alone, beside].flatMap((each) => Object.entries(each.failures)))
      failures[failure] = (failures[failure] ?? 0) + count;
  return {
    tables: [table(rounds)],
    targets: [ratioTarget(rounds), answeredTarget(rounds, failures)],
    data: { rounds, failures },
  };
}

const ratiosOf = (rounds: readonly Round[], of: (times: readonly number[]) => number) =>
  spreadOf(rounds.map(({ alone, beside }) => of(beside.quotes) / of(alone.quotes)));

function ratioTarget(rounds: readonly Round[]): Target {
  const ratio = ratiosOf(rounds, p50);
  return {
    name: `login: p50 of GET /market/quote beside ${LOGINS_PER_SECOND} logins a second, to without`,
    limit: `≤ ${RATIO_MAX}`,
    measured: showSpread(ratio, 2),
    met: ratio.median <= RATIO_MAX,
  };
}

function answeredTarget(
  rounds: readonly Round[],
  failures: Readonly<Record<string, number>>,
): Target {
  const answered = rounds.reduce(
    (sum, { alone, beside }) =>
      sum + alone.quotes.length + beside.quotes.length + beside.logins.length,
    0,
  );
  const failed = Object.entries(failures).map(([failure, count]) => `${count} × ${failure}`);
  return {
    name: "login: every quote and every login answered 200",
    limit: "all",
    measured: [`${answered} answered`, ...failed].join(", "),
    met: failed.length === 0,
  };
}

function table(rounds: readonly Round[]): Table {
  const row = (name: string, windows: readonly (readonly number[])[], ratio: string) => [
    name,
    showSpread(spreadOf(windows.map(p50)), 1),
    showSpread(spreadOf(windows.map(p99)), 1),
    ratio,
    String(windows.reduce((sum, times) => sum + times.length, 0)),
  ];
  return {
    title: `GET /market/quote, ${QUOTES_PER_SECOND} a second`,
    columns: ["", "p50 ms", "p99 ms", "ratio of p50", "requests"],
    rows: [
      row(
        "alone",
        rounds.map(({ alone }) => alone.quotes),
        "1",
      ),
      row(
        `beside ${LOGINS_PER_SECOND} logins a second`,
        rounds.map(({ beside }) => beside.quotes),
        showSpread(ratiosOf(rounds, p50), 2),
      ),
      row(
        "the logins",
        rounds.map(({ beside }) => beside.logins),
        "",
      ),
    ],
    notes: [
      `Median of ${rounds.length} rounds (lowest–highest), from when a request was due; ratios are of the same round.`,
      "The objects that hash run in a workerd of their own: within one, all objects share the Worker's thread.",
    ],
  };
}
