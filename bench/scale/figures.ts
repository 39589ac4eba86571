/** The figures that stand within the words of the page. */

import { activeSeconds } from "./assumptions.ts";
import { alpacaOrders, ordersAt, ordersBill } from "./orders.ts";
import { LIMITS, READ_ON } from "./platform.ts";
import { showCount, showDollars, showShare } from "./show.ts";
import {
  childrenMax,
  type Given,
  gatewayMemoryMb,
  locationFullAt,
  roomFullAt,
  stretchedMs,
  totalOf,
  treeDepth,
  type WatchersFigures,
  watchersAt,
  watchersBill,
} from "./watchers.ts";

type Figures = Record<string, string>;

/** Of a gateway in the room's storage. */
const RECORD_ENTRY = JSON.stringify({ "FRA:10": ["quotes"] });

export function watcherFigures(given: Given): Figures {
  const { assumed, costs, design } = given;
  const { watchers } = assumed;
  const { windowMs } = design;
  const now = watchersAt(given, watchers, windowMs);
  const slowMs = slowWindowMs(given);
  const slow = watchersAt(given, watchers, slowMs);
  const children = childrenMax(given, windowMs);
  const depth = treeDepth(given, watchers, windowMs);
  const offersUs = now.gateways * assumed.ticks * costs.offerUs;
  const distant = (LIMITS.connections.value * windowMs) / assumed.distanceMs;
  return {
    watchers: showCount(watchers),
    gatewaySockets: showCount(design.gatewaySockets),
    locationGateways: showCount(design.gateways),
    gateways: showCount(now.gateways),
    windowMs: showCount(windowMs),
    gatewayShare: showShare(now.gatewayCores),
    gatewayMemory: showCount(gatewayMemoryMb(given)),
    ticks: showCount(assumed.ticks),
    frameBytes: showCount(given.frameBytes),
    children: showCount(children),
    roomFull: showCount(roomFullAt(given, windowMs)),
    stretchedMs: showCount(stretchedMs(given, watchers, windowMs)),
    offerShare: showShare(offersUs / 1e6),
    locationMax: showCount(design.gateways * design.gatewaySockets),
    locationShare: showShare(assumed.locationShare),
    locationFull: showCount(locationFullAt(given)),
    connections: showCount(LIMITS.connections.value),
    distanceMs: showCount(assumed.distanceMs),
    askEvery: showCount(design.askEvery),
    opening: showCount((now.gateways / LIMITS.connections.value) * (assumed.distanceMs / 1000)),
    distantChildren: showCount(Math.floor(distant)),
    depth: showCount(depth),
    depthNext: showCount(depth + 1),
    reach: showCount(children ** (depth + 1) * design.gatewaySockets),
    sessions: showCount(assumed.sessions),
    sessionHours: showCount(assumed.sessionHours),
    slowMs: showCount(slowMs),
    carried: carriedBy(given, slow),
    recordKb: showCount((now.gateways * RECORD_ENTRY.length) / 1e3),
    comebackS: showCount(assumed.comebackS),
    comeback: showCount(watchers / assumed.comebackS),
    comebackCores: showCount(
      (watchers / assumed.comebackS) * (costs.databaseMs / costs.statements / 1000),
    ),
    slowBill: showDollars(totalOf(watchersBill(given, slow, watchers))),
    gigabits: showCount(now.gigabits),
    readOn: READ_ON,
  };
}

/** The shortest of the page's windows at which the room still fills all gateways; the longest if it never does. */
const slowWindowMs = (given: Given): number => {
  const stretched = stretchedMs(given, given.assumed.watchers, given.design.windowMs);
  return windowsOf(given).find((windowMs) => windowMs >= stretched) ?? given.design.windowMaxMs;
};

function carriedBy({ assumed }: Given, { windowMs, roomCores }: WatchersFigures): string {
  const share = `${showShare(roomCores)} of its thread`;
  const setting = `\`STREAM_WINDOW_MS\` at ${showCount(windowMs)}`;
  return roomCores <= assumed.objectShare
    ? `With ${setting}\none room carries them, by ${share}, and the gateways send fewer frames for it.`
    : `Not even\n${setting} mends that: the room would need ${share}.`;
}

/** From the shortest to the longest that a gateway keeps. */
export const windowsOf = ({ design: { windowMs, windowMaxMs } }: Given): number[] => [
  windowMs,
  ...[10, 5, 2, 1].map((part) => windowMaxMs / part).filter((each) => each > windowMs),
];

export function orderFigures(given: Given): Figures {
  const { assumed, costs, design } = given;
  const { orders } = assumed;
  const figures = ordersAt(given, orders);
  const month = orders * activeSeconds(assumed);
  const millionOrders = (totalOf(ordersBill(given, orders)) / month) * 1e6;
  return {
    orders: showCount(orders),
    statements: showCount(costs.statements),
    reports: showCount(assumed.reports),
    rowsInserted: showCount(costs.rowsInserted),
    rowsUpdated: showCount(costs.rowsUpdated),
    keptKb: showCount(costs.keptBytes / 1e3),
    walKb: showCount(costs.walBytes / 1e3),
    overBroker: showCount(orders / alpacaOrders()),
    computeUnits: showCount(figures.computeUnits),
    computeMax: showCount(LIMITS.computeUnits.value),
    databaseShare: showShare(assumed.databaseShare),
    sessionTb: showCount(figures.keptTb),
    branchSessions: showCount(Math.floor(LIMITS.branch.value / figures.keptTb)),
    placing: showCount(figures.placing),
    poolServers: showCount(LIMITS.poolServers.value),
    accounts: showCount(figures.accounts),
    accountLimit: showCount(design.ordersAMinute),
    databases: showCount(figures.databases),
    millionOrders: showDollars(millionOrders),
  };
}
