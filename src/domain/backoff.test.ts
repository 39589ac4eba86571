import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

describe("backoffMs", () => {
  it("doubles from half a second up to thirty", () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => backoffMs(attempt, 0));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("takes off up to half at random, never more", () => {
    expect(backoffMs(3, 0.5)).toBe(3_000);
    expect(backoffMs(3, 0.999_999)).toBeGreaterThanOrEqual(2_000);
  });
});
