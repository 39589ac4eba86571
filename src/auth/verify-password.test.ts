import { describe, expect, it } from "vitest";
import type { User } from "./ports.ts";
import { verifyPassword } from "./verify-password.ts";

const FOUND = { user: { id: "u1" } as User, passwordHash: "hash" };
const CLAIM = { by: { username: "ada" }, password: "right", address: "198.51.100.1" };

/** Everybody waits until told to go on; `told` is what has happened so far. */
function setUp() {
  const told: string[] = [];
  const counters = Promise.withResolvers<void>();
  const deps: Parameters<typeof verifyPassword>[0] = {
    accounts: { findCredentials: async () => FOUND, auditGuessing: async () => {} },
    passwords: {
      verify: async (password) => password === "right",
      hash: async () => "hash",
      isOutdated: () => false,
    },
    guesses: {
      begin: async () => ({
        on: async () => ({
          isLast: false,
          async passed() {
            told.push("passed");
            await counters.promise;
            told.push("counters know");
          },
          withdrawn: async () => void told.push("withdrawn"),
        }),
      }),
    },
    now: () => new Date(0),
  };
  return { deps, told, counters };
}

describe("a right password", () => {
  it("is told to the counters while it is made use of; the answer waits for both", async () => {
    const { deps, told, counters } = setUp();
    const answer = verifyPassword(deps, CLAIM, async ({ user }) => {
      told.push("used");
      // Only now: whoever waited for the counters first would wait for good.
      counters.resolve();
      return user.id;
    });
    expect(await answer).toBe("u1");
    expect(told).toEqual(["passed", "used", "counters know"]);
  });

  it("is told to the counters even if it can't be made use of", async () => {
    const { deps, told, counters } = setUp();
    const answer = verifyPassword(deps, CLAIM, async () => {
      counters.resolve();
      throw new Error("the database is gone");
    });
    await expect(answer).rejects.toThrow("the database is gone");
    expect(told).toEqual(["passed", "counters know"]);
  });
});

it("makes no use of a wrong one", async () => {
  const { deps, told } = setUp();
  const wrong = { ...CLAIM, password: "wrong" };
  const answer = verifyPassword(deps, wrong, async () => void told.push("used"));
  await expect(answer).rejects.toMatchObject({ refusal: { code: "invalid_credentials" } });
  expect(told).toEqual([]);
});
