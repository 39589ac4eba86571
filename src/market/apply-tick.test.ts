import { expect, it } from "vitest";
import { absorbSnapshot, applyTick } from "./apply-tick.ts";
import { quoteOf, quoteTick, START_MS, tradeTick } from "./scripted-venue.ts";

const at = (ms: number) => START_MS + ms;
const state = absorbSnapshot(undefined, quoteOf("F"));

it("takes the touch from a quote and leaves the last trade", () => {
  const next = applyTick(state, quoteTick("F", "10.1", "10.12", at(5)), at(7));
  expect(next?.quote).toEqual({
    ...quoteOf("F"),
    bidPrice: "10.1",
    bidSize: "5",
    askPrice: "10.12",
    askSize: "6",
    atMs: at(5),
    confirmedAtMs: at(7),
    source: "stream",
  });
});

it("extends the session by a trade", () => {
  const next = applyTick(state, tradeTick("F", "10.25", at(5)), at(6));
  expect(next?.quote).toMatchObject({ price: "10.25", size: "3", high: "10.25", low: "9.7" });
  expect(next?.quote.volume).toBe("12003");
  expect(next?.quote.bidPrice).toBe("9.99");
});

it("marks a halt and its end", () => {
  const halt = { kind: "status", symbol: "F", halted: true, atMs: at(1) } as const;
  const halted = applyTick(state, halt, at(1));
  expect(halted?.quote.halted).toBe(true);
  expect(applyTick(halted, { ...halt, halted: false, atMs: at(2) }, at(2))?.quote.halted).toBe(
    false,
  );
});

it("starts from nothing, without inventing a session", () => {
  const next = applyTick(undefined, tradeTick("F", "10.25", at(5)), at(6));
  expect(next?.quote).toMatchObject({ price: "10.25", bidPrice: null, high: null, volume: null });
});

it("refuses a tick that is older than the last of its kind, and takes an equal one", () => {
  const traded = applyTick(state, tradeTick("F", "10.25", at(5)), at(6));
  expect(applyTick(traded, tradeTick("F", "10.2", at(4)), at(7))).toBeUndefined();
  expect(applyTick(traded, tradeTick("F", "10.2", at(5)), at(7))?.quote.price).toBe("10.2");
});

it("takes a trade that comes after a later quote: kinds are stamped by different clocks", () => {
  const quoted = applyTick(state, quoteTick("F", "10.1", "10.12", at(50)), at(51));
  const traded = applyTick(quoted, tradeTick("F", "10.11", at(40)), at(52));
  expect(traded?.quote).toMatchObject({ price: "10.11", bidPrice: "10.1", atMs: at(50) });
});

it("keeps newer prices against an older snapshot, but takes over its session", () => {
  const traded = applyTick(state, tradeTick("F", "10.5", at(500)), at(500));
  const snapshot = quoteOf("F", { atMs: at(400), confirmedAtMs: at(600), source: "cron" });
  const changed = { ...snapshot, open: quoteOf("F").price, volume: quoteOf("F").size };
  const next = absorbSnapshot(traded, changed);
  expect(next.quote).toMatchObject({ price: "10.5", source: "stream", open: "10", volume: "100" });
  expect(next.quote.high).toBe("10.5");
});

it("drops yesterday's extremes when a snapshot of a new session comes", () => {
  const traded = applyTick(state, tradeTick("F", "99", at(5)), at(5));
  const next = absorbSnapshot(traded, quoteOf("F", { atMs: at(9_000), confirmedAtMs: at(9_000) }));
  expect(next.quote).toMatchObject({ price: "10", high: "10.2", low: "9.7" });
});

it("keeps the order of ticks across a snapshot", () => {
  const traded = applyTick(state, tradeTick("F", "10.5", at(500)), at(500));
  const next = absorbSnapshot(traded, quoteOf("F", { atMs: at(700) }));
  expect(applyTick(next, tradeTick("F", "1", at(499)), at(800))).toBeUndefined();
});

it("does not let a snapshot end a halt that the stream has told", () => {
  const halt = { kind: "status", symbol: "F", halted: true, atMs: at(1) } as const;
  const next = absorbSnapshot(applyTick(state, halt, at(1)), quoteOf("F", { atMs: at(60_000) }));
  expect(next.quote.halted).toBe(true);
});

it("takes a later trade for the end of a halt, whose message was missed", () => {
  const halt = { kind: "status", symbol: "F", halted: true, atMs: at(10) } as const;
  const halted = applyTick(state, halt, at(10));
  expect(applyTick(halted, tradeTick("F", "10.1", at(10)), at(11))?.quote.halted).toBe(true);
  expect(applyTick(halted, tradeTick("F", "10.1", at(11)), at(11))?.quote.halted).toBe(false);
  expect(applyTick(state, tradeTick("F", "10.1", at(11)), at(11))?.quote.halted).toBeNull();
});
