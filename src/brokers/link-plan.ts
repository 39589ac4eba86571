/** What a venue's link decides. Pure. */

import type { BrokerReport } from "../domain/execution.ts";
import { isOpen } from "../domain/order.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import type { LookUpAnswer } from "./broker.ts";
import { toOrderId } from "./client-id.ts";
import type { LinkDeadlines } from "./link-deps.ts";

/** Resting orders are asked about all the same, only less often: a stream can be silent without being closed. */
const RESTING_DEADLINES = 6;

/** Reports that are booked at a time. */
export const BATCH_MAX = 200;

/** Of our open orders. */
export const OPEN_PAGE = 1_000;
/** Beyond this many, the oldest are asked about first and the others as those end. */
export const OPEN_PAGES_MAX = 10;

const BUSY_ALARM_MS = 10_000;
// An object that holds only an outgoing socket is evicted after some 100 s.
const IDLE_ALARM_MS = 30_000;

export const nextAlarmMs = (nowMs: number, hasWork: boolean, deadlines: LinkDeadlines): number =>
  nowMs + (hasWork ? Math.min(BUSY_ALARM_MS, deadlines.pendingMs) : IDLE_ALARM_MS);

export interface LinkKnowledge {
  /** When each order was last asked about. */
  readonly askedAtMs: ReadonlyMap<string, number>;
  /** When one was asked about in vain since: the others come before it. */
  readonly triedAtMs: ReadonlyMap<string, number>;
  /** What the venue pushed before may not have reached us. */
  readonly missedUntilMs: number;
  readonly isConnected: boolean;
  readonly deadlines: LinkDeadlines;
}

/** The orders that it is time to ask the venue about, the most overdue first. */
export function dueOrders(
  open: readonly VenueOrder[],
  knowledge: LinkKnowledge,
  nowMs: number,
): VenueOrder[] {
  return open
    .map((order) => ({ order, dueMs: dueMsOf(order, knowledge) }))
    .filter(({ dueMs }) => dueMs <= nowMs)
    .map(({ order, dueMs }) => ({
      order,
      turnMs: Math.max(dueMs, knowledge.triedAtMs.get(order.id) ?? 0),
    }))
    .sort((a, b) => a.turnMs - b.turnMs)
    .map(({ order }) => order);
}

/** Up to `max` of them: pending ones first, since somebody waits for these, but with a part left to the others. */
export function chooseLookUps(due: readonly VenueOrder[], max: number): VenueOrder[] {
  const first = due.filter(isPending).slice(0, Math.ceil(max * PENDING_PART));
  const others = due.filter((order) => !first.includes(order));
  return [...first, ...others].slice(0, max);
}

const PENDING_PART = 0.75;

function dueMsOf(order: VenueOrder, knowledge: LinkKnowledge): number {
  const { askedAtMs, missedUntilMs, isConnected } = knowledge;
  const { pendingMs } = knowledge.deadlines;
  const createdMs = order.createdAt.getTime();
  // Younger than this, its submit may still be on the way.
  const earliestMs = createdMs + pendingMs;
  const seenMs = askedAtMs.get(order.id) ?? createdMs;
  if (seenMs < missedUntilMs) return Math.max(earliestMs, seenMs);
  const isQuiet = isConnected && !isPending(order);
  return Math.max(earliestMs, seenMs + (isQuiet ? RESTING_DEADLINES * pendingMs : pendingMs));
}

/** Waiting for the venue: for a step of it, or for executions that it has counted and not told. */
const isPending = ({ status }: VenueOrder): boolean =>
  status.startsWith("pending_") || !isOpen(status);

/**
 * What follows from the venue not knowing an order: after `submitUnknownMs`, that its submit never arrived. Only for
 * orders that no answer of the venue has ever confirmed; null otherwise.
 */
export function settleMissing(
  order: VenueOrder,
  { submitUnknownMs }: LinkDeadlines,
  now: Date,
): BrokerReport | null {
  if (order.brokerOrderId !== null) return null;
  if (now.getTime() - order.createdAt.getTime() < submitUnknownMs) return null;
  const event = MISSING_ENDS[order.status];
  if (event === undefined) return null;
  return {
    orderId: order.id,
    brokerOrderId: null,
    event,
    execution: null,
    reason: "submit_not_found",
    venueStatus: "not_found",
    at: now,
  };
}

// A cancel was asked for while the submit's fate was unknown: then that is what it ends as.
const MISSING_ENDS: Readonly<Record<string, BrokerReport["event"] | undefined>> = {
  pending_new: "rejected",
  pending_cancel: "canceled",
};

/** Whether our cancel never reached the venue: it still works the order. */
export const needsCancelAgain = (order: VenueOrder, answer: LookUpAnswer): boolean =>
  order.status === "pending_cancel" && works(answer);

/** Whether the venue says that it still works the order. */
export const works = (answer: LookUpAnswer): boolean =>
  answer.kind === "found" && answer.reports.every(({ event }) => !ENDED.has(event));

const ENDED: ReadonlySet<BrokerReport["event"]> = new Set([
  "fill",
  "canceled",
  "expired",
  "rejected",
  "replaced",
]);

/** What a venue that pushes nothing tells when it is asked is its ordinary word, and no repair; a lost submit is one. */
export const asOrdinary = ({ foundBy, ...report }: BrokerReport): BrokerReport =>
  report.reason === "submit_not_found" && foundBy ? { ...report, foundBy } : report;

/** The venue's account may be used by hand, too; orders placed so carry ids that cannot be ours. */
export const canBeOurs = ({ orderId }: BrokerReport): boolean => toOrderId(orderId) !== null;
