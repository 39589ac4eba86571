import { describe, expect, it } from "vitest";
import {
  encodeError,
  encodeGap,
  encodeHeartbeat,
  encodeJournalEvent,
  encodeMarketMessage,
  encodeSubscribed,
  encodeWelcome,
  frame,
  PING_REQUEST,
  PONG_FRAME,
} from "./protocol.ts";
import { topicsOf } from "./topic.ts";

const AT_MS = Date.parse("2026-11-20T15:00:00.000Z");

describe("the server's messages", () => {
  it("welcome with the limits", () => {
    expect(JSON.parse(encodeWelcome("c-1", AT_MS))).toEqual({
      type: "welcome",
      protocol: 1,
      connection_id: "c-1",
      server_time: "2026-11-20T15:00:00.000Z",
      heartbeat_ms: 15_000,
      limits: { symbols: 200, messages_per_second: 10 },
    });
  });

  it("list everything that is subscribed to", () => {
    const topics = [...topicsOf("F"), ...topicsOf("DOGE/USD").slice(0, 1)];
    expect(JSON.parse(encodeSubscribed("1", topics, 1_873))).toEqual({
      type: "subscribed",
      id: "1",
      subscriptions: { quotes: ["F", "DOGE/USD"], trades: ["F"], account: true },
      account_seq: 1_873,
    });
    expect(JSON.parse(encodeSubscribed(null, [], null))).toEqual({
      type: "subscribed",
      subscriptions: { quotes: [], trades: [], account: false },
    });
    expect(JSON.parse(encodeSubscribed(0, [], 0))).toMatchObject({ id: 0, account_seq: 0 });
  });

  it("name the fault and the request", () => {
    expect(JSON.parse(encodeError({ id: 3, code: 400, detail: "symbols" }))).toEqual({
      type: "error",
      id: 3,
      code: 400,
      message: "invalid syntax: symbols",
    });
    expect(JSON.parse(encodeError({ id: null, code: 429 }))).toEqual({
      type: "error",
      code: 429,
      message: "too many messages",
    });
  });

  it("tell by heartbeats where the account stands", () => {
    const heartbeat = { type: "heartbeat", counter: 7, server_time: "2026-11-20T15:00:00.000Z" };
    expect(JSON.parse(encodeHeartbeat(7, AT_MS, null))).toEqual(heartbeat);
    expect(JSON.parse(encodeHeartbeat(7, AT_MS, 0))).toEqual({ ...heartbeat, account_seq: 0 });
  });

  it("are of the journal, of the market and of what is missing", () => {
    const event = { seq: 5, kind: "order", event: "fill", data: { id: "o" } } as const;
    expect(JSON.parse(encodeJournalEvent(event))).toEqual({
      type: "order",
      channel: "account",
      seq: 5,
      event: "fill",
      data: { id: "o" },
    });
    const quote = {
      type: "quote",
      channel: "quotes",
      symbol: "F",
      epoch: "k1",
      seq: 5,
      data: { price: "1" },
    };
    const encoded = (skipped?: number) =>
      encodeMarketMessage("quote", "quotes|F", { epoch: "k1", seq: 5 }, '{"price":"1"}', skipped);
    expect(JSON.parse(encoded())).toEqual(quote);
    expect(JSON.parse(encoded(0))).toEqual(quote);
    expect(JSON.parse(encoded(1))).toEqual({ ...quote, skipped: 1 });
    const gap = encodeGap("trades|DOGE/USD", { epoch: "k1", seq: 5 }, { epoch: "k2", seq: 1 });
    expect(JSON.parse(gap)).toEqual({
      type: "gap",
      channel: "trades",
      symbol: "DOGE/USD",
      from: "k1:5",
      to: "k2:1",
    });
  });

  it("come in frames, each a list of them", () => {
    expect(frame([])).toBe("[]");
    expect(JSON.parse(frame(['{"type":"pong"}', '{"type":"heartbeat"}']))).toHaveLength(2);
    expect(JSON.parse(PONG_FRAME)).toEqual([{ type: "pong" }]);
    expect(JSON.parse(PING_REQUEST)).toEqual({ action: "ping" });
  });
});
