import { describe, expect, it } from "vitest";
import { GUESS_WINDOW_MS, guessesAllowed, retryAfterS } from "./guessing.ts";

const allowed = (total: number, isFamiliar: boolean) => guessesAllowed({ total, isFamiliar });

describe("guesses", () => {
  it("are ten from an address", () => {
    expect(allowed(0, false)).toBe(10);
    expect(allowed(99, false)).toBe(10);
  });

  it("are one from a strange address while many addresses guess, and ten from one of the owner's", () => {
    expect(allowed(100, false)).toBe(1);
    expect(allowed(100_000, true)).toBe(10);
  });

  it("are forgotten a quarter of an hour after the first", () => {
    expect(retryAfterS(0, 0)).toBe(900);
    expect(retryAfterS(0, 899_001)).toBe(1);
    expect(retryAfterS(0, GUESS_WINDOW_MS)).toBe(1);
  });
});
