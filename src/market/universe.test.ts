import { expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { belongsToUniverse } from "./universe.ts";

const cap = decimal("100");

it.each([
  ["comes in below the cap", "99.99", false, true],
  ["stays out at the cap", "100", false, false],
  ["stays in up to 110 %", "110", true, true],
  ["goes out above it", "110.01", true, false],
  ["stays out in between", "105", false, false],
] as const)("%s", (_name, price, belonged, belongs) => {
  expect(belongsToUniverse(decimal(price), cap, belonged)).toBe(belongs);
});

it("stays as it was without a price", () => {
  expect(belongsToUniverse(null, cap, true)).toBe(true);
  expect(belongsToUniverse(null, cap, false)).toBe(false);
});

it("knows no bounds when the cap is zero", () => {
  expect(belongsToUniverse(decimal("5000"), decimal("0"), false)).toBe(true);
});
