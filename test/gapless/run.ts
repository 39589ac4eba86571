/** Clients that watch while everything below them fails, and must be able to account for every message. */

import { setTimeout as delay } from "node:timers/promises";
import { fetchWithin } from "../chaos/fetch-within.ts";
import { createDisturb, NOTHING } from "./disturb.ts";
import { type Journals, openJournals } from "./journals.ts";
import { lull } from "./lull.ts";
import { type Batch, type PlanOptions, pickOf, planSteps, type Step } from "./plan.ts";
import { type Report, readReport } from "./report.ts";
import { leaveSeats, type Seat, takeSeats } from "./seats.ts";
import { until } from "./until.ts";
import { pinAll, SYMBOLS } from "./venue-symbols.ts";
import { LOSSES } from "./worker-control.ts";
import type { World } from "./world.ts";

export interface RunOptions extends PlanOptions {
  readonly clients: number;
  readonly onProgress?: (line: string) => void;
}

const ARMED_MAX = 4;
/** Of the accounts, so many are put to sleep in a lull. */
const SLEEPING_ACCOUNTS_MAX = 8;
const CRON_EVERY_MS = 15_000;
const PROGRESS_EVERY = 50;

export async function runGapless(world: World, options: RunOptions): Promise<Report> {
  const { clients, disturbances, onProgress = () => {} } = options;
  const journals = openJournals(world.databaseUrl);
  const strikes = createStrikes(world);
  // Before that there are no instruments.
  await world.runtime.tickCron();
  const cron = keepTicking(world);
  let seats: Seat[] = [];
  try {
    seats = await takeSeats(world, clients, strikes.resuming);
    await until("every socket is open", () => seats.every(({ watcher }) => watcher.isOpen));
    onProgress(`${seats.length} sockets of ${clients} users are open`);
    for (const [n, step] of planSteps(options).entries()) {
      const writing = step.batches.map((batch) => write(world, journals, seats, batch));
      if (step.disturbance === "lull") await strikes.rest(seats);
      else await strikes.strike(step, pickOf(seats, step.pick));
      await Promise.all(writing);
      await delay(step.pauseMs);
      if ((n + 1) % PROGRESS_EVERY === 0) onProgress(`${n + 1} of ${disturbances} steps`);
    }
    await strikes.end(seats);
    await cron.stop();
    onProgress("nothing fails any more");
    const heads = await finish(world, journals, seats);
    return readReport(seats, strikes.struck, heads, world.log);
  } finally {
    await cron.stop();
    await leaveSeats(seats);
    await journals.close();
  }
}

/** The cron is production's, a little faster. */
function keepTicking(world: World) {
  let isOver = false;
  const ticking = (async () => {
    while (!isOver) {
      await world.runtime.tickCron().catch(() => undefined);
      const deadline = Date.now() + CRON_EVERY_MS;
      await until("it is time", () => isOver || Date.now() > deadline);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await ticking;
    },
  };
}

function createStrikes(world: World) {
  const disturb = createDisturb(world);
  const struck = new Map<string, number>();
  /** They wait for somebody to resume. */
  const armed: Step[] = [];
  const pending = new Set<Promise<void>>();
  const count = (name: string) => void struck.set(name, (struck.get(name) ?? 0) + 1);

  function hit(step: Step, seat: Seat, when = ""): void {
    const striking = disturb(step, seat).then((found) =>
      count(`${step.disturbance}${found ? when : NOTHING}`),
    );
    pending.add(striking);
    void striking.finally(() => pending.delete(striking));
  }

  return {
    struck,
    resuming(seat: Seat): void {
      const step = armed.shift();
      if (step !== undefined) hit(step, seat, " in a resume");
    },
    async strike(step: Step, seat: Seat): Promise<void> {
      if (step.armed && armed.length < ARMED_MAX) armed.push(step);
      else hit(step, seat);
      if (step.disturbance === "kill_worker") await Promise.all(pending);
    },
    /** Puts everything to sleep. */
    async rest(seats: readonly Seat[]): Promise<void> {
      await Promise.all(pending);
      const users = new Set(seats.map(({ userId }) => userId));
      const sleepers = [
        ...SYMBOLS.map((name) => ({ kind: "room", name }) as const),
        ...(await world.worker.gateways()).map((name) => ({ kind: "gateway", name }) as const),
        ...[...users]
          .slice(0, SLEEPING_ACCOUNTS_MAX)
          .map((name) => ({ kind: "account", name }) as const),
      ];
      await lull(world, SYMBOLS, sleepers, ({ kind }) => count(`evict_${kind}`));
    },
    /** Strikes with what is still armed. */
    async end(seats: readonly Seat[]): Promise<void> {
      for (const step of armed.splice(0)) hit(step, pickOf(seats, step.pick));
      await Promise.all(pending);
    },
  };
}

/** Entries for one account: by itself past the platform, by its user at the front door, or with nobody told. */
async function write(
  world: World,
  journals: Journals,
  seats: readonly Seat[],
  { pick, count, way }: Batch,
): Promise<void> {
  const { userId, token } = pickOf(seats, pick);
  await journals.append(userId, count);
  if (way === "announced") await world.worker.notify(userId);
  if (way !== "request") return;
  await fetchWithin(10_000, `${world.url}/api/v1/account/config`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ closing_only: count % 2 === 0 }),
  }).catch(() => undefined);
}

/** Ends the disturbances, and waits until every client has the last of everything, or stops waiting. */
async function finish(
  world: World,
  journals: Journals,
  seats: readonly Seat[],
): Promise<Map<string, number>> {
  for (const loss of LOSSES) await world.worker.lose(loss, 0);
  world.loseReads(0);
  const bids = await pinAll(world);
  await world.runtime.tickCron();
  const users = [...new Set(seats.map(({ userId }) => userId))];
  for (const userId of users) {
    await journals.append(userId, 1);
    await world.worker.notify(userId);
  }
  const heads = await journals.heads(users);
  for (const { watcher, userId, symbols } of seats)
    watcher.expect(heads.get(userId), new Map(symbols.map((each) => [each, bids.get(each)])));
  const arrived = () => seats.every(({ watcher }) => watcher.missing.length === 0);
  // What has not arrived by then is a finding.
  await until("everybody has everything", arrived).catch(() => undefined);
  return heads;
}
