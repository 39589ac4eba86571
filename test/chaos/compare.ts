/** Venue and platform, order by order. Pure. */

import {
  type Decimal,
  decimal,
  equals,
  isZero,
  mul,
  round,
  sum,
} from "../../src/domain/decimal.ts";
import type { BookedOrder, BookedTrade, Books } from "./books.ts";
import type { VenueOrderRecord } from "./venue-control.ts";

export const VERDICTS = ["lost", "doubled", "stuck", "broken"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding {
  readonly verdict: Verdict;
  readonly orderId: string | null;
  readonly userId: string | null;
  readonly what: string;
  /** What the books and the venue tell about it. */
  readonly story?: string;
}

export interface VenueSide {
  readonly orders: readonly VenueOrderRecord[];
  /** How often each order's submit reached the venue. */
  readonly submits: ReadonlyMap<string, number>;
}

/** Ends that an order may have although its venue never heard of it. */
const ENDED_UNHEARD = new Set(["rejected", "canceled"]);
const OPEN = new Set(["accepted", "new", "partially_filled"]);
/** Which ends of ours may stand for which of the venue's. */
const SAME_END: Readonly<Record<string, readonly string[]>> = {
  filled: ["filled"],
  canceled: ["canceled", "replaced", "expired"],
  expired: ["expired", "canceled"],
  rejected: ["rejected", "canceled"],
  replaced: ["replaced"],
};
const VALUE_PLACES = 8;

/** What is wrong with the orders of `books`. Venue orders of others are left alone. */
export function compareOrders(books: Books, venue: VenueSide): Finding[] {
  const atVenue = groupBy(venue.orders, ({ terms }) => terms.clientId);
  const trades = groupBy(books.trades, ({ order_id }) => order_id);
  return books.orders.flatMap((order) => {
    const found = atVenue.get(order.id) ?? [];
    return [
      ...judgeCount(order, found, venue.submits.get(order.id) ?? 0),
      ...(found[0] === undefined
        ? judgeUnheard(order)
        : judgePair(order, found[0], trades.get(order.id) ?? [])),
    ];
  });
}

/** Orders that the venue has and the platform does not: their ids may be anybody's. */
export function findUnbooked(
  venue: readonly VenueOrderRecord[],
  booked: ReadonlySet<string>,
): Finding[] {
  return venue
    .filter(({ terms }) => !booked.has(terms.clientId))
    .map(({ terms, id, status }) => ({
      verdict: "lost",
      orderId: terms.clientId,
      userId: null,
      what: `the venue has ${id} (${status} ${terms.side} ${terms.symbol}), the platform has not`,
    }));
}

function judgeCount(
  order: BookedOrder,
  found: readonly VenueOrderRecord[],
  submits: number,
): Finding[] {
  const findings: Finding[] = [];
  if (found.length > 1)
    findings.push(finding("doubled", order, `the venue has ${found.length} of it`));
  if (submits > 1) findings.push(finding("doubled", order, `it was submitted ${submits} times`));
  if (order.status.startsWith("pending_"))
    findings.push(
      finding("stuck", order, `it is ${order.status} since ${order.updated_at.toISOString()}`),
    );
  return findings;
}

function judgeUnheard(order: BookedOrder): Finding[] {
  if (order.status.startsWith("pending_")) return [];
  const filled = !isZero(decimal(order.filled_quantity));
  if (ENDED_UNHEARD.has(order.status) && !filled) return [];
  return [finding("lost", order, `it is ${order.status}, and the venue does not have it`)];
}

function judgePair(
  order: BookedOrder,
  venue: VenueOrderRecord,
  trades: readonly BookedTrade[],
): Finding[] {
  const findings: Finding[] = [];
  const broken = (what: string) => findings.push(finding("broken", order, what));
  const { executions } = venue;
  const venueQuantity = sum(executions.map(({ quantity }) => quantity));
  const venueValue = worthOf(executions);

  if (order.status === "rejected" && venue.status !== "rejected" && venue.status !== "canceled") {
    const why = `${order.rejection_reason}; the venue's is ${venue.status}`;
    findings.push(finding("lost", order, `it is rejected as ${why}`));
  } else if (!order.status.startsWith("pending_") && !sameState(order.status, venue.status)) {
    broken(`it is ${order.status}, the venue's is ${venue.status}`);
  }
  if (!equals(decimal(order.filled_quantity), venueQuantity))
    broken(`${order.filled_quantity} filled, ${venueQuantity} at the venue`);
  if (!equals(round(decimal(order.filled_value), VALUE_PLACES), round(venueValue, VALUE_PLACES)))
    broken(`it filled for ${order.filled_value}, at the venue for ${venueValue}`);
  if (fillsText(trades) !== fillsText(executions))
    broken(`its trades are ${fillsText(trades)}, the venue's ${fillsText(executions)}`);
  // Refused in the answer to its submit, an order has no name at the venue.
  if (order.broker_order_id === null && order.status !== "rejected")
    broken("it does not know the venue's order");
  const endedMs = venue.canceledMs ?? venue.expiredMs ?? venue.replacedMs;
  if (order.ended_at !== null && endedMs !== null && order.ended_at.getTime() < endedMs)
    broken(`it ended ${endedMs - order.ended_at.getTime()} ms before the venue ended it`);
  return findings;
}

function sameState(ours: string, theirs: string): boolean {
  if (OPEN.has(ours) || OPEN.has(theirs)) return OPEN.has(ours) && OPEN.has(theirs);
  return SAME_END[theirs]?.includes(ours) ?? false;
}

interface Fill {
  readonly quantity: string;
  readonly price: string;
}

const worthOf = (fills: readonly { quantity: Decimal; price: Decimal }[]): Decimal =>
  sum(fills.map(({ quantity, price }) => mul(quantity, price)));

const fillsText = (fills: readonly Fill[]): string =>
  fills
    .map(({ quantity, price }) => `${decimal(quantity)}@${decimal(price)}`)
    .sort()
    .join(" ");

function finding(verdict: Verdict, { id, user_id }: BookedOrder, what: string): Finding {
  return { verdict, orderId: id, userId: user_id, what };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
