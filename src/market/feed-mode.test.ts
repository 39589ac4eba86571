import { describe, expect, it } from "vitest";
import {
  feedMode,
  isStreamDead,
  nextInTurn,
  placeSymbols,
  pollDelayMs,
  pollShares,
  slowestPollMs,
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
  const delays = (requests: number) => [0, 1, 2, 3, 4, 50].map((it) => pollDelayMs(it, requests));
  expect(delays(1)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 5_000]);
  expect(delays(2)).toEqual([1_000, 2_000, 2_500, 2_500, 2_500, 2_500]);
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

describe("polls of more symbols than go into one request", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `S${n}`);
  const shares = (watched: number, held: number) =>
    pollShares({ watched: many(watched), held: many(held) }, 100);

  it.each([
    ["ask for all of a few", 30, 40, { watched: 30, held: 40, requests: 1 }],
    ["ask for what is watched each time", 30, 900, { watched: 30, held: 70, requests: 13 }],
    ["leave half to what is held", 900, 900, { watched: 50, held: 50, requests: 18 }],
    ["leave no more than it needs", 900, 10, { watched: 90, held: 10, requests: 10 }],
    ["leave nothing where nothing is held", 900, 0, { watched: 100, held: 0, requests: 9 }],
    ["are full where nothing is watched", 0, 301, { watched: 0, held: 100, requests: 4 }],
    ["are none of nothing", 0, 0, { watched: 0, held: 0, requests: 0 }],
  ])("%s", (_name, watched, held, expected) => {
    expect(shares(watched, held)).toEqual(expected);
  });

  it("come around before a quote is stale, as far as one a second can", () => {
    expect([0, 1, 2, 5, 13].map(slowestPollMs)).toEqual([5_000, 5_000, 2_500, 1_000, 1_000]);
  });

  it("go in turn", () => {
    const symbols = ["A", "B", "C", "D", "E"];
    expect(nextInTurn(symbols, null, 2)).toEqual(["A", "B"]);
    expect(nextInTurn(symbols, "B", 2)).toEqual(["C", "D"]);
    expect(nextInTurn(symbols, "D", 2)).toEqual(["E", "A"]);
    expect(nextInTurn(symbols, "GONE", 2)).toEqual(["A", "B"]);
    expect(nextInTurn(symbols, "B", 9)).toEqual(symbols);
    expect(nextInTurn(symbols, "B", 0)).toEqual([]);
  });
});

it("subscribes and unsubscribes only what has changed", () => {
  expect(subscriptionChange(["F", "T"], ["T", "AAL"])).toEqual({ add: ["F"], remove: ["AAL"] });
});
