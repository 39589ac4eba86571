import { describe, expect, it } from "vitest";
import type { MarketClock } from "../brokers/broker.ts";
import { isOpenAt, VenueClocks } from "./clock.ts";
import { recordingLog, START_MS } from "./scripted-venue.ts";

const later = (ms: number) => new Date(START_MS + ms);
const open: MarketClock = { isOpen: true, nextOpen: later(90_000), nextClose: later(30_000) };
const closed: MarketClock = { isOpen: false, nextOpen: later(30_000), nextClose: later(90_000) };

describe("isOpenAt", () => {
  it("follows the next transition without another reading", () => {
    expect(isOpenAt(open, START_MS + 29_999)).toBe(true);
    expect(isOpenAt(open, START_MS + 30_000)).toBe(false);
    expect(isOpenAt(closed, START_MS + 29_999)).toBe(false);
    expect(isOpenAt(closed, START_MS + 30_000)).toBe(true);
  });

  it("takes a market without hours as always open, and an unknown one as open", () => {
    expect(isOpenAt({ isOpen: true, nextOpen: null, nextClose: null }, START_MS)).toBe(true);
    expect(isOpenAt(null, START_MS)).toBe(true);
  });
});

describe("VenueClocks", () => {
  function setup(...script: (MarketClock | Error)[]) {
    let nowMs = START_MS;
    let reads = 0;
    const { log, lines } = recordingLog();
    const clocks = new VenueClocks({
      read: async () => {
        const answer = script[reads++];
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error("no more");
        return answer;
      },
      now: () => new Date(nowMs),
      onFailure: (venue, error) => log.warn("clock_failed", { venue, error }),
    });
    return { clocks, lines, reads: () => reads, wait: (ms: number) => (nowMs += ms) };
  }

  it("asks the venue once a minute, and at a transition", async () => {
    const { clocks, reads, wait } = setup(open, closed, open);
    expect(await clocks.isOpen("alpaca")).toBe(true);
    wait(29_000);
    expect(await clocks.isOpen("alpaca")).toBe(true);
    expect(reads()).toBe(1);
    wait(1_000);
    await clocks.get("alpaca");
    expect(reads()).toBe(2);
  });

  it("keeps the last reading while the venue does not answer, and asks again soon", async () => {
    const always: MarketClock = { isOpen: false, nextOpen: null, nextClose: null };
    const { clocks, lines, reads, wait } = setup(always, new Error("down"), open);
    await clocks.get("alpaca");
    wait(60_000);
    expect(await clocks.get("alpaca")).toEqual(always);
    expect(lines.map(({ event }) => event)).toEqual(["clock_failed"]);
    expect(await clocks.isOpen("alpaca")).toBe(false);
    expect(reads()).toBe(2);
    wait(10_000);
    expect(await clocks.get("alpaca")).toEqual(open);
  });
});
