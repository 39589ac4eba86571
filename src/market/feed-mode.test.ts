import { describe, expect, it } from "vitest";
import {
  feedMode,
  isStreamDead,
  nextPollBatch,
  placeSymbols,
  pollDelayMs,
  subscriptionChange,
} from "./feed-mode.ts";

describe("feedMode", () => {
  const quiet = { followed: 1, hasStream: true, ready: true, marketOpen: true, silentMs: 2_000 };

  const unpushed = { hasStream: false, ready: false, silentMs: 0 };

  it.each([
    ["polls a silent stream of an open market", quiet, "poll"],
    ["trusts a stream within the margin", { ...quiet, silentMs: 1_999 }, "stream"],
    ["trusts silence in a closed market", { ...quiet, marketOpen: false }, "stream"],
    ["polls while there is no stream", { ...quiet, ready: false, silentMs: 1_000 }, "poll"],
    ["waits out a reconnect", { ...quiet, ready: false, silentMs: 999 }, "stream"],
    ["asks for nothing in a closed market", { ...quiet, ready: false, marketOpen: false }, "idle"],
    ["polls at once where nothing is pushed", { ...quiet, ...unpushed }, "poll"],
    ["rests where nothing moves", { ...quiet, ...unpushed, marketOpen: false }, "idle"],
    ["rests when nothing is followed", { ...quiet, followed: 0 }, "idle"],
  ] as const)("%s", (_name, situation, mode) => {
    expect(feedMode(situation)).toBe(mode);
  });
});

it("polls each second while polls bring news, and slower when the market is merely quiet", () => {
  expect([0, 1, 2, 3, 4, 50].map(pollDelayMs)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 5_000]);
});

it("gives up a connection only when polls have seen what it did not tell", () => {
  const silent = { ready: true, silentMs: 20_000, eventfulPolls: 5 };
  expect(isStreamDead(silent)).toBe(true);
  expect(isStreamDead({ ...silent, eventfulPolls: 4 })).toBe(false);
  expect(isStreamDead({ ...silent, silentMs: 19_999 })).toBe(false);
  expect(isStreamDead({ ...silent, ready: false })).toBe(false);
});

describe("placeSymbols", () => {
  const followed = (audiences: Record<string, number>) =>
    Object.entries(audiences).map(([symbol, audience]) => ({ symbol, audience }));

  it("polls the least watched, and of equals those that came last", () => {
    const symbols = followed({ F: 1, T: 5, SOFI: 1, AAL: 0 });
    expect(placeSymbols(symbols, 2, new Set())).toEqual({
      streamed: ["T", "F"],
      polled: ["SOFI", "AAL"],
    });
  });

  it("leaves a symbol in the stream until another one is watched more", () => {
    const streamed = new Set(["SOFI"]);
    const place = (f: number) => placeSymbols(followed({ F: f, SOFI: 3 }), 1, streamed).streamed;
    expect([1, 3, 4].map(place)).toEqual([["SOFI"], ["SOFI"], ["F"]]);
  });
});

it("polls in turn, one request's worth at a time", () => {
  const symbols = ["A", "B", "C", "D", "E"];
  expect(nextPollBatch(symbols, null, 2)).toEqual(["A", "B"]);
  expect(nextPollBatch(symbols, "B", 2)).toEqual(["C", "D"]);
  expect(nextPollBatch(symbols, "D", 2)).toEqual(["E", "A"]);
  expect(nextPollBatch(symbols, "GONE", 2)).toEqual(["A", "B"]);
  expect(nextPollBatch(symbols, "B", 9)).toEqual(symbols);
});

it("subscribes and unsubscribes only what has changed", () => {
  expect(subscriptionChange(["F", "T"], ["T", "AAL"])).toEqual({ add: ["F"], remove: ["AAL"] });
});
