import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventOf, StreamEvent } from "./events.ts";
import { type Credential, StreamClient, type StreamOptions } from "./stream-client.ts";
import { collect, createFakeSockets, entry, quote } from "./testing/fake-socket.ts";

const NOW_MS = 1_790_000_000_000;
const URL = "ws://platform/ws/market";

function setup(options: Partial<StreamOptions> = {}) {
  const sockets = createFakeSockets();
  const events: StreamEvent[] = [];
  let token = 0;
  const client = new StreamClient({
    url: URL,
    credential: () => {
      token += 1;
      return { token: `t${token}` };
    },
    webSocket: sockets.webSocket,
    ...options,
  });
  const types = ["quote", "trade", "order", "cash", "account", "gap", "refused", "status"] as const;
  for (const type of types) client.on(type, (event) => events.push(event));
  const of = <Type extends StreamEvent["type"]>(type: Type) =>
    events.filter((event): event is EventOf<Type> => event.type === type);
  const actions = () => sockets.last().sent.map(({ action }) => action);
  return { ...sockets, client, events, of, actions };
}

/** Lets promises go on; nothing else happens meanwhile. */
const settle = () => vi.advanceTimersByTimeAsync(0);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function connected(options: Partial<StreamOptions> = {}) {
  const stream = setup(options);
  stream.client.open();
  await settle();
  stream.last().welcome();
  return stream;
}

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }));
afterEach(() => void vi.useRealTimers());

describe("a stream", () => {
  it("subscribes, hands on what comes, and ends when it is closed", async () => {
    const { client, last, of, events } = await connected();
    expect(last().protocols).toEqual(["speedtrade", "bearer.t1"]);
    const iteration = collect(client.events());
    client.subscribe("quotes", ["f"]);
    client.subscribe("account");
    last().confirm("subscribe", { account_seq: 7 });
    last().say({ type: "subscribed", id: "1", subscriptions: { quotes: ["F"], account: true } });
    last().say(quote(4, { type: "snapshot" }), quote(5), entry(8), { type: "a new one" });
    expect(of("quote")).toMatchObject([
      { symbol: "F", seq: 4, snapshot: true, data: { price: "10.00" } },
      { seq: 5, snapshot: false },
    ]);
    expect(of("order")).toEqual([
      { type: "order", seq: 8, event: "fill", data: { order: { id: "o8" } } },
    ]);
    expect(client.cursors()).toEqual({ "quotes|F": "k1:5", account: "8" });
    client.close();
    expect(last().isHungUp).toBe(true);
    last().say(quote(6));
    last().drop(1000);
    await pass(60_000);
    expect((await iteration).map(({ type }) => type)).toEqual([
      "quote",
      "quote",
      "order",
      "status",
    ]);
    expect(events.at(-1)).toMatchObject({ state: "closed" });
  });

  it("goes on without a hole where it was cut off", async () => {
    const { client, dialed, last, of } = await connected();
    client.subscribe("quotes", ["F"]);
    client.subscribe("quotes", ["T"]);
    client.subscribe("account");
    last().confirm("subscribe", { account_seq: 7 });
    last().say({ type: "subscribed", id: "1", subscriptions: { quotes: ["F"], account: false } });
    last().say(quote(4, { type: "snapshot" }), entry(8));
    last().drop(1012);
    expect(of("status").at(-1)).toMatchObject({ state: "waiting", retryInMs: 0 });
    await pass(0);
    expect(dialed).toHaveLength(2);
    last().welcome();
    expect(last().sent).toMatchObject([
      { action: "resume", cursors: { account: "8" } },
      { action: "resume", cursors: { "quotes|F": "k1:4" } },
      { action: "subscribe", channels: ["quotes"], symbols: ["T"] },
    ]);
    // A socket on one symbol shows the present before it has read the resume.
    last().say(quote(6, { type: "snapshot" }));
    last().say({ type: "subscribed", id: "2", subscriptions: { quotes: ["F"], account: true } });
    last().say(quote(5), quote(6), entry(8), entry(9));
    expect(of("quote").map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect(of("order").map(({ seq }) => seq)).toEqual([8, 9]);
    expect(of("gap")).toEqual([]);
  });

  it("begins where an earlier client was", async () => {
    const cursors = { account: "0", "quotes|F": "k1:4", nonsense: "x" };
    const { client, last } = await connected({ cursors });
    client.subscribe("quotes", ["F"]);
    client.subscribe("account");
    expect(last().sent).toMatchObject([
      { action: "resume", cursors: { "quotes|F": "k1:4" } },
      { action: "resume", cursors: { account: "0" } },
    ]);
  });

  it("can be opened again, and goes on then", async () => {
    const { client, last, of } = await connected();
    client.subscribe("account");
    last().confirm("subscribe", { account_seq: 7 });
    client.close();
    client.open();
    await settle();
    last().welcome();
    expect(last().sent).toMatchObject([{ action: "resume", cursors: { account: "7" } }]);
    expect(of("status").map(({ state }) => state)).toEqual([
      ...["connecting", "open", "closed"],
      ...["connecting", "open"],
    ]);
  });

  it("takes nothing of what it has left", async () => {
    const { client, last, of } = await connected();
    client.subscribe(["quotes"], ["F"]);
    last().confirm("subscribe", { quotes: ["F"] });
    client.unsubscribe("quotes", ["F"]);
    last().say(quote(4));
    expect(of("quote")).toEqual([]);
    expect(client.cursors()).toEqual({});
  });

  it("lets a listener's fault be the listener's", async () => {
    const { client, last, of } = await connected();
    const thrown: unknown[] = [];
    const queued = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((run) => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    });
    const off = client.on("order", () => {
      throw new Error("mine");
    });
    client.subscribe("account");
    last().confirm("subscribe", { account_seq: 0 });
    last().say(entry(1));
    off();
    last().say(entry(2));
    queued.mockRestore();
    expect(thrown).toHaveLength(1);
    expect(of("order")).toHaveLength(2);
  });
});

describe("the account channel", () => {
  async function listening() {
    const stream = await connected();
    stream.client.subscribe("account");
    stream.last().confirm("subscribe", { account_seq: 5 });
    stream.last().sent.length = 0;
    return stream;
  }

  it("is asked for what is missing, and hands it on in order", async () => {
    const { last, of } = await listening();
    last().say(entry(6), entry(8), entry(9));
    await pass(1_000);
    expect(last().sent).toMatchObject([{ action: "resume", cursors: { account: "6" } }]);
    last().confirm("resume", { account_seq: 6 });
    last().say(entry(7), entry(8), entry(9));
    expect(of("order").map(({ seq }) => seq)).toEqual([6, 7, 8, 9]);
  });

  it("is asked for a lost last entry that a heartbeat knows of", async () => {
    const { last } = await listening();
    last().say({ type: "heartbeat", counter: 3, account_seq: 5 });
    expect(last().sent).toEqual([{ action: "ack", counter: 3 }]);
    last().say({ type: "heartbeat", counter: 4, account_seq: 6 });
    await pass(1_000);
    expect(last().sent.slice(1)).toMatchObject([
      { action: "ack", counter: 4 },
      { action: "resume", cursors: { account: "5" } },
    ]);
  });

  it("says so where its place is not in the journal", async () => {
    const { last, of, client } = await listening();
    last().drop(1012);
    await pass(0);
    last().welcome();
    const { id } = last().confirm("resume", { account_seq: 5 });
    last().say({ type: "error", id, code: 410, message: "cannot resume from there" });
    last().confirm("resume", { account_seq: 2 });
    last().say(entry(3));
    expect(of("gap")).toEqual([
      { type: "gap", channel: "account", symbol: null, from: "5", to: null },
    ]);
    expect(client.cursors()).toEqual({ account: "3" });
  });
});

describe("what fails", () => {
  it("on the server's side is asked for again", async () => {
    const { client, last } = await connected();
    client.subscribe("quotes", ["F"]);
    last().say({ type: "error", id: "1", code: 500, message: "internal error" });
    await pass(2_000);
    expect(last().sent).toMatchObject([
      { action: "subscribe", id: "1" },
      { action: "subscribe", id: "2", symbols: ["F"] },
    ]);
  });

  it("for good is told, and not asked for again", async () => {
    const { client, last, of } = await connected();
    client.subscribe("quotes", ["F", "NOPE"]);
    last().say({ type: "error", id: "1", code: 411, message: "unknown symbol: NOPE" });
    last().confirm("subscribe", { quotes: ["F"] });
    client.subscribe("trades", ["T"]);
    last().say({ type: "error", id: "2", code: 405, message: "symbol limit exceeded" });
    client.subscribe("account");
    last().say({ type: "error", id: "3", code: 409, message: "not permitted: account" });
    expect(of("refused")).toMatchObject([
      { code: 411, channels: ["quotes"], symbols: ["NOPE"], message: "unknown symbol: NOPE" },
      { code: 405, channels: ["trades"], symbols: ["T"] },
      { code: 409, channels: ["account"], symbols: [] },
    ]);
    last().drop(1012);
    await pass(0);
    last().welcome();
    expect(last().sent).toMatchObject([{ action: "subscribe", symbols: ["F"] }]);
  });

  it("without an answer costs the connection", async () => {
    const { client, last, of } = await connected();
    client.subscribe("quotes", ["F"]);
    for (let n = 0; n < 3; n += 1) {
      await pass(10_000);
      last().say({ type: "pong" });
    }
    expect(of("status").at(-1)).toMatchObject({ state: "waiting", error: { code: 1006 } });
    expect(last().isHungUp).toBe(true);
  });

  it("and is not our protocol, or is too much, too", async () => {
    for (const frame of ["<html>", '[{"type":"error","code":429,"message":"too many messages"}]']) {
      const { last, of } = await connected();
      last().hear(frame);
      expect(of("status").at(-1)).toMatchObject({ state: "waiting" });
      expect(last().isHungUp).toBe(true);
    }
  });
});

describe("a connection", () => {
  it.each([
    [4001, "the session was revoked"],
    [4002, "the credential was refused"],
    [4006, "the account has as many streams as it may have"],
  ])("that is closed with %i ends the stream", async (code, words) => {
    const { client, dialed, last, of } = await connected();
    const iteration = collect(client.events());
    last().drop(code);
    await expect(iteration).rejects.toThrow(words);
    await pass(3_600_000);
    expect(dialed).toHaveLength(1);
    expect(of("status").at(-1)).toMatchObject({ state: "closed", error: { code } });
  });

  it("that is lost again and again is dialed ever later, until one stands", async () => {
    const { dialed, last, of } = await connected({ backoff: { firstMs: 1_000 } });
    for (let n = 0; n < 4; n += 1) {
      last().drop(1006);
      await pass(of("status").at(-1)?.retryInMs ?? 0);
      last().welcome();
    }
    const waits = of("status").flatMap(({ retryInMs }) => retryInMs ?? []);
    waits.forEach((ms, n) => {
      expect(ms).toBeGreaterThan(500 * 2 ** n - 1);
      expect(ms).toBeLessThanOrEqual(1_000 * 2 ** n);
    });
    expect(dialed).toHaveLength(5);
    await pass(10_000);
    last().drop(1006);
    expect(of("status").at(-1)).toMatchObject({ attempt: 1 });
  });

  it("that is silent is asked for a sign of life, and left without one", async () => {
    const { last, actions, of } = await connected();
    await pass(15_000);
    expect(actions()).toEqual(["ping"]);
    last().say({ type: "pong" });
    await pass(24_000);
    expect(actions()).toEqual(["ping", "ping"]);
    await pass(1_000);
    expect(of("status").at(-1)).toMatchObject({
      state: "waiting",
      error: { message: expect.stringContaining("no sign of life") },
    });
  });

  it("that is never granted or welcomed is given up", async () => {
    const { dialed, client, last } = setup();
    client.open();
    await pass(10_000);
    expect(last().isHungUp).toBe(true);
    await pass(500);
    expect(dialed).toHaveLength(2);
  });

  it("whose upgrade is refused is dialed again, with the token in a message that is answered", async () => {
    const { client, last, of } = setup();
    client.subscribe("quotes", ["F"]);
    client.open();
    await settle();
    last().drop(1006);
    await pass(500);
    expect(last().protocols).toEqual(["speedtrade"]);
    last().welcome();
    expect(last().sent).toEqual([{ action: "auth", id: "auth-1", token: "t2" }]);
    last().confirm("auth");
    expect(last().sent[1]).toMatchObject({ action: "subscribe" });
    last().say({ type: "error", code: 402, message: "authentication failed" });
    last().drop(4002, "authentication");
    expect(of("status").at(-1)?.error?.message).toBe(
      "the credential was refused (4002): authentication failed",
    );
  });

  it("keeps to eight messages a second", async () => {
    const { client, last } = await connected();
    for (let n = 0; n < 20; n += 1) client.subscribe("quotes", [`S${n}`]);
    expect(last().sent).toHaveLength(8);
    await pass(1_000);
    expect(last().sent.length).toBeLessThanOrEqual(16);
    await pass(1_000);
    const asked = last().sent.flatMap(({ symbols }) => symbols as string[]);
    expect(new Set(asked).size).toBe(20);
  });
});

describe("a credential", () => {
  const lasting = (seconds: number) => {
    let count = 0;
    return (): Credential => {
      count += 1;
      return { token: `t${count}`, expiresAt: new Date(Date.now() + seconds * 1_000) };
    };
  };

  it("is renewed within the connection, before its end", async () => {
    const { last, dialed } = await connected({ credential: lasting(1_800) });
    for (let hours = 0; hours < 1; hours += 1 / 360) {
      last().sent.length = 0;
      await pass(10_000);
      last().say({ type: "pong" });
      if (last().sent.some(({ action }) => action === "auth")) last().confirm("auth");
    }
    expect(dialed).toHaveLength(1);
    last().sent.length = 0;
    last().say({ type: "heartbeat", counter: 1 });
    expect(last().sent).toEqual([{ action: "ack", counter: 1 }]);
  });

  it("that is refused is tried again, and the connection is renewed when it ends", async () => {
    const { last, actions, dialed } = await connected({ credential: lasting(100) });
    for (let n = 0; n < 20; n += 1) {
      last().say({ type: "pong" });
      await pass(5_000);
      const auth = last().sent.findLast(({ action }) => action === "auth");
      if (auth !== undefined) last().say({ type: "error", id: auth.id, code: 403, message: "no" });
    }
    // After half of its life, then every ten seconds.
    expect(actions().filter((action) => action === "auth")).toHaveLength(6);
    last().drop(4003, "token expired");
    await pass(0);
    expect(dialed).toHaveLength(2);
  });

  it("may be a ticket, each good for one connection", async () => {
    let count = 0;
    const { dialed, last } = await connected({
      credential: async () => {
        count += 1;
        return { ticket: `w${count}` };
      },
    });
    last().drop(4003);
    await pass(0);
    last().drop(1006);
    await pass(1_000);
    expect(dialed.map(({ url }) => url)).toEqual([1, 2, 3].map((n) => `${URL}?ticket=w${n}`));
  });

  it("that can't be had is asked for again, and a bad address is not", async () => {
    let isDown = true;
    const { client, dialed, of } = setup({
      credential: () => {
        if (isDown) throw new Error("the login is down");
        return { token: "t" };
      },
    });
    client.open();
    await settle();
    expect(of("status").at(-1)).toMatchObject({ state: "waiting", error: { code: 0 } });
    isDown = false;
    await pass(500);
    expect(dialed).toHaveLength(1);

    const wrong = setup({
      webSocket: class {
        constructor() {
          throw new SyntaxError("no URL");
        }
      } as unknown as NonNullable<StreamOptions["webSocket"]>,
    });
    wrong.client.open();
    await settle();
    expect(wrong.of("status").at(-1)).toMatchObject({ state: "closed", error: { code: 0 } });
  });

  it("that takes too long is not waited for", async () => {
    const { client, of, dialed } = setup({ credential: () => new Promise(() => {}) });
    client.open();
    await pass(30_000);
    expect(of("status").at(-1)).toMatchObject({ state: "waiting" });
    client.close();
    await pass(60_000);
    expect(dialed).toEqual([]);
  });
});
