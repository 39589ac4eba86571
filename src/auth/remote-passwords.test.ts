import { describe, expect, it } from "vitest";
import { createRemotePasswords, type PasswordHashing } from "./remote-passwords.ts";

const sound: PasswordHashing = {
  hash: async (password) => ({ kind: "hashed", phc: `hash of ${password}` }),
  verify: async (password, phc) => ({ kind: "verified", matches: phc === `hash of ${password}` }),
};
const full: PasswordHashing = {
  hash: async () => ({ kind: "busy" }),
  verify: async () => ({ kind: "busy" }),
};
const broken: PasswordHashing = {
  hash: () => Promise.reject(new Error("lost")),
  verify: () => Promise.reject(new Error("lost")),
};

function setUp(...shards: readonly [PasswordHashing, ...PasswordHashing[]]) {
  const asked: number[] = [];
  const failures: unknown[] = [];
  const passwords = createRemotePasswords({
    shards: shards.length,
    shard(index) {
      asked.push(index);
      return shards[index] ?? shards[0];
    },
    random: () => 0.99,
    onFailure: (error) => failures.push(error),
  });
  return { passwords, asked, failures };
}

describe("passwords that are hashed elsewhere", () => {
  it("are hashed and verified by one shard", async () => {
    const { passwords, asked } = setUp(full, sound);
    const phc = await passwords.hash("correct horse");
    expect(await passwords.verify("correct horse", phc)).toBe(true);
    expect(await passwords.verify("correct horse", null)).toBe(false);
    expect(asked).toEqual([1, 1, 1]);
  });

  it("go to the next shard where one is full or lost", async () => {
    const one = setUp(sound, full);
    expect(await one.passwords.hash("x")).toBe("hash of x");
    expect(one.failures).toEqual([]);
    const other = setUp(sound, broken);
    expect(await other.passwords.hash("x")).toBe("hash of x");
    expect(other.failures).toHaveLength(1);
  });

  it("are busy where that one is, too", async () => {
    for (const { passwords } of [setUp(full, full, full), setUp(full, broken), setUp(full)])
      await expect(passwords.verify("x", null)).rejects.toMatchObject({
        refusal: { code: "busy" },
      });
  });
});
