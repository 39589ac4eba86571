import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invariants } from "../../src/domain/invariants.ts";
import { histories } from "../../src/domain/testing/account-history.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { agree, openPair, playTogether, prepareComparison } from "./model.ts";

/** A case is one command, played on both and compared. */
const CASES = Number(process.env.DIFFERENTIAL_CASES ?? 10_000);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_122);
/** Groups of accounts that are played at the same time, and the accounts of one. */
const LANES = 3;
const ACCOUNTS = 12;
const STEPS = 40;
const TIMEOUT_MS = 60_000 + CASES * 30;

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await prepareComparison(database);
});
afterAll(() => database.drop());

const lives = fc.array(
  fc.record({ wishes: histories(STEPS), cents: fc.integer({ min: 1, max: 300_000 }) }),
  { minLength: 1, maxLength: ACCOUNTS, size: "max" },
);

describe("the database and the pure account", () => {
  it(
    `agree to the last decimal on ${CASES} random commands`,
    async () => {
      let played = 0;
      const property = fc.asyncProperty(lives, async (accounts) => {
        const pairs = await Promise.all(
          accounts.map(({ cents }) => openPair(database, (cents / 100).toFixed(2))),
        );
        const rounds = Math.max(...accounts.map(({ wishes }) => wishes.length));
        for (let round = 0; round < rounds; round += 1) {
          const cases = await playTogether(database, pairs, (pair, nth) =>
            pair.grant(accounts[nth]?.wishes[round]),
          );
          cases.forEach(agree);
          played += cases.length;
        }
        for (const pair of pairs) {
          expect(invariants(pair.model)).toEqual([]);
          expect(await pair.stored.faults()).toEqual([]);
        }
      });
      const lane = async (nth: number): Promise<void> => {
        for (let round = 0; played < CASES; round += 1) {
          await fc.assert(property, { numRuns: 1, seed: SEED + nth + LANES * round });
        }
      };
      await Promise.all(Array.from({ length: LANES }, (_, nth) => lane(nth)));
      expect(played).toBeGreaterThanOrEqual(CASES);
    },
    TIMEOUT_MS,
  );
});
