import { expect, it } from "vitest";
import { isRepeated } from "./room-update.ts";

it("recognises what a feed has told before, and no other feed's", () => {
  const last = { feed: "f1", number: 7 };
  expect(isRepeated({ feed: "f1", number: 7 }, last)).toBe(true);
  expect(isRepeated({ feed: "f1", number: 6 }, last)).toBe(true);
  expect(isRepeated({ feed: "f1", number: 9 }, last)).toBe(false);
  expect(isRepeated({ feed: "f2", number: 1 }, last)).toBe(false);
  expect(isRepeated({ feed: "f1", number: 1 }, null)).toBe(false);
});
