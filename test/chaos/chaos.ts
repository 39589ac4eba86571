/** A whole run: rounds of bots against one platform. */

import { createAccountOpener } from "./accounts.ts";
import { createBookReader } from "./books.ts";
import type { Finding } from "./compare.ts";
import { createFaultInjector } from "./faults.ts";
import { planRound } from "./plan.ts";
import { type RoundResult, runRound } from "./round.ts";
import type { World } from "./world.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly histories: number;
  /** At each point, in a round. */
  readonly killsPerPoint: number;
  /** No new round begins after this long. */
  readonly minutes: number;
  /** Hears of each round when it is over. */
  readonly onPhase?: (phase: string) => void;
  readonly onRound: (result: RoundResult, round: number) => void;
}

export interface ChaosResult {
  readonly histories: number;
  readonly operations: number;
  readonly faultHits: ReadonlyMap<string, number>;
  readonly killHits: ReadonlyMap<string, number>;
  readonly answers: ReadonlyMap<string, number>;
  readonly audited: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

/** So many users at once, or a few more. */
const AT_ONCE = 50;
/** Little, so that it is worth spending twice. */
const CASH = "2500";

export async function runChaos(world: World, options: ChaosOptions): Promise<ChaosResult> {
  const { seed, histories, killsPerPoint, minutes, onRound, onPhase = () => {} } = options;
  const books = createBookReader(world.databaseUrl);
  const injector = createFaultInjector(world.control);
  const answers = new Map<string, number>();
  const audited = new Map<string, number>();
  const findings: Finding[] = [];
  const deadline = Date.now() + minutes * 60_000;
  let turn = 0;
  let done = 0;
  let operations = 0;
  const deps = {
    world,
    books,
    injector,
    seed,
    onPhase,
    openAccount: createAccountOpener(world, CASH),
    tally: (what: string) => count(answers, what, 1),
    nextTurn: () => ++turn,
    booked: new Set<string>(),
  };
  try {
    await world.runtime.tickCron();
    const rounds = Math.max(1, Math.floor(histories / AT_ONCE));
    for (let round = 0; round < rounds && Date.now() < deadline; round++) {
      const size = Math.ceil((histories - done) / (rounds - round));
      const plan = planRound({ seed, round, from: done, histories: size, killsPerPoint });
      const result = await runRound(plan, deps);
      done += size;
      operations += result.operations;
      findings.push(...result.findings);
      for (const [action, times] of result.audited) count(audited, action, times);
      onRound(result, round);
    }
  } finally {
    await books.close();
  }
  findings.push(...judgeRun(answers, audited));
  const { hits: faultHits } = injector;
  const { hits: killHits } = world.kills;
  return { histories: done, operations, faultHits, killHits, answers, audited, findings };
}

/** What no order shows, and must not be all the same. */
function judgeRun(
  answers: ReadonlyMap<string, number>,
  audited: ReadonlyMap<string, number>,
): Finding[] {
  const facts: readonly (readonly [number, string])[] = [
    [answers.get("500 internal") ?? 0, "requests ended as faults of the platform"],
    [
      audited.get("illegal_transition") ?? 0,
      "reports asked for a step that the table does not have",
    ],
  ];
  return facts
    .filter(([times]) => times > 0)
    .map(([times, what]) => ({
      verdict: "broken",
      orderId: null,
      userId: null,
      what: `${times} ${what}`,
    }));
}

function count(counts: Map<string, number>, what: string, times: number): void {
  counts.set(what, (counts.get(what) ?? 0) + times);
}
