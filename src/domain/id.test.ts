import { describe, expect, it } from "vitest";
import { madeAtMs, newId } from "./id.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
// Later than any real clock, so that ids made elsewhere in the process don't interfere.
const FUTURE_MS = Date.UTC(2300, 0, 1);

describe("newId", () => {
  it("is a version 7 UUID that carries its time", () => {
    const id = newId(FUTURE_MS);
    expect(id).toMatch(UUID_V7);
    expect(madeAtMs(id)).toBe(FUTURE_MS);
  });

  it("increases within one millisecond, also past what the counter holds", () => {
    const ids = Array.from({ length: 10_000 }, () => newId(FUTURE_MS + 10));
    expect(ids.findIndex((id, nth) => nth > 0 && id <= (ids[nth - 1] ?? ""))).toBe(-1);
    expect(ids.find((id) => !UUID_V7.test(id))).toBeUndefined();
    // Each of these times holds some thousands, and no more are taken than it needs.
    const times = [...new Set(ids.map((id) => madeAtMs(id) - FUTURE_MS))];
    expect(times).toEqual([10, 11, 12]);
  });

  it("increases when the clock steps back", () => {
    const before = newId(FUTURE_MS + 1_000_000);
    expect(newId(FUTURE_MS) > before).toBe(true);
  });
});
