import { describe, expect, it } from "vitest";
import { Gate } from "./gate.ts";

describe("a gate", () => {
  it("lets in as many as there is room for, and more as they leave", () => {
    const gate = new Gate(2, 1_000);
    const leave = gate.enter(0);
    expect(gate.enter(0)).toBeDefined();
    expect(gate.enter(0)).toBeUndefined();
    leave?.();
    leave?.();
    expect(gate.enter(0)).toBeDefined();
    expect(gate.enter(0)).toBeUndefined();
  });

  it("forgets who never left", () => {
    const gate = new Gate(2, 1_000);
    gate.enter(0);
    gate.enter(500);
    expect(gate.enter(999)).toBeUndefined();
    expect(gate.enter(1_000)).toBeDefined();
    expect(gate.enter(1_000)).toBeUndefined();
  });
});
