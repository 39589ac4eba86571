import { expect, it } from "vitest";
import { fullBudget, spend } from "./request-budget.ts";

const rule = { burst: 2, perMinute: 60 };

it("allows a burst, then as many as time brings back", () => {
  const one = spend(fullBudget(rule, 0), rule, 0);
  const none = one && spend(one, rule, 0);
  expect(none?.tokens).toBe(0);
  expect(none && spend(none, rule, 999)).toBeUndefined();
  expect(none && spend(none, rule, 1_000)).toEqual({ tokens: 0, atMs: 1_000 });
  expect(none && spend(none, rule, 3_600_000)?.tokens).toBe(1);
});
