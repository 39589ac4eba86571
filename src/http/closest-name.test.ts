import { describe, expect, it } from "vitest";
import { findClosest } from "./closest-name.ts";

const KNOWN = [
  "symbol",
  "side",
  "type",
  "quantity",
  "notional",
  "limit_price",
  "stop_price",
  "time_in_force",
  "client_order_id",
];

describe("findClosest", () => {
  it.each([
    ["qty", "quantity"],
    ["Quantity", "quantity"],
    ["quantiy", "quantity"],
    ["limitPrice", "limit_price"],
    ["limit-price", "limit_price"],
    ["tif", "time_in_force"],
    ["clientOrderId", "client_order_id"],
    ["sdie", "side"],
    ["symbl", "symbol"],
  ])("takes %s for %s", (typed, meant) => {
    expect(findClosest(typed, KNOWN)).toBe(meant);
  });

  it.each(["leverage", "x", "", "__proto__"])("has no guess for %s", (typed) => {
    expect(findClosest(typed, KNOWN)).toBeUndefined();
  });

  it("has no guess for what is longer than any name", () => {
    expect(findClosest("q".repeat(1000), KNOWN)).toBeUndefined();
  });
});
