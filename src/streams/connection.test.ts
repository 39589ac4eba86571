import { describe, expect, it } from "vitest";
import { type Principal, SCOPES } from "../domain/principal.ts";
import { fromAttachment, PLACES_MAX, toAttachment } from "./attachment.ts";
import {
  type Connection,
  endOf,
  openConnection,
  prolongs,
  type Request,
  receive,
  symbolsOf,
} from "./connection.ts";
import { acknowledge, NO_HEARTBEAT, pace } from "./heartbeat.ts";
import { type Cursor, type Topic, topicOf } from "./topic.ts";

const NOW_MS = 1_790_000_000_000;
const PRINCIPAL: Principal = {
  userId: "0193aaaa-0000-7000-8000-000000000001",
  sessionId: "0193aaaa-0000-7000-8000-000000000002",
  apiKeyId: null,
  scopes: SCOPES,
  expiresAt: new Date(NOW_MS + 1_800_000),
};

const ask = (message: unknown, principal: Principal | null = PRINCIPAL): Request =>
  receive(openConnection("c", principal, NOW_MS), JSON.stringify(message), NOW_MS).request;

describe("a request", () => {
  // The first of these tests, since it is the one for which the schema of messages is made.
  it("is one of six", () => {
    const asked = [
      { action: "auth", token: "token" },
      { action: "subscribe", id: "1", channels: ["quotes", "trades"], symbols: ["F"] },
      { action: "unsubscribe", id: 2, channels: ["account"] },
      { action: "resume", cursors: { "quotes|F": "k3:10452" } },
      { action: "ack", counter: 3 },
      { action: "ping" },
    ].map((message) => ask(message));
    expect(asked).toMatchObject([
      { kind: "authenticate", id: null, token: "token" },
      { kind: "subscribe", id: "1", topics: ["quotes|F", "trades|F"], account: false },
      { kind: "unsubscribe", id: 2, topics: [], account: true, unknown: [] },
      { kind: "resume", accountSeq: null },
      { kind: "none" },
      { kind: "pong" },
    ]);
  });

  it("names topics by channel and symbol, in any spelling", () => {
    const channels = ["quotes", "trades"];
    expect(ask({ action: "subscribe", id: "1", channels, symbols: ["f", "doge-usd"] })).toEqual({
      kind: "subscribe",
      id: "1",
      topics: ["quotes|F", "trades|F", "quotes|DOGE/USD", "trades|DOGE/USD"],
      account: false,
      unknown: [],
    });
    expect(ask({ action: "subscribe", channels: ["account"] })).toMatchObject({
      topics: [],
      account: true,
      unknown: [],
    });
    expect(symbolsOf(["quotes|F", "trades|F", "quotes|DOGE/USD"])).toEqual(
      new Set(["F", "DOGE/USD"]),
    );
  });

  it("tells what can't be a symbol, and asks for the rest", () => {
    const symbols = ["F", "no symbol", "no symbol"];
    expect(ask({ action: "unsubscribe", channels: ["trades", "account"], symbols })).toEqual({
      kind: "unsubscribe",
      id: null,
      topics: ["trades|F"],
      account: true,
      unknown: ["no symbol"],
    });
  });

  it("says who it is, as often as it likes", () => {
    const authenticate = { kind: "authenticate", id: 7, token: "t" };
    expect(ask({ action: "auth", id: 7, token: "t" }, null)).toEqual(authenticate);
    expect(ask({ action: "auth", id: 7, token: "t" })).toEqual(authenticate);
    expect(ask({ action: "auth", id: 7, token: "" })).toMatchObject({
      error: { id: 7, code: 400, detail: "token" },
    });
  });

  it("may be bytes, if they are UTF-8", () => {
    const connection = openConnection("c", PRINCIPAL, NOW_MS);
    const read = (bytes: Uint8Array) =>
      receive(connection, new Uint8Array(bytes).buffer, NOW_MS).request;
    const bytes = new TextEncoder().encode('{"action":"ping"}');
    expect(read(bytes)).toEqual({ kind: "pong" });
    expect(read(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]))).toEqual({ kind: "pong" });
    expect(read(bytes.slice(1))).toEqual({
      kind: "refuse",
      error: { id: null, code: 400, detail: "not JSON" },
      close: null,
    });
    expect(read(new Uint8Array([0x22, 0xff, 0x22]))).toMatchObject({
      error: { code: 400, detail: "not JSON" },
    });
    expect(read(new Uint8Array(4_096))).toMatchObject({ kind: "refuse" });
    expect(read(new Uint8Array(4_097))).toEqual({ kind: "close", code: 1009 });
  });

  it("that is an acknowledgement is kept, and asks for nothing", () => {
    const connection = { ...openConnection("c", null, NOW_MS), heartbeat: { sent: 3, acked: 1 } };
    const received = receive(connection, '{"action":"ack","counter":2}', NOW_MS);
    expect(received.request).toEqual({ kind: "none" });
    expect(received.connection.heartbeat).toEqual({ sent: 3, acked: 2 });
    expect(received.connection.allowance.messages).toBe(9);
  });

  it("is refused before authentication, and with a fault that names its member", () => {
    const subscribe = { action: "subscribe", id: "1", channels: ["quotes"], symbols: ["F"] };
    expect(ask(subscribe, null)).toMatchObject({ error: { id: "1", code: 401 } });
    expect(ask({ ...subscribe, symbols: [] })).toMatchObject({
      error: { code: 400, detail: "symbols" },
    });
    expect(ask({ action: "dance", id: 3 })).toMatchObject({
      error: { id: 3, code: 400, detail: "action" },
    });
    expect(ask({ action: "dance" })).toMatchObject({ error: { id: null, code: 400 } });
    expect(ask(null)).toMatchObject({ error: { id: null, code: 400, detail: "not a message" } });
  });

  it.each([
    ["quotes|F", "10"],
    ["quotes|F", "k3:10:11"],
    ["quotes", "k3:10"],
    ["quotes|no symbol", "k3:10"],
    ["bars|F", "k3:10"],
    ["account", "k3:10"],
    ["account", "-1"],
    ["account", "1".repeat(16)],
  ])("does not resume %s from %s", (name, cursor) => {
    expect(ask({ action: "resume", id: "4", cursors: { [name]: cursor } })).toEqual({
      kind: "refuse",
      error: { id: "4", code: 400, detail: `cursors.${name}` },
      close: null,
    });
  });

  it.each<[string, object, object, string]>([
    ["an id", { action: "auth", token: "t", id: "i".repeat(64) }, { id: "i".repeat(65) }, "id"],
    ["an id", { action: "auth", token: "t", id: 0 }, { id: 1.5 }, "id"],
    [
      "a symbol",
      { action: "subscribe", channels: ["quotes"], symbols: ["s".repeat(32)] },
      { symbols: ["s".repeat(33)] },
      "symbols.0",
    ],
    [
      "symbols",
      { action: "subscribe", channels: ["quotes"], symbols: Array(1_000).fill("F") },
      { symbols: Array(1_001).fill("F") },
      "symbols",
    ],
    [
      "channels",
      { action: "unsubscribe", channels: Array(8).fill("account") },
      { channels: Array(9).fill("account") },
      "channels",
    ],
    ["channels", { action: "unsubscribe", channels: ["account"] }, { channels: [] }, "channels"],
    ["a counter", { action: "ack", counter: 0 }, { counter: -1 }, "counter"],
    ["a counter", { action: "ack", counter: 1 }, { counter: 0.5 }, "counter"],
  ])("holds %s to its bounds", (_what, message, change, detail) => {
    expect(ask(message).kind).not.toBe("refuse");
    expect(ask({ ...message, ...change })).toMatchObject({ error: { code: 400, detail } });
  });

  it("has no account without the right to read", () => {
    const blind: Principal = { ...PRINCIPAL, scopes: ["trade"] };
    const error = { id: null, code: 409, detail: "account" };
    const subscribe = { action: "subscribe", channels: ["account"] };
    expect(ask(subscribe, blind)).toMatchObject({ error });
    expect(ask({ action: "resume", cursors: { account: "1" } }, blind)).toMatchObject({ error });
  });

  it("resumes from cursors", () => {
    const request = ask({
      action: "resume",
      id: "4",
      cursors: { "quotes|F": "k3:10452", account: "1873" },
    });
    expect(request).toMatchObject({ kind: "resume", accountSeq: 1873 });
    if (request.kind === "resume")
      expect([...request.cursors]).toEqual([["quotes|F", { epoch: "k3", seq: 10452 }]]);
  });

  it("may be 4 KiB long, in bytes", () => {
    const connection = openConnection("c", PRINCIPAL, NOW_MS);
    const wide = `{"action":"ping","x":"${"é".repeat(2_100)}"}`;
    expect(receive(connection, wide, NOW_MS).request).toEqual({ kind: "close", code: 1009 });
    const bare = '{"action":"ping","x":""}'.length;
    const fits = `{"action":"ping","x":"${"é".repeat((4_096 - bare) / 2)}"}`;
    expect(receive(connection, fits, NOW_MS).request).toEqual({ kind: "pong" });
    const long = `{"action":"ping","x":"${"e".repeat(4_097 - bare)}"}`;
    expect(receive(connection, long, NOW_MS).request).toEqual({ kind: "close", code: 1009 });
  });
});

describe("the allowance", () => {
  const NONE = { messages: 0, atMs: NOW_MS };
  const send = (from: Connection, count: number, everyMs: number) => {
    let connection = from;
    const requests: Request[] = [];
    for (let n = 0; n < count; n += 1) {
      const received = receive(connection, '{"action":"ping"}', NOW_MS + n * everyMs);
      connection = received.connection;
      requests.push(received.request);
    }
    return requests;
  };

  it("is ten messages a second", () => {
    const connection = openConnection("c", PRINCIPAL, NOW_MS);
    expect(send(connection, 200, 100).every(({ kind }) => kind === "pong")).toBe(true);
    const burst = send(connection, 12, 0);
    expect(burst.slice(0, 10).every(({ kind }) => kind === "pong")).toBe(true);
    expect(burst[10]).toMatchObject({ kind: "refuse", error: { code: 429 }, close: null });
    // Twenty beyond it are borne, each refused.
    const flood = send(connection, 31, 0);
    expect(flood[29]).toMatchObject({ error: { code: 429 }, close: null });
    expect(flood[30]).toMatchObject({ error: { code: 429 }, close: 4029 });
  });

  it("comes back at that rate, and no faster", () => {
    const spent = { ...openConnection("c", PRINCIPAL, NOW_MS), allowance: NONE };
    const kind = (ms: number) => receive(spent, '{"action":"ping"}', NOW_MS + ms).request.kind;
    expect([kind(99), kind(100)]).toEqual(["refuse", "pong"]);
  });

  it("does not grow while nothing is said, nor by a clock that was set back", () => {
    const connection = openConnection("c", PRINCIPAL, NOW_MS);
    const later = (ms: number) => receive(connection, "{}", NOW_MS + ms).connection.allowance;
    expect(later(60_000)).toEqual({ messages: 9, atMs: NOW_MS + 60_000 });
    expect(later(-60_000)).toEqual({ messages: 9, atMs: NOW_MS - 60_000 });
  });
});

describe("the end", () => {
  it("is the token's, or that of patience with who does not authenticate", () => {
    expect(endOf(openConnection("c", null, NOW_MS))).toEqual({
      atMs: NOW_MS + 10_000,
      error: { id: null, code: 404 },
      close: 4002,
    });
    expect(endOf(openConnection("c", PRINCIPAL, NOW_MS))).toEqual({
      atMs: NOW_MS + 1_800_000,
      error: { id: null, code: 401, detail: "token expired" },
      close: 4003,
    });
    expect(endOf(openConnection("c", { ...PRINCIPAL, expiresAt: null }, NOW_MS))).toBeNull();
  });

  it("is put off by a later one of the same user", () => {
    const until = (ms: number | null, userId = PRINCIPAL.userId): Principal => ({
      ...PRINCIPAL,
      userId,
      expiresAt: ms === null ? null : new Date(ms),
    });
    expect(prolongs(until(2), until(1))).toBe(true);
    expect(prolongs(until(null), until(1))).toBe(true);
    expect(prolongs(until(1), until(1))).toBe(false);
    expect(prolongs(until(2), until(null))).toBe(false);
    expect(prolongs(until(null), until(null))).toBe(false);
    expect(prolongs(until(2, "somebody else"), until(1))).toBe(false);
  });
});

describe("the attachment", () => {
  it("brings a connection back", () => {
    const topics = new Set<Topic>();
    for (let n = 0; n < 200; n += 1) {
      const symbol = `LONGNAME${String(n).padStart(4, "0")}/USD`;
      topics.add(topicOf("quotes", symbol)).add(topicOf("trades", symbol));
    }
    // Of each channel its own.
    topics.delete("trades|LONGNAME0007/USD");
    const heartbeat = { sent: 7, acked: 6 };
    const connection = {
      ...openConnection("c", PRINCIPAL, NOW_MS),
      topics,
      accountSeq: 12,
      heartbeat,
    };
    const places = new Map<Topic, Cursor | null>();
    for (const topic of [...topics].slice(0, PLACES_MAX))
      places.set(topic, { epoch: "k123456", seq: 1e12 });
    const attachment = toAttachment(connection, places);
    // A character is a byte or two, and the socket keeps 16 KiB.
    expect(JSON.stringify(attachment).length).toBeLessThan(15_000);
    expect(new Map(attachment.places)).toEqual(places);
    const back = fromAttachment(attachment, NOW_MS);
    expect(new Set(back.topics)).toEqual(topics);
    expect(back).toEqual(connection);
    const fresh = openConnection("c", null, 0);
    const bare = toAttachment(fresh, new Map());
    expect(bare.symbols).toEqual({});
    expect(fromAttachment(bare, 0)).toEqual(fresh);
  });
});

describe("the pace", () => {
  it("slows down who leaves two heartbeats, ends who leaves eight, and leaves alone who never answers", () => {
    expect(pace({ sent: 40, acked: 0 })).toBe("live");
    expect(pace({ sent: 5, acked: 4 })).toBe("live");
    expect(pace({ sent: 6, acked: 4 })).toBe("slow");
    expect(pace({ sent: 11, acked: 4 })).toBe("slow");
    expect(pace({ sent: 12, acked: 4 })).toBe("lost");
  });

  it("takes acknowledgements in any order, but none of what was not sent", () => {
    expect(acknowledge({ sent: 5, acked: 4 }, 2)).toEqual({ sent: 5, acked: 4 });
    expect(acknowledge({ sent: 5, acked: 2 }, 5)).toEqual({ sent: 5, acked: 5 });
    expect(acknowledge(NO_HEARTBEAT, 3)).toEqual({ sent: 0, acked: 0 });
  });
});
