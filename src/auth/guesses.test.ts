import { describe, expect, it } from "vitest";
import { createGuesses, type GuessCounters, type Guessed, type Guesses } from "./guesses.ts";

const ADDRESS = "198.51.100.1";

type Answer = Awaited<ReturnType<ReturnType<GuessCounters["account"]>["guessAccount"]>>;

const allowed: Answer = { kind: "allowed", last: false };
const refused: Answer = { kind: "refused", retryAfterS: 42 };

function setUp({ ofAddress = allowed, ofAccount = allowed }: Record<string, Answer> = {}) {
  const asked: string[] = [];
  const failures: unknown[] = [];
  const guesses = createGuesses({
    address: (address) => ({
      async guessAddress() {
        asked.push(`address ${address}`);
        return ofAddress;
      },
      addressSpared: () => void asked.push("address spared"),
    }),
    account: (name) => ({
      async guessAccount(address) {
        if (name === "lost") throw new Error("lost");
        asked.push(`account ${name} from ${address}`);
        return ofAccount;
      },
      async accountPassed(address) {
        if (name === "deaf") throw new Error("deaf");
        asked.push(`account passed from ${address}`);
      },
      accountSpared: (address) => void asked.push(`account spared from ${address}`),
    }),
    onFailure: (error) => failures.push(error),
  });
  return { guesses, asked, failures };
}

const begin = async (guesses: Guesses, guessed: Guessed) =>
  (await guesses.begin(ADDRESS)).on(guessed);

describe("a guess", () => {
  it("is counted by the address and on the account, and taken back if it was right", async () => {
    const { guesses, asked } = setUp();
    const guess = await begin(guesses, { userId: "u1" });
    await guess.passed();
    expect(asked).toEqual([
      `address ${ADDRESS}`,
      `account u1 from ${ADDRESS}`,
      "address spared",
      `account passed from ${ADDRESS}`,
    ]);
  });

  it("that nobody could look at is taken back, and makes no address familiar", async () => {
    const { guesses, asked } = setUp();
    await (await begin(guesses, { userId: "u1" })).withdrawn();
    expect(asked.slice(2)).toEqual(["address spared", `account spared from ${ADDRESS}`]);
  });

  it("that was right is not refused because that can't be told", async () => {
    const { guesses, failures } = setUp();
    await (await begin(guesses, { userId: "deaf" })).passed();
    expect(failures).toHaveLength(1);
  });

  it("of an address that has had its own is refused before anybody asks for the account", async () => {
    const { guesses, asked } = setUp({ ofAddress: refused });
    await expect(guesses.begin(ADDRESS)).rejects.toMatchObject({
      refusal: { code: "rate_limited", retryAfterS: 42 },
    });
    expect(asked).toEqual([`address ${ADDRESS}`]);
  });

  it("is refused by the account, too", async () => {
    const { guesses } = setUp({ ofAccount: refused });
    await expect(begin(guesses, { userId: "u1" })).rejects.toMatchObject({
      refusal: { code: "rate_limited", retryAfterS: 42 },
    });
  });

  it("at a name that there is not is counted by its hash", async () => {
    const { guesses, asked } = setUp({ ofAccount: { kind: "allowed", last: true } });
    const guess = await begin(guesses, { name: "hunter2" });
    expect(guess.isLast).toBe(true);
    expect(asked[1]).toMatch(/^account [\da-f]{64} from /);
  });

  it("is not made where nobody can count it", async () => {
    const { guesses, failures } = setUp();
    await expect(begin(guesses, { userId: "lost" })).rejects.toMatchObject({
      refusal: { code: "busy" },
    });
    expect(failures).toHaveLength(1);
  });
});
