/** Very many orders a second: statements, rows, bytes, calls, connections. Pure. */

import { activeSeconds, sessionSeconds } from "./assumptions.ts";
import { LIMITS, PRICES } from "./platform.ts";
import type { Bill, Given } from "./watchers.ts";

/** Each second unless the name says otherwise. */
export interface OrdersFigures {
  readonly workerCores: number;
  readonly statements: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly walMb: number;
  /** Of a session. */
  readonly keptTb: number;
  readonly sessionOrders: number;
  /** By the two statements of placing; those of the journal and the bookings come on top. */
  readonly placing: number;
  readonly databaseCores: number;
  readonly computeUnits: number;
  readonly databases: number;
  readonly bookingsBusy: number;
  readonly linkCalls: number;
  readonly accountCalls: number;
  readonly gatewayCalls: number;
  readonly alpacaAccounts: number;
  readonly binanceAccounts: number;
  /** That have to trade, each as fast as it may. */
  readonly accounts: number;
}

const MINUTE_S = 60;
const BINANCE_WINDOW_S = 10;

/** Placed once, and once for each report; an account's object passes it on to the gateway of its stream. */
const tellingsOf = ({ assumed }: Given): number => 1 + assumed.reports;

/** Of an order's place, record and bookings, one after the other, with the account's row locked. */
export const lockedMs = ({ costs, assumed }: Given): number =>
  costs.placeMs + costs.recordMs + assumed.reports * costs.bookingMs;

export const alpacaOrders = (): number => LIMITS.alpacaRequests.value / MINUTE_S;
export const binanceOrders = (): number => LIMITS.binanceOrders.value / BINANCE_WINDOW_S;
export const binanceDayOrders = (): number => LIMITS.binanceDayOrders.value / 86_400;

export function computeMaxOrders({ costs, assumed }: Given): number {
  const cores = LIMITS.computeUnits.value * assumed.cores * assumed.databaseShare;
  return (cores * 1000) / costs.databaseMs;
}

/** By which a branch is full after a year of sessions. */
export const branchOrders = ({ costs, assumed }: Given): number =>
  (LIMITS.branch.value * 1e12) / (costs.keptBytes * sessionSeconds(assumed) * assumed.yearSessions);

export const pooledOrders = ({ costs }: Given): number =>
  (LIMITS.poolServers.value * 1000) / (costs.placeMs + costs.recordMs);

export const linkCallOrders = (): number => LIMITS.objectCalls.value;
export const linkBookingOrders = ({ costs, assumed }: Given): number =>
  1000 / (costs.bookingMs * assumed.reports);
export const comparedOrders = ({ design, assumed }: Given): number =>
  design.openOrders / assumed.rest;
export const accountOrders = (given: Given): number =>
  1000 / lockedMs(given) / given.assumed.accountShare;
export const gatewayOrders = (given: Given): number =>
  LIMITS.objectCalls.value / tellingsOf(given) / given.assumed.gatewayShare;

export function ordersAt(given: Given, orders: number): OrdersFigures {
  const { costs, design, assumed } = given;
  const sessionOrders = orders * sessionSeconds(assumed);
  const databaseCores = (orders * costs.databaseMs) / 1000;
  const computeUnits = databaseCores / assumed.cores / assumed.databaseShare;
  return {
    workerCores: (orders * costs.workerMs) / 1000,
    statements: orders * costs.statements,
    rowsInserted: orders * costs.rowsInserted,
    rowsUpdated: orders * costs.rowsUpdated,
    walMb: (orders * costs.walBytes) / 1e6,
    keptTb: (sessionOrders * costs.keptBytes) / 1e12,
    sessionOrders,
    placing: (orders * (costs.placeMs + costs.recordMs)) / 1000,
    databaseCores,
    computeUnits,
    databases: Math.ceil(computeUnits / LIMITS.computeUnits.value),
    bookingsBusy: (orders * assumed.reports * costs.bookingMs) / 1000,
    linkCalls: orders,
    accountCalls: orders * tellingsOf(given),
    gatewayCalls: orders * tellingsOf(given),
    alpacaAccounts: orders / alpacaOrders(),
    binanceAccounts: orders / binanceOrders(),
    accounts: (orders * MINUTE_S) / design.ordersAMinute,
  };
}

/** Of a month of sessions; what the database keeps is of that month's orders, for the month after it. */
export function ordersBill(given: Given, orders: number): Bill[] {
  const { costs, assumed } = given;
  const figures = ordersAt(given, orders);
  const month = orders * activeSeconds(assumed);
  const calls = month * (1 + 2 * tellingsOf(given));
  const awakeGbS = month * tellingsOf(given) * assumed.toldS * (LIMITS.objectMemory.value / 1000);
  const kept = (month * costs.keptBytes) / 1e9;
  const history = (figures.walMb * sessionSeconds(assumed) * assumed.restoreDays) / 1e3;
  const hours = figures.computeUnits * assumed.monthHours;
  const bill = (what: string, amount: number, unit: string, price: number): Bill => ({
    ...{ what, amount, unit },
    dollars: amount * price,
  });
  const millions = (what: string, count: number, price: number, unit = "") =>
    bill(what, count, unit, price / 1e6);
  return [
    millions("requests", month, PRICES.workerRequest.value),
    millions("CPU of the Worker", month * costs.workerMs, PRICES.workerCpu.value, "ms"),
    millions("calls to venues' links, accounts and gateways", calls, PRICES.objectRequest.value),
    millions("accounts awake", awakeGbS, PRICES.objectDuration.value, "GB-s"),
    millions("lines of log", month * assumed.logLines, PRICES.logLine.value),
    millions("points of metrics", month * assumed.points, PRICES.point.value),
    bill("compute of the database, all month", hours, "CU-hours", PRICES.computeHour.value),
    bill("what a month's orders leave", kept, "GB", PRICES.stored.value),
    bill("history of the database", history, "GB", PRICES.history.value),
    bill("answers of the database", (month * costs.answerBytes) / 1e9, "GB", PRICES.answered.value),
  ];
}
