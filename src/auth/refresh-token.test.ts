import { describe, expect, it } from "vitest";
import { createRefreshTokens } from "./refresh-token.ts";

const tokens = createRefreshTokens("0123456789abcdef0123456789abcdef");

describe("refresh tokens", () => {
  it("are long, opaque and never the same", () => {
    const issued = new Set(Array.from({ length: 100 }, () => tokens.issue()));
    expect(issued.size).toBe(100);
    for (const token of issued) expect(token).toMatch(/^[\w-]{43}$/);
  });

  it("have one successor, which only the server can tell", async () => {
    const token = tokens.issue();
    const successor = await tokens.successorOf(token);
    expect(successor).toMatch(/^[\w-]{43}$/);
    expect(await tokens.successorOf(token)).toBe(successor);
    expect(await tokens.successorOf(successor)).not.toBe(successor);
    const elsewhere = createRefreshTokens("another secret of thirty-two characters");
    expect(await elsewhere.successorOf(token)).not.toBe(successor);
  });

  it("are stored as SHA-256", async () => {
    expect(await tokens.hashOf("abc")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
