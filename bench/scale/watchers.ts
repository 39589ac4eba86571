/** Very many watchers of one symbol: sockets, gateways, pushes, CPU, bytes. Pure. */

import { type Assumed, activeSeconds } from "./assumptions.ts";
import type { Design } from "./design.ts";
import { LIMITS, PRICES } from "./platform.ts";
import type { Costs } from "./unit-costs.ts";

export interface Given {
  readonly costs: Costs;
  readonly design: Design;
  readonly assumed: Assumed;
  readonly frameBytes: number;
}

/** What so many watchers take, each second unless the name says otherwise. */
export interface WatchersFigures {
  readonly windowMs: number;
  readonly gateways: number;
  readonly pushes: number;
  readonly frames: number;
  /** Of a core, by the room alone, if it could keep up. */
  readonly roomCores: number;
  readonly gatewayCores: number;
  readonly cores: number;
  readonly gigabits: number;
}

const MICROS = 1e6;
const gatewaysOf = ({ design }: Given, watchers: number) =>
  Math.ceil(watchers / design.gatewaySockets);
/** Windows with something to tell. */
const flushes = ({ assumed }: Given, windowMs: number) => Math.min(assumed.ticks, 1000 / windowMs);
const callerUs = ({ costs, assumed }: Given) => costs.callUs * assumed.callerShare;
/** For each of its gateways, however seldom a push is due. */
const offersUs = ({ costs, assumed }: Given) => assumed.ticks * costs.offerUs;

export function watchersAt(given: Given, watchers: number, windowMs: number): WatchersFigures {
  const { costs, design, frameBytes } = given;
  const gateways = gatewaysOf(given, watchers);
  const each = flushes(given, windowMs);
  const frames = watchers * each;
  const pushes = gateways * each;
  const calleeUs = costs.callUs - callerUs(given);
  const gatewayCores = (each * (design.gatewaySockets * costs.frameUs + calleeUs)) / MICROS;
  const roomCores = (pushes * callerUs(given) + gateways * offersUs(given)) / MICROS;
  return {
    ...{ windowMs, gateways, pushes, frames, roomCores, gatewayCores },
    cores: (frames * costs.frameUs + pushes * calleeUs) / MICROS + roomCores,
    gigabits: (frames * frameBytes * 8) / 1e9,
  };
}

/** How many gateways a room, or a relay, can fill each window. */
export function childrenMax(given: Given, windowMs: number): number {
  const eachUs = flushes(given, windowMs) * callerUs(given) + offersUs(given);
  return Math.floor((given.assumed.objectShare * MICROS) / eachUs);
}

export const roomFullAt = (given: Given, windowMs: number): number =>
  childrenMax(given, windowMs) * given.design.gatewaySockets;

/** The time between two pushes to a gateway that a room comes to by itself once it has more than it can fill. */
export function stretchedMs(given: Given, watchers: number, windowMs: number): number {
  const gateways = gatewaysOf(given, watchers);
  const leftUs = MICROS * given.assumed.objectShare - gateways * offersUs(given);
  if (leftUs <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(windowMs, (gateways * callerUs(given) * 1000) / leftUs);
}

/** Of calls from the room to a gateway; 1 is today's. */
export function treeDepth(given: Given, watchers: number, windowMs: number): number {
  const children = childrenMax(given, windowMs);
  if (children < 2) return Number.POSITIVE_INFINITY;
  let depth = 1;
  for (let reach = children; reach < gatewaysOf(given, watchers); reach *= children) depth += 1;
  return depth;
}

/** Where a location has no gateway left for another client. */
export const locationFullAt = ({ design, assumed }: Given): number =>
  (design.gateways * design.gatewaySockets) / assumed.locationShare;

/** Of a gateway that is full, MB. */
export const gatewayMemoryMb = ({ costs, design }: Given): number =>
  (design.gatewaySockets * costs.socketKb) / 1_000;

export interface Bill {
  readonly what: string;
  readonly amount: number;
  /** Empty for what is counted by the piece. */
  readonly unit: string;
  readonly dollars: number;
}

/** Of a month of sessions. The platform does not charge for what goes out. */
export function watchersBill(given: Given, figures: WatchersFigures, watchers: number): Bill[] {
  const { design, assumed } = given;
  const seconds = activeSeconds(assumed);
  const beats = (seconds * 1000) / design.heartbeatMs;
  const opened = watchers * assumed.opened * assumed.sessions;
  // Over a socket, where they count as messages; so do the answers.
  const pushed = figures.pushes * seconds * (1 + 1 / design.askEvery);
  const pushes = pushed / LIMITS.socketMessages.value;
  const acks = (watchers * beats) / LIMITS.socketMessages.value;
  // A gateway takes the socket, and asks the user's directory, which is told of its end, too.
  const connecting = 3 * opened;
  const gbSeconds = (figures.gateways + 1) * (LIMITS.objectMemory.value / 1000) * seconds;
  const rows = figures.gateways * beats * assumed.beatRows;
  const millions = (what: string, count: number, price: number, unit = ""): Bill => ({
    ...{ what, amount: count, unit },
    dollars: (count / 1e6) * price,
  });
  return [
    millions(
      "pushes from the room and their answers, as calls",
      pushes,
      PRICES.objectRequest.value,
    ),
    millions("gateways awake", gbSeconds, PRICES.objectDuration.value, "GB-s"),
    millions("acknowledged heartbeats, as calls", acks, PRICES.objectRequest.value),
    millions("heartbeats' alarms", figures.gateways * beats, PRICES.objectRequest.value),
    millions("rows that gateways write", rows, PRICES.objectRowWritten.value),
    millions("connections at the Worker", opened, PRICES.workerRequest.value),
    millions("connections at objects", connecting, PRICES.objectRequest.value),
  ];
}

export const totalOf = (bill: readonly Bill[]): number =>
  bill.reduce((sum, { dollars }) => sum + dollars, 0);
