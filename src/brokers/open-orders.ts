/** What the list of a venue's open orders tells about ours. Pure. */

import { equals } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import type { OrderAtVenue } from "./broker.ts";

export interface Comparison {
  /** What the list tells that we did not know. */
  readonly reports: readonly BrokerReport[];
  /** The venue works them although their end was asked for. */
  readonly uncanceled: readonly VenueOrder[];
  /** The list answers for these. */
  readonly settled: readonly VenueOrder[];
  /** For these it does not: they are not in it, have filled otherwise, or are being replaced. */
  readonly unclear: readonly VenueOrder[];
}

/** Holds `ours` against the venue's whole list. */
export function compareOpenOrders(
  ours: readonly VenueOrder[],
  listed: readonly OrderAtVenue[],
): Comparison {
  const byId = new Map(listed.map((there) => [there.orderId, there]));
  const reports: BrokerReport[] = [];
  const uncanceled: VenueOrder[] = [];
  const settled: VenueOrder[] = [];
  const unclear: VenueOrder[] = [];
  for (const order of ours) {
    const there = byId.get(order.id);
    if (there === undefined || !isSame(order, there)) {
      unclear.push(order);
      continue;
    }
    settled.push(order);
    const news = newsOf(order, there);
    if (news !== null) reports.push(toReport(order, there, news));
    if (order.status === "pending_cancel") uncanceled.push(order);
  }
  return { reports, uncanceled, settled, unclear };
}

// Executions and replacements have more to them than a list tells.
const isSame = (order: VenueOrder, there: OrderAtVenue): boolean =>
  equals(order.filledQuantity, there.filled) && order.status !== "pending_replace";

function newsOf(order: VenueOrder, there: OrderAtVenue): BrokerReport["event"] | null {
  const isTaken = order.status === "pending_new" || order.brokerOrderId === null;
  if (isTaken || (order.status === "accepted" && there.event === "new")) return there.event;
  const isElected = there.isTriggered && !order.isTriggered && order.status === "new";
  return isElected ? "triggered" : null;
}

const toReport = (
  order: VenueOrder,
  { brokerOrderId, venueStatus, at }: OrderAtVenue,
  event: BrokerReport["event"],
): BrokerReport => ({
  orderId: order.id,
  brokerOrderId,
  event,
  execution: null,
  reason: null,
  venueStatus,
  foundBy: "open_orders",
  at,
});

/** Those in the list that are not among our open orders. */
export function strangersIn(
  listed: readonly OrderAtVenue[],
  ours: readonly VenueOrder[],
): OrderAtVenue[] {
  const ids = new Set<string | null>(ours.map(({ id }) => id));
  return listed.filter(({ orderId }) => orderId === null || !ids.has(orderId));
}
