/** One round: bots trade by their plans while faults strike and the Worker dies; then everything settles and is judged. */

import { setTimeout as delay } from "node:timers/promises";
import type { BotAccount } from "./accounts.ts";
import type { BookReader } from "./books.ts";
import { type Bot, createBot } from "./bot.ts";
import { compareOrders, type Finding, findUnbooked } from "./compare.ts";
import type { createFaultInjector } from "./faults.ts";
import type { RoundPlan } from "./plan.ts";
import { createQuotes, readVenueOrders, type VenueOrderRecord } from "./venue-control.ts";
import type { World } from "./world.ts";

export interface RoundDeps {
  readonly world: World;
  readonly books: BookReader;
  readonly injector: ReturnType<typeof createFaultInjector>;
  readonly openAccount: () => Promise<BotAccount>;
  readonly seed: number;
  readonly tally: (what: string) => void;
  readonly nextTurn: () => number;
  /** Hears how far a round is. */
  readonly onPhase: (phase: string) => void;
  /** Every order's id so far, of all rounds. */
  readonly booked: Set<string>;
}

export interface RoundResult {
  readonly bots: readonly Bot[];
  readonly findings: readonly Finding[];
  readonly operations: number;
  readonly ranMs: number;
  readonly settledMs: number;
  /** Kills of the plan that nothing set off. */
  readonly killsLeft: number;
  readonly audited: ReadonlyMap<string, number>;
}

/** Faults are spread over this long, and go on no longer than the bots. */
const FAULTS_OVER_MS = 22_000;
const SETTLE_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const STREAMS_WITHIN_MS = 60_000;
const CRON_EVERY_MS = 20_000;

export async function runRound(plan: RoundPlan, deps: RoundDeps): Promise<RoundResult> {
  const { world, books, injector } = deps;
  const quotes = createQuotes(world.control);
  const botDeps = { ...deps, url: world.url, quotes };
  const bots: Bot[] = [];
  for (const history of plan.histories)
    bots.push(createBot(history, await deps.openAccount(), botDeps));

  const startedMs = Date.now();
  const ended = new AbortController();
  world.kills.arm(plan.kills);
  const faults = injector.strike(plan.faults, FAULTS_OVER_MS, ended.signal);
  const cron = tick(world, ended.signal);
  const crashed: Finding[] = [];
  await Promise.all(
    bots.map((bot) =>
      bot.run().catch((error: unknown) => {
        crashed.push(broken(bot, `its bot gave up: ${error}`));
      }),
    ),
  );
  const ranMs = Date.now() - startedMs;
  deps.onPhase("the bots are done");
  ended.abort();
  await faults;
  const killsLeft = world.kills.disarm();
  await injector.clear();
  await cron;
  await world.runtime.live();
  deps.onPhase("the faults are over");

  const userIds = bots.map(({ account }) => account.userId);
  const differences = await settle(userIds, deps);
  const settledMs = Date.now() - startedMs - ranMs;
  deps.onPhase("settled");
  const streams = await judgeStreams(bots, books);
  const failed = await books.failedChecks(userIds);
  return {
    bots,
    operations: bots.reduce((total, bot) => total + bot.operations, 0),
    findings: [
      ...crashed,
      ...differences,
      ...streams,
      ...failed.map(
        ({ user_id, name, expected, actual }): Finding => ({
          verdict: "broken",
          orderId: null,
          userId: user_id,
          what: `${name}: ${expected} expected, ${actual} found`,
        }),
      ),
      ...(await judgeKeys(bots, books)),
      ...bots.flatMap((bot) => bot.faults.map((what) => broken(bot, what))),
    ],
    ranMs,
    settledMs,
    killsLeft,
    audited: await books.audited(userIds),
  };
}

/** Waits until venue and platform agree; what they still differ in after a generous time. */
async function settle(userIds: readonly string[], deps: RoundDeps): Promise<Finding[]> {
  const { world, books, booked } = deps;
  const deadline = Date.now() + SETTLE_WITHIN_MS;
  for (;;) {
    const venue = await readVenueOrders(world.control);
    const platform = await books.read(userIds);
    for (const { id } of platform.orders) booked.add(id);
    const side = { orders: venue, submits: world.submits };
    const findings = [...compareOrders(platform, side), ...findUnbooked(venue, booked)];
    if (findings.length === 0) return findings;
    if (Date.now() > deadline) return tellStories(findings, books, venue);
    await delay(LOOK_EVERY_MS);
  }
}

function tellStories(
  findings: readonly Finding[],
  books: BookReader,
  venue: readonly VenueOrderRecord[],
): Promise<Finding[]> {
  return Promise.all(
    findings.map(async (one) => {
      if (one.orderId === null) return one;
      const there = venue.find(({ terms }) => terms.clientId === one.orderId);
      const theirs = there === undefined ? "unknown to the venue" : describe(there);
      return { ...one, story: `${await books.storyOf(one.orderId)}; ${theirs}` };
    }),
  );
}

function describe({
  venue,
  terms,
  status,
  replaces,
  replacedBy,
  ...rest
}: VenueOrderRecord): string {
  const times = [rest.createdMs, rest.updatedMs].map((ms) =>
    new Date(ms).toISOString().slice(14, 23),
  );
  const replacing = [replaces && `replaces ${replaces}`, replacedBy && `replaced by ${replacedBy}`];
  const { side, type, symbol } = terms;
  return [
    `${venue}: ${status} ${side} ${type} ${symbol}, filled ${rest.filled}, ${times.join(" to ")}`,
    ...replacing,
  ]
    .filter((part) => part)
    .join(", ");
}

/** Every account hears its whole journal, whatever it missed. */
async function judgeStreams(bots: readonly Bot[], books: BookReader): Promise<Finding[]> {
  for (const { stream } of bots) stream.renew();
  const deadline = Date.now() + STREAMS_WITHIN_MS;
  const behind = async () => {
    const heads = await books.heads(bots.map(({ account }) => account.userId));
    return bots.filter(({ account, stream }) => stream.seq < (heads.get(account.userId) ?? 0));
  };
  let late = await behind();
  while (late.length > 0 && Date.now() < deadline) {
    await delay(LOOK_EVERY_MS / 2);
    late = await behind();
  }
  for (const { stream } of bots) stream.close();
  return [
    ...late.map((bot) => broken(bot, `its stream ends at ${bot.stream.seq}`)),
    ...bots.flatMap((bot) => bot.stream.faults.map((what) => broken(bot, `its stream: ${what}`))),
  ];
}

/** Each key that was answered has exactly the one order that its answers named. */
async function judgeKeys(bots: readonly Bot[], books: BookReader): Promise<Finding[]> {
  const { orders } = await books.read(bots.map(({ account }) => account.userId));
  const byKey = new Map<string, string[]>();
  for (const { id, client_order_id: key } of orders)
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), id]);
  return bots.flatMap((bot) =>
    bot.spent.flatMap(({ key, orderIds }) => {
      const kept = byKey.get(key) ?? [];
      const missing = [...orderIds].filter((id) => !kept.includes(id));
      return [
        ...(kept.length > 1 || orderIds.size > 1
          ? [keyed("doubled", bot, key, `${kept.length} orders, ${orderIds.size} named`)]
          : []),
        ...missing.map((id) => keyed("lost", bot, key, `its answer named ${id}, which is gone`)),
      ];
    }),
  );
}

async function tick(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(CRON_EVERY_MS, undefined, { signal }).catch(() => undefined);
    // The Worker may be dead just then.
    await world.runtime.tickCron().catch(() => undefined);
  }
}

const broken = (bot: Bot, what: string): Finding => ({
  verdict: "broken",
  orderId: null,
  userId: bot.account.userId,
  what,
});

const keyed = (verdict: Finding["verdict"], bot: Bot, key: string, what: string): Finding => ({
  verdict,
  orderId: null,
  userId: bot.account.userId,
  what: `key ${key}: ${what}`,
});
