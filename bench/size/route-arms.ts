/** One request of each class of routes, again and again, in one platform that is warm. */

import { openAccount, reportOf } from "../../test/orders/account.ts";
import { issueTokens, openSessions, registerAll } from "../accounts.ts";
import { createHttp, failureOf, type Message } from "../http.ts";
import type { Backend, RunningWorker } from "../platform.ts";
import { watch } from "../watch.ts";

/** In the order in which they have their turns: what is canceled was placed before. */
export const ROUTE_CLASSES = {
  nothing: "GET /health/live: does nothing",
  token: "GET /market/calendar: token and limit, no I/O",
  quoteOfIsolate: "GET /market/quote/{symbol}, known to the isolate",
  quoteOfRoom: "GET /market/quote/{symbol}, asked of its room",
  orders: "GET /orders, a page of ten",
  portfolio: "GET /portfolio, of ten positions",
  placeOrder: "POST /orders",
  cancelOrder: "DELETE /orders/{id}",
  login: "POST /auth/login, hashing included",
} as const;

export type RouteClass = keyof typeof ROUTE_CLASSES;

/** Asks once; false where there is nothing left to ask for. */
export type Ask = () => Promise<boolean>;

export interface RouteArms {
  readonly arms: Readonly<Record<RouteClass, Ask>>;
  stop(): void;
}

/** They take turns, so that no read is of what was read just before. */
const HOLDERS = 4;
const POSITIONS = 10;
/** None of them meets its limit of orders. */
const TRADERS = 100;
const PEOPLE = 10;
const PASSWORD = "correct horse battery";
/** As many as the venue's stream carries. */
const WATCHED = 30;
/** An isolate answers a quote again for a second; then it asks the room. */
const ASKS_AGAIN_AFTER_MS = 1_100;
/** Far below the market: it rests there until it is canceled. */
const ORDER = { symbol: "F", side: "buy", type: "limit", quantity: "1", limit_price: "5.00" };

export async function openRouteArms(backend: Backend, worker: RunningWorker): Promise<RouteArms> {
  const http = createHttp(1);
  const send = async (method: Message["method"], path: string, token?: string, body?: object) => {
    const answer = await http.send(`${worker.url}${path}`, {
      method,
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${failureOf(answer)}`);
    }
    return JSON.parse(answer.body) as Record<string, unknown>;
  };

  const traders = await openSessions(backend, TRADERS);
  const [reader = ""] = traders;
  const { assets } = await send("GET", "/api/v1/market/assets?asset_type=stock&limit=500", reader);
  const watched = (assets as { symbol: string; in_universe: boolean }[])
    .filter(({ in_universe }) => in_universe)
    .map(({ symbol }) => symbol)
    .slice(0, WATCHED);
  const holders = await openHolders(backend, watched.slice(0, POSITIONS));
  const people = await registerAll(worker.url, PEOPLE, PASSWORD);
  const stream = await watch(worker, reader, watched);

  const [ofIsolate = "", ...ofRooms] = watched.map(
    (symbol) => `/api/v1/market/quote/${encodeURIComponent(symbol)}`,
  );
  const readAtMs = new Map<string, number>();
  const resting: { readonly id: unknown; readonly token: string }[] = [];
  let turn = 0;
  const next = <T>(list: readonly T[]): T => {
    turn += 1;
    const each = list[turn % list.length];
    if (each === undefined) throw new Error("nothing to choose from");
    return each;
  };
  const get = (path: string, tokens: readonly string[]) => async () => {
    await send("GET", path, next(tokens));
    return true;
  };

  return {
    arms: {
      nothing: get("/health/live", [reader]),
      token: get("/api/v1/market/calendar?start=2026-11-27&end=2026-11-27", traders),
      quoteOfIsolate: get(ofIsolate, traders),
      async quoteOfRoom() {
        const path = next(ofRooms);
        const sinceMs = performance.now() - (readAtMs.get(path) ?? Number.NEGATIVE_INFINITY);
        if (sinceMs < ASKS_AGAIN_AFTER_MS) await sleep(ASKS_AGAIN_AFTER_MS - sinceMs);
        readAtMs.set(path, performance.now());
        await send("GET", path, reader);
        return true;
      },
      orders: get("/api/v1/orders", holders),
      portfolio: get("/api/v1/portfolio", holders),
      async placeOrder() {
        const token = next(traders);
        const { id } = await send("POST", "/api/v1/orders", token, ORDER);
        resting.push({ id, token });
        return true;
      },
      async cancelOrder() {
        const order = resting.shift();
        if (order === undefined) return false;
        await send("DELETE", `/api/v1/orders/${order.id}`, order.token);
        return true;
      },
      async login() {
        const { username } = next(people);
        await send("POST", "/api/v1/auth/login", undefined, { username, password: PASSWORD });
        return true;
      },
    },
    stop() {
      stream.close();
      http.stop();
    },
  };
}

/** Their trades are booked past the venue. Answers their access tokens. */
async function openHolders(
  { database, tokens }: Backend,
  symbols: readonly string[],
): Promise<string[]> {
  const accounts = await Promise.all(
    Array.from({ length: HOLDERS }, () => openAccount(database, "1000000")),
  );
  for (const account of accounts) {
    for (const symbol of symbols) {
      const wish = { symbol, side: "buy", quantity: "2", limitPrice: "3" } as const;
      const order = await account.working(wish);
      await account.report(order, reportOf(order, "fill", account.execution("2", "3")));
    }
  }
  const principals = accounts.map(({ principal }) => principal);
  return issueTokens(tokens, principals);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
