/** Many sockets on one symbol's object, which is put to sleep under them and lost. */

import { newId } from "../../src/domain/id.ts";
import { createTokenIssuer } from "../chaos/accounts.ts";
import { lull } from "./lull.ts";
import { until } from "./until.ts";
import { pinAll } from "./venue-symbols.ts";
import { Watcher } from "./watcher.ts";
import type { World } from "./world.ts";

export interface CrowdReport {
  readonly sockets: number;
  readonly messages: number;
  readonly connections: number;
  readonly gaps: number;
  readonly findings: readonly string[];
}

export interface CrowdOptions {
  readonly symbol: string;
  readonly sockets: number;
  /** How often the object sleeps and is lost, in turn. */
  readonly rounds: number;
}

const SOCKETS_A_USER = 5;
/** Each socket gets so many messages more before the next thing happens. */
const MESSAGES_BETWEEN = 3;

export async function runCrowd(world: World, options: CrowdOptions): Promise<CrowdReport> {
  const { symbol, sockets, rounds } = options;
  const findings: string[] = [];
  const crowd: Watcher[] = [];
  const sum = (of: (watcher: Watcher) => number) =>
    crowd.reduce((total, watcher) => total + of(watcher), 0);

  async function goOn(): Promise<void> {
    const before = new Map(crowd.map((watcher) => [watcher, watcher.events]));
    await until("everybody gets quotes", () =>
      crowd.every((watcher) => watcher.events >= (before.get(watcher) ?? 0) + MESSAGES_BETWEEN),
    );
  }

  try {
    const issue = createTokenIssuer(world);
    let token = "";
    for (let n = 0; n < sockets; n += 1) {
      // Nothing here asks for the account, so that a token is as good as an account.
      if (n % SOCKETS_A_USER === 0) token = await issue(newId(), newId());
      const url = `${world.url.replace("http", "ws")}/ws/market/${symbol.replace("/", "-")}`;
      const quotes = [symbol];
      crowd.push(new Watcher({ name: `socket ${n}`, url, token, quotes, everyTick: true }));
    }
    await goOn();
    for (let round = 0; round < rounds; round += 1) {
      const before = sum(({ connections }) => connections);
      const slept: string[] = [];
      const sleeper = { kind: "room", name: symbol } as const;
      await lull(world, [symbol], [sleeper], ({ name }) => slept.push(name));
      if (slept.length === 0) findings.push("the object does not sleep");
      await goOn();
      if (sum(({ connections }) => connections) > before)
        findings.push("sockets were lost while the object slept");
      await world.worker.crash("room", symbol);
      await goOn();
    }
    const bids = await pinAll(world, [symbol]);
    for (const watcher of crowd) watcher.expect(0, bids);
    await until("everybody has the last quote", () =>
      crowd.every(({ missing }) => missing.length === 0),
    ).catch(() => undefined);
    return {
      sockets,
      messages: sum((watcher) => watcher.count("messages")),
      connections: sum(({ connections }) => connections),
      gaps: sum((watcher) => watcher.count("gaps")),
      findings: [...findings, ...crowd.flatMap(({ faults, missing }) => [...faults, ...missing])],
    };
  } finally {
    for (const watcher of crowd) watcher.close();
  }
}
