/** What a venue's link decides. Pure. */

import type { BrokerReport } from "../domain/execution.ts";
import type { LookUpAnswer } from "./broker.ts";
import type { LinkDeadlines, OpenOrder } from "./link-deps.ts";

/** Resting orders are asked about all the same, only less often: a stream can be silent without being closed. */
const RESTING_DEADLINES = 6;
/** Each costs one or two requests of a budget (200 a minute at the strictest) that orders come first in. */
const LOOK_UPS_PER_BEAT = 8;
/** Somebody waits for these. The others have a part left to them even while a venue answers nothing. */
const PENDING_LOOK_UPS_PER_BEAT = 6;

const BUSY_ALARM_MS = 10_000;
// An object that holds only an outgoing socket is evicted after some 100 s.
const IDLE_ALARM_MS = 30_000;

export const nextAlarmMs = (nowMs: number, hasWork: boolean, deadlines: LinkDeadlines): number =>
  nowMs + (hasWork ? Math.min(BUSY_ALARM_MS, deadlines.pendingMs) : IDLE_ALARM_MS);

export interface LinkKnowledge {
  /** When each order was last asked about. */
  readonly askedAtMs: ReadonlyMap<string, number>;
  /** What the venue pushed before may not have reached us. */
  readonly missedUntilMs: number;
  readonly isConnected: boolean;
  readonly deadlines: LinkDeadlines;
}

/** Which orders to ask the venue about now: pending ones first, then the most overdue. */
export function chooseLookUps(
  open: readonly OpenOrder[],
  knowledge: LinkKnowledge,
  nowMs: number,
): OpenOrder[] {
  const due = open
    .map((order) => ({ order, dueMs: dueMsOf(order, knowledge) }))
    .filter(({ dueMs }) => dueMs <= nowMs)
    .sort((a, b) => a.dueMs - b.dueMs)
    .map(({ order }) => order);
  const first = due.filter(isPending).slice(0, PENDING_LOOK_UPS_PER_BEAT);
  const others = due.filter((order) => !first.includes(order));
  return [...first, ...others].slice(0, LOOK_UPS_PER_BEAT);
}

function dueMsOf(order: OpenOrder, knowledge: LinkKnowledge): number {
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

const isPending = ({ status }: OpenOrder): boolean => status.startsWith("pending_");

/**
 * What follows from the venue not knowing an order: after `submitUnknownMs`, that its submit never arrived. Only for
 * orders that no answer of the venue has ever confirmed; null otherwise.
 */
export function settleMissing(
  order: OpenOrder,
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
export function needsCancelAgain(order: OpenOrder, answer: LookUpAnswer): boolean {
  if (order.status !== "pending_cancel" || answer.kind !== "found") return false;
  return answer.reports.every(({ event }) => !ENDED.has(event));
}

const ENDED: ReadonlySet<BrokerReport["event"]> = new Set([
  "fill",
  "canceled",
  "expired",
  "rejected",
  "replaced",
]);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The venue's account may be used by hand, too; orders placed so carry ids that cannot be ours. */
export const canBeOurs = ({ orderId }: BrokerReport): boolean => UUID.test(orderId);
