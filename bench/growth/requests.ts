/** What is asked of each size, by turns: what people do all day. */

import { setTimeout as delay } from "node:timers/promises";
import { fineCpuBetween, readFineCpu } from "../cpu.ts";
import { RESTING_ORDER } from "../order/resting-order.ts";
import { type GrownArm, type Investor, PASSWORD } from "./arm.ts";

/** What a portion of requests took. */
export interface Portion {
  readonly request: string;
  /** Milliseconds of each, to its answer. */
  readonly ms: readonly number[];
  /** Of the database, for all of them and what follows from them. */
  readonly cpuSeconds: number;
}

export interface Work {
  /** Its part of the time, to those of the others. */
  readonly weight: number;
  /** A portion each of one or of several kinds of requests. */
  take(arm: GrownArm): Promise<Portion[]>;
}

const READS_A_TURN = 10;
const ORDERS_A_TURN = 10;
const REFRESHES_A_TURN = 5;
/** A hash takes long, and nothing of it is the database's. */
const LOGINS_A_TURN = 2;
/** Until the venue has reported, and its report is booked. */
const SETTLED_MS = 400;
/** Each is found in every size, in the same few rows: a symbol, the beginning of one, a word of a name, the inside of one. */
const SEARCHES = ["SOFI", "PLU", "ford", "tors"];

let turns = 0;

export const WORKS: readonly Work[] = [
  reading("GET /orders, open", () => "/orders?status=open"),
  reading("GET /orders, closed", () => "/orders?status=closed"),
  reading("GET /orders, a page on", ({ pageToken }) => `/orders?limit=20&page_token=${pageToken}`),
  reading("GET /orders/{id}", ({ orderIds }, n) => `/orders/${orderIds[n % orderIds.length]}`),
  // They wait for the venue.
  { weight: 4, take: placeAndCancel },
  reading("GET /portfolio", () => "/portfolio"),
  reading("GET /portfolio/positions", () => "/portfolio/positions"),
  reading("GET /portfolio/history, a day", () => "/portfolio/history?period=1D"),
  reading("GET /portfolio/trades", () => "/portfolio/trades"),
  reading("GET /portfolio/ledger", () => "/portfolio/ledger"),
  reading("GET /market/search", (_, n) => `/market/search?q=${SEARCHES[n % SEARCHES.length]}`),
  reading("GET /watchlists", () => "/watchlists"),
  { weight: 2, take: signIn },
  { weight: 1, take: refresh },
];

function reading(request: string, pathOf: (investor: Investor, n: number) => string): Work {
  return {
    weight: 1,
    async take(arm) {
      const portion = await measure(arm, request, READS_A_TURN, 0, async (n) => {
        const investor = nextOf(arm.investors);
        await arm.ask(pathOf(investor, n), { method: "GET", token: investor.token });
      });
      return [portion];
    },
  };
}

/** Each order is canceled in the turn that placed it, so that no account gets longer lists of open ones. */
async function placeAndCancel(arm: GrownArm): Promise<Portion[]> {
  const placed: { readonly id: string; readonly token: string }[] = [];
  const placing = await measure(arm, "POST /orders", ORDERS_A_TURN, SETTLED_MS, async () => {
    const { token } = nextOf(arm.investors);
    const { id } = await arm.ask("/orders", { method: "POST", token, body: RESTING_ORDER });
    placed.push({ id: String(id), token });
  });
  const canceling = await measure(
    arm,
    "DELETE /orders/{id}",
    placed.length,
    SETTLED_MS,
    async (n) => {
      const { id, token } = placed[n] ?? { id: "", token: "" };
      await arm.ask(`/orders/${id}`, { method: "DELETE", token });
    },
  );
  return [placing, canceling];
}

async function signIn(arm: GrownArm): Promise<Portion[]> {
  const portion = await measure(arm, "POST /auth/login", LOGINS_A_TURN, 0, async () => {
    const { username } = nextOf(arm.people);
    const body = JSON.stringify({ username, password: PASSWORD });
    await arm.ask("/auth/login", { method: "POST", body });
  });
  return [portion];
}

async function refresh(arm: GrownArm): Promise<Portion[]> {
  const portion = await measure(arm, "POST /auth/refresh", REFRESHES_A_TURN, 0, async () => {
    const person = nextOf(arm.people);
    const body = JSON.stringify({ refresh_token: person.refreshToken });
    const tokens = await arm.ask("/auth/refresh", { method: "POST", body });
    person.refreshToken = String(tokens.refresh_token);
  });
  return [portion];
}

async function measure(
  arm: GrownArm,
  request: string,
  count: number,
  settlesInMs: number,
  ask: (n: number) => Promise<void>,
): Promise<Portion> {
  const ms: number[] = [];
  const before = readFineCpu(arm.databasePid);
  for (let n = 0; n < count; n += 1) {
    turns += 1;
    const sentMs = performance.now();
    await ask(n);
    ms.push(performance.now() - sentMs);
  }
  await delay(settlesInMs);
  return { request, ms, cpuSeconds: fineCpuBetween(before, readFineCpu(arm.databasePid)) };
}

function nextOf<T>(all: readonly T[]): T {
  const next = all[turns % all.length];
  if (next === undefined) throw new Error("there is nobody");
  return next;
}
