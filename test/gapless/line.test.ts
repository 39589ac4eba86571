import { describe, expect, it } from "vitest";
import { Line } from "./line.ts";

const F = { channel: "quotes", symbol: "F", epoch: "k1" };
const snapshot = (seq: number, change = {}) => ({ type: "snapshot", ...F, seq, ...change });
const quote = (seq: number, change = {}) => ({ type: "quote", ...F, seq, ...change });
const gap = { type: "gap", channel: "quotes", symbol: "F", from: "k1:1", to: "k2:9" };
const entry = (seq: number) => ({ type: "order", channel: "account", seq });

function judge(ask: object, messages: readonly object[], account_seq?: number): string[] {
  const line = new Line({ everyTick: false });
  line.sent(JSON.stringify({ id: "1", ...ask }));
  const confirmed = { type: "subscribed", id: "1", subscriptions: { quotes: [] }, account_seq };
  line.received(JSON.stringify([confirmed, ...messages]));
  return line.faults;
}

const subscribe = { action: "subscribe", channels: ["quotes"], symbols: ["F"] };
const resume = { action: "resume", cursors: { "quotes|F": "k1:4" } };

describe("a line", () => {
  it.each([
    ["a snapshot and what follows", subscribe, [snapshot(4), quote(5), quote(8, { skipped: 2 })]],
    ["what follows on a resume", resume, [quote(5)]],
    ["a gap after a resume", resume, [gap, snapshot(9, { epoch: "k2" })]],
    ["a gap in between", subscribe, [snapshot(4), gap, snapshot(2, { epoch: "k2" })]],
  ])("accepts %s", (_, ask, messages) => {
    expect(judge(ask, messages)).toEqual([]);
  });

  it.each([
    ["a quote that does not follow", subscribe, [snapshot(4), quote(6)]],
    ["a quote that comes twice", subscribe, [snapshot(4), quote(5), quote(5)]],
    ["a quote of another epoch", subscribe, [snapshot(4), quote(5, { epoch: "k2" })]],
    ["a quote before its snapshot", subscribe, [quote(4)]],
    ["a quote after a gap", subscribe, [snapshot(4), gap, quote(9)]],
    ["a snapshot that nothing announced", resume, [snapshot(9)]],
    ["a symbol that nobody asked for", subscribe, [snapshot(4), snapshot(1, { symbol: "T" })]],
  ])("finds %s", (_, ask, messages) => {
    expect(judge(ask, messages)).toHaveLength(1);
  });

  it("lets entries come again, and none be missing", () => {
    const account = { action: "resume", cursors: { account: "4" } };
    expect(judge(account, [5, 6, 5, 6, 7].map(entry), 4)).toEqual([]);
    expect(judge(account, [5, 7].map(entry), 4)).toEqual(["entry 7 after 5"]);
    expect(judge(subscribe, [entry(1)])).toEqual(["entry 1 without asking"]);
  });
});
