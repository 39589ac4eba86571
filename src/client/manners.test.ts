import { describe, expect, it } from "vitest";
import { addressOf, endOf, renewalOf } from "./credential.ts";
import { EventQueue } from "./event-queue.ts";
import { Journal } from "./journal.ts";
import { parseFrame } from "./messages.ts";
import { Pacer } from "./pacer.ts";
import { feel, PATIENCE } from "./pulse.ts";
import { BACKOFF, backoffMs, verdictOn } from "./reconnect.ts";
import { collect, entry, quote } from "./testing/fake-socket.ts";
import { toSymbol } from "./topic.ts";

const NOW_MS = 1_790_000_000_000;

describe("after a close", () => {
  const verdict = (code: number, attempt = 0) =>
    verdictOn({ code, reason: "", error: "why" }, attempt, 0, BACKOFF);

  it.each([4001, 4002, 4006])("of %i there is no other try", (code) => {
    expect(verdict(code)).toMatchObject({ kind: "stop", error: { code } });
  });

  it.each([1012, 4003])("of %i the next try is at once, but not the one after it", (code) => {
    expect(verdict(code)).toMatchObject({ kind: "retry", afterMs: 0 });
    expect(verdict(code, 1)).toMatchObject({ kind: "retry", afterMs: 1_000 });
  });

  it.each([1000, 1001, 1006, 1009, 4007, 4029])("of %i the next try waits", (code) => {
    expect(verdict(code)).toMatchObject({ kind: "retry", afterMs: 500 });
  });

  it("the wait doubles up to the longest, and is up to half of it less", () => {
    expect(backoffMs(3, 0, BACKOFF)).toBe(4_000);
    expect(backoffMs(3, 0.5, BACKOFF)).toBe(3_000);
    expect(backoffMs(60, 0, BACKOFF)).toBe(30_000);
  });

  it("the reason says what the server said", () => {
    const { error } = verdict(4002);
    expect(error.message).toBe("the credential was refused (4002): why");
  });
});

describe("a connection's pulse", () => {
  const heard = { heardAtMs: NOW_MS, pingedAtMs: null, welcomed: true };

  it("is asked for after silence, and is dead without an answer", () => {
    expect(feel(heard, PATIENCE, NOW_MS + 1_000)).toBe(14_000);
    expect(feel(heard, PATIENCE, NOW_MS + 15_000)).toBe("ping");
    const pinged = { ...heard, pingedAtMs: NOW_MS + 15_000 };
    expect(feel(pinged, PATIENCE, NOW_MS + 24_000)).toBe(1_000);
    expect(feel(pinged, PATIENCE, NOW_MS + 25_000)).toBe("dead");
  });

  it("begins with a welcome", () => {
    expect(feel({ ...heard, welcomed: false }, PATIENCE, NOW_MS + 10_000)).toBe("dead");
  });
});

it("sends no more than eight messages a second", () => {
  const pacer = new Pacer();
  let nowMs = NOW_MS;
  const sentAtMs: number[] = [];
  for (let n = 0; n < 100; n += 1) {
    nowMs += pacer.delayMs(nowMs);
    pacer.sent(nowMs);
    sentAtMs.push(nowMs);
  }
  sentAtMs.forEach((atMs, n) => {
    expect((sentAtMs[n + 8] ?? Number.POSITIVE_INFINITY) - atMs).toBeGreaterThanOrEqual(1_000);
  });
  expect(nowMs - NOW_MS).toBe(12_000);
});

describe("a credential", () => {
  const jwt = (payload: object) => `e30.${btoa(JSON.stringify(payload)).replaceAll("=", "")}.s`;

  it("ends when its token does, as far as that can be told", () => {
    expect(endOf({ token: jwt({ exp: 1_790_000_000, name: "ÿ?>" }) })).toBe(NOW_MS);
    expect(endOf({ token: "opaque", expiresAt: new Date(NOW_MS) })).toBe(NOW_MS);
    for (const credential of [{ token: "opaque" }, { token: jwt({}) }, { ticket: "t" }])
      expect(endOf(credential)).toBeNull();
  });

  it("is renewed a minute before its end, or after half of its life", () => {
    expect(renewalOf(NOW_MS + 1_800_000, NOW_MS)).toBe(NOW_MS + 1_740_000);
    expect(renewalOf(NOW_MS + 20_000, NOW_MS)).toBe(NOW_MS + 10_000);
  });

  it("stands in the subprotocol as a token, in the address as a ticket", () => {
    expect(addressOf("ws://x/ws/market", { token: "a.b" })).toEqual({
      url: "ws://x/ws/market",
      protocols: ["speedtrade", "bearer.a.b"],
    });
    expect(addressOf("ws://x/ws/market", { ticket: "t" }).url).toBe("ws://x/ws/market?ticket=t");
    expect(addressOf("ws://x/y?z=1", { ticket: "t" }).url).toBe("ws://x/y?z=1&ticket=t");
    expect(addressOf("ws://x/y", null)).toEqual({ url: "ws://x/y", protocols: ["speedtrade"] });
  });
});

it("knows symbols in any spelling", () => {
  for (const spelling of ["doge-usd", "DOGEUSD", " doge/usd "])
    expect(toSymbol(spelling)).toBe("DOGE/USD");
  expect(toSymbol("brk.b")).toBe("BRK.B");
  for (const spelling of ["", "F|T", "a b", "DOGE/EUR"])
    expect(() => toSymbol(spelling)).toThrow(TypeError);
});

it("counts the journal without a hole, and nothing twice", () => {
  const journal = new Journal();
  expect(journal.isBehind(5)).toBe(false);
  journal.start(3);
  journal.start(9);
  expect([3, 4, 6, 4, 5].map((seq) => journal.take(seq))).toEqual([
    "known",
    "next",
    "hole",
    "known",
    "next",
  ]);
  expect([journal.seq, journal.isBehind(5), journal.isBehind(6)]).toEqual([5, false, true]);
});

describe("a frame", () => {
  it("is an array of messages, of which unknown types are left out", () => {
    const frame = [quote(1), { type: "news" }, entry(2), { type: "pong" }];
    expect(parseFrame(JSON.stringify(frame))).toEqual([frame[0], frame[2], frame[3]]);
  });

  it.each([
    "{",
    "{}",
    "[1]",
    "[{}]",
    `[${JSON.stringify(quote(1.5))}]`,
    `[${JSON.stringify({ ...entry(1), channel: "quotes" })}]`,
    '[{"type":"subscribed","subscriptions":{}}]',
    '[{"type":"heartbeat","counter":"1"}]',
    new ArrayBuffer(4),
  ])("that is %s is not ours", (data) => {
    expect(parseFrame(data)).toBeUndefined();
  });
});

describe("an iteration", () => {
  const status = { type: "status", state: "open", attempt: 0 } as const;

  it("gets everything before its end", async () => {
    let released = 0;
    const queue = new EventQueue(() => {
      released += 1;
    });
    const first = queue.next();
    queue.push(status);
    queue.push(status);
    queue.end(null);
    queue.push(status);
    expect(await first).toEqual({ value: status, done: false });
    expect(await collect(queue)).toEqual([status]);
    expect(released).toBe(1);
  });

  it("that is too far behind ends with an error, behind what it could keep", async () => {
    const queue = new EventQueue(() => {});
    for (let n = 0; n < 10_001; n += 1) queue.push(status);
    let count = 0;
    await expect(async () => {
      for await (const _ of queue) count += 1;
    }).rejects.toThrow("10000 events behind");
    expect(count).toBe(10_000);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });
});
