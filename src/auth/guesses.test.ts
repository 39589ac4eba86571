import { describe, expect, it } from "vitest";
import { createGuesses, type GuessCounters } from "./guesses.ts";

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
      addressPassed: () => void asked.push("address passed"),
    }),
    account: (name) => ({
      async guessAccount(address) {
        if (name === "lost") throw new Error("lost");
        asked.push(`account ${name} from ${address}`);
        return ofAccount;
      },
      async accountPassed(address) {
        asked.push(`account passed from ${address}`);
      },
    }),
    onFailure: (error) => failures.push(error),
  });
  return { guesses, asked, failures };
}

describe("a guess", () => {
  it("is counted by the address and on the account, and taken back if it was right", async () => {
    const { guesses, asked } = setUp();
    const guess = await guesses.begin({ userId: "u1" }, ADDRESS);
    await guess.passed();
    expect(asked).toEqual([
      `address ${ADDRESS}`,
      `account u1 from ${ADDRESS}`,
      "address passed",
      `account passed from ${ADDRESS}`,
    ]);
  });

  it("is refused by either, and leaves the account alone where the address has had its own", async () => {
    const refusal = { refusal: { code: "rate_limited", retryAfterS: 42 } };
    const one = setUp({ ofAddress: refused });
    await expect(one.guesses.begin({ userId: "u1" }, ADDRESS)).rejects.toMatchObject(refusal);
    expect(one.asked).toEqual([`address ${ADDRESS}`]);
    const other = setUp({ ofAccount: refused });
    await expect(other.guesses.begin({ userId: "u1" }, ADDRESS)).rejects.toMatchObject(refusal);
  });

  it("at a name that there is not is counted by its hash", async () => {
    const { guesses, asked } = setUp({ ofAccount: { kind: "allowed", last: true } });
    const guess = await guesses.begin({ name: "hunter2" }, ADDRESS);
    expect(guess.isLast).toBe(true);
    expect(asked[1]).toMatch(/^account [\da-f]{64} from /);
  });

  it("is not made where nobody can count it", async () => {
    const { guesses, failures } = setUp();
    await expect(guesses.begin({ userId: "lost" }, ADDRESS)).rejects.toMatchObject({
      refusal: { code: "busy" },
    });
    expect(failures).toHaveLength(1);
  });
});
