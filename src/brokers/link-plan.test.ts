import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import { chooseLookUps, dueOrders, needsCancelAgain, settleMissing } from "./link-plan.ts";

const NOW = 1_800_000_000_000;
const order = (id: string, ageMs: number, changes: Partial<VenueOrder> = {}): VenueOrder => ({
  id,
  symbol: "F",
  brokerOrderId: "b1",
  replacedBy: null,
  status: "new",
  filledQuantity: decimal("0"),
  isTriggered: false,
  createdAt: new Date(NOW - ageMs),
  ...changes,
});
const deadlines = { pendingMs: 10_000, submitUnknownMs: 60_000 };
const pending = { status: "pending_new", brokerOrderId: null } as const;

describe("which orders to ask about", () => {
  const choose = (
    open: VenueOrder[],
    asked: Record<string, number> = {},
    connectedAgoMs = 1e9,
    isConnected = true,
    tried: Record<string, number> = {},
  ) => {
    const askedAtMs = new Map(Object.entries(asked));
    const triedAtMs = new Map(Object.entries(tried));
    const missedUntilMs = NOW - connectedAgoMs;
    const knowledge = { askedAtMs, triedAtMs, missedUntilMs, isConnected, deadlines };
    return chooseLookUps(dueOrders(open, knowledge, NOW), 8).map(({ id }) => id);
  };

  it("is none that is younger than a submit may take", () => {
    expect(choose([order("a", 9_999, pending)])).toEqual([]);
    expect(choose([order("a", 10_000, pending)])).toEqual(["a"]);
    expect(choose([order("a", 9_999)], {}, 0)).toEqual([]);
  });

  it("is pending ones each ten seconds, resting ones each minute", () => {
    const open = [order("resting", 1e6), order("pending", 1e6, pending)];
    const asked = { resting: NOW - 59_999, pending: NOW - 10_000 };
    expect(choose(open, asked)).toEqual(["pending"]);
    expect(choose(open, { resting: NOW - 60_000, pending: NOW })).toEqual(["resting"]);
  });

  it("is resting ones, too, each ten seconds while nothing is pushed", () => {
    const asked = { a: NOW - 10_000, b: NOW - 9_999 };
    expect(choose([order("a", 1e6), order("b", 1e6)], asked, 1e9, false)).toEqual(["a"]);
  });

  it("is every one after a reconnect, the longest unasked first", () => {
    const open = [order("a", 30_000), order("b", 40_000), order("c", 50_000)];
    const asked = { a: NOW - 25_000, b: NOW - 5_000 };
    expect(choose(open, asked, 6_000)).toEqual(["c", "a"]);
  });

  it("is those last that were asked about in vain", () => {
    const open = [order("a", 50_000), order("b", 40_000), order("c", 30_000)];
    expect(choose(open, {}, 1e9, true, { a: NOW - 10_000 })).toEqual([]);
    expect(choose(open, {}, 0, true, { a: NOW - 1_000 })).toEqual(["b", "c", "a"]);
  });

  it("is pending ones first, however many rest", () => {
    const resting = Array.from({ length: 20 }, (_, index) => order(`${index}`, 1e6));
    const waiting = Array.from({ length: 10 }, (_, index) => order(`p${index}`, 20_000, pending));
    const chosen = choose([...resting, ...waiting], {}, 0);
    expect(chosen.filter((id) => id.startsWith("p"))).toHaveLength(6);
    expect(chosen).toHaveLength(8);
  });

  it("is a bounded number, and the others in their turn", () => {
    const open = Array.from({ length: 20 }, (_, index) => order(`${index}`, 1e6 - index));
    const first = choose(open, {}, 0);
    expect(first).toHaveLength(8);
    const second = choose(open, Object.fromEntries(first.map((id) => [id, NOW])), 0);
    expect(second).toHaveLength(8);
    expect(second.filter((id) => first.includes(id))).toEqual([]);
  });
});

describe("an order that the venue does not know", () => {
  const settle = (ageMs: number, changes: Partial<VenueOrder>) =>
    settleMissing(order("a", ageMs, changes), deadlines, new Date(NOW));

  it("was never taken, once enough time has passed", () => {
    expect(settle(59_999, pending)).toBeNull();
    expect(settle(60_000, pending)).toMatchObject({
      event: "rejected",
      reason: "submit_not_found",
      execution: null,
    });
  });

  it("is canceled where a cancel was already asked for", () => {
    const status = "pending_cancel" as const;
    expect(settle(60_000, { status, brokerOrderId: null })).toMatchObject({ event: "canceled" });
  });

  it("is left alone where the venue has confirmed it before", () => {
    expect(settle(1e9, {})).toBeNull();
    expect(settle(1e9, { status: "pending_cancel" })).toBeNull();
  });
});

describe("a cancel that the venue has not done", () => {
  const report = { orderId: "a", brokerOrderId: "b1", execution: null, reason: null } as const;
  const found = (event: "new" | "canceled") => ({
    kind: "found" as const,
    brokerOrderId: "b1",
    reports: [{ ...report, event, venueStatus: event, at: new Date(NOW) }],
  });

  it("is asked for again while the order works", () => {
    const canceling = order("a", 1e6, { status: "pending_cancel" });
    expect(needsCancelAgain(canceling, found("new"))).toBe(true);
    expect(needsCancelAgain(canceling, found("canceled"))).toBe(false);
    expect(needsCancelAgain(canceling, { kind: "unknown", cause: "timeout" })).toBe(false);
    expect(needsCancelAgain(order("a", 1e6), found("new"))).toBe(false);
  });
});
