import { describe, expect, it } from "vitest";
import { ordersBreak, watchersBreak } from "./limits.ts";
import {
  accountOrders,
  alpacaOrders,
  branchOrders,
  computeMaxOrders,
  linkBookingOrders,
  lockedMs,
  ordersAt,
  ordersBill,
} from "./orders.ts";
import { GIVEN } from "./testing/given.ts";

describe("ten thousand orders a second", () => {
  const figures = ordersAt(GIVEN, 10_000);

  it("take what one takes, as often", () => {
    expect(figures).toMatchObject({
      workerCores: 50,
      statements: 70_000,
      rowsInserted: 140_000,
      rowsUpdated: 120_000,
      walMb: 120,
      placing: 80,
      databaseCores: 60,
      linkCalls: 10_000,
      // Placed, working, filled.
      accountCalls: 30_000,
      accounts: 3_000,
    });
    expect(figures.keptTb).toBeCloseTo((10_000 * 23_400 * 10_000) / 1e12);
  });

  it("take more than one database once a part of its cores is not enough", () => {
    expect(figures.computeUnits).toBeCloseTo(100);
    expect(figures.databases).toBe(2);
    expect(ordersAt(GIVEN, computeMaxOrders(GIVEN) - 1).databases).toBe(1);
  });

  it("are billed by the month", () => {
    const of = (what: string) => ordersBill(GIVEN, 10_000).find((line) => line.what === what);
    const month = 10_000 * 23_400 * 21;
    expect(of("requests")?.dollars).toBeCloseTo((month / 1e6) * 0.3);
    expect(of("CPU of the Worker")?.dollars).toBeCloseTo(((month * 5) / 1e6) * 0.02);
    expect(of("what a month's orders leave")?.dollars).toBeCloseTo(((month * 10_000) / 1e9) * 0.35);
  });
});

describe("what breaks", () => {
  it("by the venue, the link, an account's row, and a branch", () => {
    expect(alpacaOrders()).toBeCloseTo(200 / 60);
    expect(linkBookingOrders(GIVEN)).toBe(500);
    expect(lockedMs(GIVEN)).toBe(10);
    expect(accountOrders(GIVEN)).toBeCloseTo(100 / 0.01);
    expect(branchOrders(GIVEN)).toBeCloseTo(16e12 / (10_000 * 23_400 * 252));
  });

  it.each([
    ["orders", ordersBreak],
    ["watchers", watchersBreak],
  ])("is told in the order in which it does, for %s", (_load, breaks) => {
    const loads = breaks(GIVEN).map(({ at }) => at);
    expect(loads).toEqual(loads.toSorted((a, b) => a - b));
    expect(loads.every((at) => at > 0)).toBe(true);
  });

  it("changes its order with what was measured", () => {
    const slow = { ...GIVEN, costs: { ...GIVEN.costs, bookingMs: 1_000 } };
    expect(ordersBreak(GIVEN)[0]?.limit).toContain("the broker");
    expect(ordersBreak(slow)[0]?.limit).toBe("the venue's link: bookings");
  });
});
