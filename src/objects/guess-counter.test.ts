import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { GUESS_WINDOW_MS } from "../domain/guessing.ts";
import type { GuessCounter } from "./guess-counter.ts";

const open = () => env.GUESS_COUNTER.getByName(`test:${crypto.randomUUID()}`);

/** As if so much time had passed. */
const pass = (counter: DurableObjectStub<GuessCounter>, ms: number) =>
  runInDurableObject(counter, (_, { storage }) => {
    storage.sql.exec("UPDATE failures SET since_ms = since_ms - ?", ms);
  });

async function guess(counter: DurableObjectStub<GuessCounter>, address: string, times: number) {
  const answers = await Promise.all(
    Array.from({ length: times }, () => counter.guessAccount(address)),
  );
  return answers.filter(({ kind }) => kind === "allowed").length;
}

describe("an account's counter", () => {
  it("allows ten at once or one after the other, and says which is the last", async () => {
    const counter = open();
    expect(await guess(counter, "198.51.100.1", 9)).toBe(9);
    expect(await counter.guessAccount("198.51.100.1")).toEqual({ kind: "allowed", last: true });
    expect(await counter.guessAccount("198.51.100.1")).toEqual({
      kind: "refused",
      retryAfterS: 900,
    });
    expect(await guess(counter, "198.51.100.1", 1_000)).toBe(0);
  });

  it("keeps nobody out elsewhere", async () => {
    const counter = open();
    await guess(counter, "198.51.100.1", 50);
    expect(await counter.guessAccount("203.0.113.9")).toMatchObject({ kind: "allowed" });
  });

  it("gives strange addresses one guess while many guess, and familiar ones ten", async () => {
    const counter = open();
    await counter.guessAccount("203.0.113.9");
    await counter.accountPassed("203.0.113.9");
    for (let n = 0; n < 10; n += 1) await guess(counter, `198.51.100.${n}`, 10);
    expect(await guess(counter, "198.51.100.77", 10)).toBe(1);
    expect(await guess(counter, "203.0.113.9", 20)).toBe(10);
  });

  it("does not count a guess that was taken back, and makes its address no more familiar", async () => {
    const counter = open();
    for (let n = 0; n < 20; n += 1) {
      expect(await guess(counter, "198.51.100.1", 1)).toBe(1);
      await counter.accountSpared("198.51.100.1");
    }
    expect(await guess(counter, "198.51.100.1", 20)).toBe(10);
    for (let n = 2; n < 12; n += 1) await guess(counter, `198.51.100.${n}`, 10);
    expect(await guess(counter, "198.51.100.1", 1)).toBe(0);
  });

  it("forgets what was before a right one, and after a quarter of an hour", async () => {
    const counter = open();
    await guess(counter, "198.51.100.1", 9);
    await counter.accountPassed("198.51.100.1");
    expect(await guess(counter, "198.51.100.1", 20)).toBe(10);
    await pass(counter, GUESS_WINDOW_MS - 2_000);
    expect(await guess(counter, "198.51.100.1", 1)).toBe(0);
    await pass(counter, 2_000);
    expect(await guess(counter, "198.51.100.1", 20)).toBe(10);
  });

  it("survives the object", async () => {
    const counter = open();
    await guess(counter, "198.51.100.1", 10);
    await evictDurableObject(counter);
    expect(await guess(counter, "198.51.100.1", 1)).toBe(0);
  });

  it("keeps nothing once all is forgotten", async () => {
    const counter = open();
    await guess(counter, "198.51.100.1", 10);
    await pass(counter, GUESS_WINDOW_MS);
    expect(await runDurableObjectAlarm(counter)).toBe(true);
    const alarm = await runInDurableObject(counter, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeNull();
    expect(await guess(counter, "198.51.100.1", 1)).toBe(1);
  });
});

describe("an address's counter", () => {
  it("allows a hundred on all accounts, not counting those that were right", async () => {
    const counter = open();
    for (let n = 0; n < 99; n += 1) await counter.guessAddress();
    await counter.addressSpared();
    expect(await counter.guessAddress()).toEqual({ kind: "allowed", last: false });
    expect(await counter.guessAddress()).toEqual({ kind: "allowed", last: true });
    expect(await counter.guessAddress()).toMatchObject({ kind: "refused" });
  });
});
