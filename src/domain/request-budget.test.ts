import { expect, it } from "vitest";
import { charge, fullBudget, spend } from "./request-budget.ts";

const rule = { burst: 2, perMinute: 60 };

it("allows a burst, then as many as time brings back", () => {
  const one = spend(fullBudget(rule, 0), rule, 0);
  const none = one && spend(one, rule, 0);
  expect(none?.tokens).toBe(0);
  expect(none && spend(none, rule, 999)).toBeUndefined();
  expect(none && spend(none, rule, 1_000)).toEqual({ tokens: 0, atMs: 1_000 });
  expect(none && spend(none, rule, 3_600_000)?.tokens).toBe(1);
});

it("keeps a part back for others", () => {
  const wide = { burst: 10, perMinute: 60 };
  expect(spend(fullBudget(wide, 0), wide, 0, 6, 5)).toBeUndefined();
  expect(spend(fullBudget(wide, 0), wide, 0, 5, 5)?.tokens).toBe(5);
});

it("counts what was used without asking, and makes up for it", () => {
  const overdrawn = charge(fullBudget(rule, 0), rule, 0, 4);
  expect(overdrawn.tokens).toBe(-2);
  expect(spend(overdrawn, rule, 2_999)).toBeUndefined();
  expect(spend(overdrawn, rule, 3_000)?.tokens).toBe(0);
  expect(charge(overdrawn, rule, 0, 1_000).tokens).toBe(-2);
});

it("fills by the time since it was last charged", () => {
  const rule = { burst: 10, perMinute: 60 };
  const empty = charge(fullBudget(rule, 90_000), rule, 90_000, 10);
  expect(charge(empty, rule, 91_000, 0)).toEqual({ tokens: 1, atMs: 91_000 });
});
