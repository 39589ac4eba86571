import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

it("writes each figure under its name, with what it is of", () => {
  const points: (AnalyticsEngineDataPoint | undefined)[] = [];
  const metrics = createMetrics({ writeDataPoint: (point) => void points.push(point) });
  metrics.request({ method: "POST", route: "/api/v1/orders", status: 201 }, 42);
  metrics.step("place", 30);
  metrics.order({ venue: "alpaca", status: "rejected", reason: "venue_wash_trade" });
  metrics.feedAge({ venue: "binance", mode: "polling" }, 1500);
  metrics.gap("quotes");
  metrics.booked("alpaca", 5, 2);
  metrics.booked("alpaca", 1, 0);
  expect(points).toEqual([
    { indexes: ["request"], blobs: ["request", "POST", "/api/v1/orders", "201"], doubles: [42] },
    { indexes: ["step"], blobs: ["step", "place"], doubles: [30] },
    {
      indexes: ["order"],
      blobs: ["order", "alpaca", "rejected", "venue_wash_trade"],
      doubles: [1],
    },
    { indexes: ["feed_age"], blobs: ["feed_age", "binance", "polling"], doubles: [1500] },
    { indexes: ["gap"], blobs: ["gap", "quotes"], doubles: [1] },
    { indexes: ["booked"], blobs: ["booked", "alpaca"], doubles: [5] },
    { indexes: ["repairs"], blobs: ["repairs", "alpaca"], doubles: [2] },
    { indexes: ["booked"], blobs: ["booked", "alpaca"], doubles: [1] },
  ]);
});

it("loses a figure rather than the work it is about", () => {
  const full = createMetrics({
    writeDataPoint() {
      throw new Error("too many points");
    },
  });
  expect(() => full.gap("trades")).not.toThrow();
  expect(() => createMetrics(undefined).gap("trades")).not.toThrow();
});
