import { describe, expect, it } from "vitest";
import { fewAtOnce, groupsOf } from "./few-at-once.ts";

const ITEMS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

describe("fewAtOnce", () => {
  it("has four under way at a time, and answers in the order of the items", async () => {
    let underWay = 0;
    let most = 0;
    const results = await fewAtOnce(ITEMS, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      // Later ones of a group are done first.
      for (let turn = 0; turn < 10 - item; turn++) await Promise.resolve();
      underWay -= 1;
      return item * 10;
    });
    expect(results).toEqual(ITEMS.map((item) => item * 10));
    expect(most).toBe(4);
  });

  it("begins nothing after one that failed", async () => {
    const begun: number[] = [];
    const work = fewAtOnce(ITEMS, async (item) => {
      begun.push(item);
      if (item === 2) throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  it("of nothing does nothing", async () => {
    expect(await fewAtOnce([], () => Promise.reject(new Error("asked")))).toEqual([]);
  });
});

it("groups are of four, and of what is left", () => {
  expect([...groupsOf(ITEMS)]).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
});
