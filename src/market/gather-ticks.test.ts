import { expect, it } from "vitest";
import { gatherTicks } from "./gather-ticks.ts";
import { quoteTick, tradeTick } from "./scripted-venue.ts";

const quote = (atMs: number) => quoteTick("F", "10", "10.01", atMs);
const trade = (atMs: number) => tradeTick("F", "10", atMs);

it("keeps everything, in order, while there is room", () => {
  expect(gatherTicks([quote(1)], [trade(2), quote(3)], 3)).toEqual([quote(1), trade(2), quote(3)]);
});

it("keeps every trade and the newest quote when there is not", () => {
  const waiting = [quote(1), trade(2), quote(3)];
  expect(gatherTicks(waiting, [trade(4), quote(5)], 4)).toEqual([trade(2), trade(4), quote(5)]);
});

it("drops the oldest trades when even those are too many", () => {
  const waiting = [trade(1), trade(2), quote(3), trade(4)];
  expect(gatherTicks(waiting, [trade(5)], 3)).toEqual([quote(3), trade(4), trade(5)]);
});

it("keeps a halt, whatever else goes", () => {
  const halt = { kind: "status", symbol: "F", halted: true, atMs: 1 } as const;
  expect(gatherTicks([halt, trade(2)], [trade(3), quote(4)], 2)).toEqual([halt, quote(4)]);
});
