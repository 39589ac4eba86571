import { describe, expect, it } from "vitest";
import {
  nextStatus,
  ORDER_EVENTS,
  ORDER_STATUSES,
  type OrderEvent,
  type OrderStatus,
} from "./order.ts";

const FILLABLE = ["pending_new", "accepted", "new", "partially_filled"] as const;

/** The table of the trading rules, spelled out: from, event, to. A pending status came from `new`. */
const LEGAL: (readonly [OrderStatus, OrderEvent, OrderStatus])[] = [
  ["pending_new", "new", "new"],
  ["pending_new", "accepted", "accepted"],
  ["accepted", "new", "new"],
  ["new", "triggered", "new"],
  ...(["pending_new", "accepted", "new"] as const).map(
    (from) => [from, "rejected", "rejected"] as const,
  ),
  ...FILLABLE.map((from) => [from, "partial_fill", "partially_filled"] as const),
  ...FILLABLE.map((from) => [from, "fill", "filled"] as const),
  ...FILLABLE.map((from) => [from, "canceled", "canceled"] as const),
  ...FILLABLE.map((from) => [from, "pending_cancel", "pending_cancel"] as const),
  ["pending_cancel", "partial_fill", "pending_cancel"],
  ["pending_cancel", "fill", "filled"],
  ["pending_cancel", "canceled", "canceled"],
  ["pending_cancel", "cancel_rejected", "new"],
  ["pending_replace", "partial_fill", "pending_replace"],
  ["pending_replace", "fill", "filled"],
  ["pending_replace", "replaced", "replaced"],
  ["pending_replace", "replace_rejected", "new"],
  ...(["new", "partially_filled"] as const).flatMap((from) => [
    [from, "pending_replace", "pending_replace"] as const,
    [from, "replaced", "replaced"] as const,
  ]),
  ...(["accepted", "new", "partially_filled", "pending_cancel"] as const).map(
    (from) => [from, "expired", "expired"] as const,
  ),
  // A fill after any end is booked all the same.
  ...(["filled", "canceled", "expired", "rejected", "replaced"] as const).flatMap((from) => [
    [from, "fill", "filled"] as const,
    [from, "partial_fill", from] as const,
    [from, "restated", from] as const,
  ]),
  ...(["partially_filled", "pending_cancel", "pending_replace"] as const).map(
    (from) => [from, "restated", from] as const,
  ),
];

describe("the life of an order", () => {
  it.each(LEGAL)("%s + %s -> %s", (from, event, to) => {
    expect(nextStatus(from, event, "new")).toBe(to);
  });

  it("has no other transition", () => {
    const legal = new Set(LEGAL.map(([from, event]) => `${from} ${event}`));
    const found = ORDER_STATUSES.flatMap((from) =>
      ORDER_EVENTS.filter((event) => nextStatus(from, event, "new") !== undefined).map(
        (event) => `${from} ${event}`,
      ),
    );
    expect(new Set(found)).toEqual(legal);
  });

  it("cannot return to a status that nobody remembers", () => {
    expect(nextStatus("pending_cancel", "cancel_rejected", null)).toBeUndefined();
  });
});
