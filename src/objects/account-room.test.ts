import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { JournalEvent } from "../streams/protocol.ts";
import { connect, type FakeClient, movesOf, principalOf, quoteOf } from "./testing/fake-client.ts";
import { platform } from "./testing/fake-platform.ts";

function createUser() {
  const userId = crypto.randomUUID();
  const journal: JournalEvent[] = [];
  platform.journals.set(userId, journal);
  return {
    principal: principalOf(userId),
    room: env.ACCOUNT_ROOM.getByName(userId),
    userId,
    /** Writes to the journal; nobody is told. */
    write(count = 1): void {
      for (let n = 0; n < count; n += 1) {
        const seq = journal.length + 1;
        journal.push({ seq, kind: "order", event: "fill", data: { order: { id: `o${seq}` } } });
      }
    },
  };
}

const createGateway = () => env.STREAM_GATEWAY.getByName(`test:${crypto.randomUUID()}`);

async function listen(client: FakeClient) {
  const id = crypto.randomUUID();
  client.send({ action: "subscribe", id, channels: ["account"] });
  await expect.poll(() => client.messages.some((message) => message.id === id)).toBe(true);
}

const seqsOf = (client: FakeClient) =>
  client.messages.filter(({ channel }) => channel === "account").map(({ seq }) => seq);

beforeEach(() => {
  platform.aheadMs = 0;
  platform.isJournalDown = false;
  platform.betweenAdmissionAndSocket = async () => {};
});

describe("the account channel", () => {
  it("carries what the journal gets, to every socket that asked, in order and once", async () => {
    const user = createUser();
    user.write(2);
    const clients = [
      await connect(createGateway(), user.principal),
      await connect(createGateway(), user.principal),
      await connect(env.SYMBOL_ROOM.getByName("F"), user.principal),
    ];
    const deaf = await connect(createGateway(), user.principal);
    for (const client of clients) await listen(client);
    for (let n = 0; n < 5; n += 1) {
      user.write();
      await user.room.notify();
    }
    for (const client of clients) {
      await client.got("order", 5);
      expect(seqsOf(client)).toEqual([3, 4, 5, 6, 7]);
    }
    expect(clients[0]?.messages.at(-1)).toEqual({
      type: "order",
      channel: "account",
      seq: 7,
      event: "fill",
      data: { order: { id: "o7" } },
    });
    expect(seqsOf(deaf)).toEqual([]);
  });

  it("fills what was never announced, across evictions of everybody", async () => {
    const user = createUser();
    const gateway = createGateway();
    const client = await connect(gateway, user.principal);
    await listen(client);
    user.write(450);
    await evictDurableObject(gateway);
    await evictDurableObject(user.room);
    user.write();
    await user.room.notify();
    await client.got("order", 451);
    expect(seqsOf(client)).toEqual(Array.from({ length: 451 }, (_, index) => index + 1));
  });

  it("resumes from any entry", async () => {
    const user = createUser();
    user.write(10);
    const client = await connect(createGateway(), user.principal);
    client.send({ action: "resume", id: "r", cursors: { account: "4" } });
    await client.got("order", 6);
    user.write();
    await user.room.notify();
    await client.got("order", 7);
    expect(seqsOf(client)).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(client.messages[1]).toMatchObject({
      type: "subscribed",
      subscriptions: { account: true },
    });
  });

  it("begins at its end for who claims to have more, and says so", async () => {
    const user = createUser();
    user.write(3);
    const client = await connect(createGateway(), user.principal);
    client.send({ action: "resume", id: "r", cursors: { account: "9" } });
    expect(await client.got("error")).toMatchObject([
      { id: "r", code: 410, message: "cannot resume from there: account" },
    ]);
    // Where the channel stands: as it was claimed, then as it is.
    expect(await client.got("subscribed", 2)).toMatchObject([
      { id: "r", account_seq: 9 },
      { id: "r", account_seq: 3 },
    ]);
    user.write();
    await user.room.notify();
    await client.got("order");
    expect(seqsOf(client)).toEqual([4]);
  });

  it("that can't be read holds up no prices, and can be asked for again", async () => {
    const user = createUser();
    user.write(2);
    const symbol = "HELD/USD";
    platform.quotes.set(symbol, quoteOf(symbol, "10"));
    const room = env.SYMBOL_ROOM.getByName(symbol);
    const client = await connect(createGateway(), user.principal);
    platform.isJournalDown = true;
    const cursors = { account: "1", [`quotes|${symbol}`]: "k0:0" };
    client.send({ action: "resume", id: "r", cursors });
    expect(await client.got("error")).toMatchObject([{ id: "r", code: 500 }]);
    client.send({
      action: "subscribe",
      id: "s",
      channels: ["account", "trades"],
      symbols: [symbol],
    });
    expect((await client.got("error", 2))[1]).toMatchObject({ id: "s", code: 500 });
    await client.got("snapshot");
    await room.publish(movesOf(symbol, "10", ["10.1"]));
    await client.got("quote");
    platform.isJournalDown = false;
    client.send({ action: "resume", id: "r", cursors: { account: "1" } });
    await client.got("order");
    expect(seqsOf(client)).toEqual([2]);
  });

  it("finds entries that nobody announced while orders are open, and says where the journal ends", async () => {
    const user = createUser();
    platform.openOrders.set(user.userId, 1);
    const gateway = createGateway();
    const client = await connect(gateway, user.principal);
    await listen(client);
    user.write(3);
    platform.aheadMs = 16_000;
    expect(await runDurableObjectAlarm(user.room)).toBe(true);
    await client.got("order", 3);
    platform.openOrders.set(user.userId, 0);
    expect(await runDurableObjectAlarm(user.room)).toBe(true);
    expect(await runDurableObjectAlarm(user.room)).toBe(false);

    platform.aheadMs = 40_000;
    await runDurableObjectAlarm(gateway);
    expect(await client.got("heartbeat")).toMatchObject([{ account_seq: 3 }]);
  });

  it("is not for keys that may not read", async () => {
    const principal = principalOf(crypto.randomUUID(), { scopes: ["trade"] });
    const client = await connect(createGateway(), principal);
    client.send({ action: "subscribe", id: "a", channels: ["account"] });
    expect(await client.got("error")).toMatchObject([{ id: "a", code: 409 }]);
  });

  it("falls silent when it is left", async () => {
    const user = createUser();
    const client = await connect(createGateway(), user.principal);
    await listen(client);
    client.send({ action: "unsubscribe", channels: ["account"] });
    await client.got("subscribed", 2);
    user.write();
    await user.room.notify();
    await listen(client);
    user.write();
    await user.room.notify();
    await client.got("order");
    expect(seqsOf(client)).toEqual([2]);
  });
});

describe("the directory", () => {
  it("holds five sockets; a sixth is refused until one has gone", async () => {
    const user = createUser();
    const clients: FakeClient[] = [];
    for (let n = 0; n < 5; n += 1) clients.push(await connect(createGateway(), user.principal));
    const sixth = await connect(createGateway(), user.principal);
    expect(await sixth.got("error")).toMatchObject([{ code: 406 }]);
    await expect.poll(() => sixth.closed.code).toBe(4006);
    expect(sixth.messages.some(({ type }) => type === "welcome")).toBe(false);

    clients[0]?.close();
    await expect
      .poll(async () => {
        const next = await connect(createGateway(), user.principal);
        await expect.poll(() => next.messages.length).toBeGreaterThan(0);
        return next.messages[0]?.type;
      })
      .toBe("welcome");
  });

  it("finds out about sockets that ended unnoticed before it refuses anybody", async () => {
    const user = createUser();
    for (let n = 0; n < 5; n += 1) {
      const holder = { kind: "gateway", name: `gone:${n}` } as const;
      const entry = { connectionId: `gone-${n}`, sessionId: null, apiKeyId: null, holder };
      expect(await user.room.admit({ ...entry, listens: true })).toBe("admitted");
    }
    const client = await connect(createGateway(), user.principal);
    await client.got("welcome");
  });

  it("takes a socket that is on its way for a living one", async () => {
    const user = createUser();
    const gateway = createGateway();
    const held: string[][] = [];
    // The hook runs in the account room, where the test's own stubs can't be used.
    platform.betweenAdmissionAndSocket = async (_, { connectionId, holder }) => {
      const opening = env.STREAM_GATEWAY.getByName(holder.name);
      held.push(await opening.openSockets([connectionId]));
    };
    const client = await connect(gateway, user.principal);
    expect(held).toEqual([[client.connectionId]]);
    await client.got("welcome");
    client.close();
    await expect.poll(() => gateway.openSockets([client.connectionId])).toEqual([]);
  });

  it("lets nobody in by a session that has ended, also while its socket opens", async () => {
    const user = createUser();
    const { sessionId } = user.principal;
    if (sessionId === null) throw new Error("a session was expected");
    platform.betweenAdmissionAndSocket = (room) => room.revoke({ sessionId });
    const opening = await connect(createGateway(), user.principal);
    await expect.poll(() => opening.closed.code).toBe(4001);
    expect(opening.messages).toMatchObject([{ type: "error", code: 402 }]);
    const late = await connect(createGateway(), user.principal);
    await expect.poll(() => late.closed.code).toBe(4001);
    expect(late.messages).toMatchObject([{ type: "error", code: 402 }]);
    const other = await connect(createGateway(), principalOf(user.userId));
    await other.got("welcome");
  });

  it("tells of an end again where it could not be told", async () => {
    const user = createUser();
    const gateway = createGateway();
    const client = await connect(gateway, user.principal);
    const { sessionId } = user.principal;
    if (sessionId === null) throw new Error("a session was expected");
    platform.deafHolders = 1;
    await user.room.revoke({ sessionId });
    expect(client.closed.code).toBeNull();
    expect(await runDurableObjectAlarm(user.room)).toBe(true);
    await expect.poll(() => client.closed.code).toBe(4001);
  });

  it("knows a connection by its newest session", async () => {
    const user = createUser();
    const client = await connect(createGateway(), user.principal);
    await listen(client);
    const expiresAt = new Date(Date.now() + 3_600_000);
    platform.principals.set("next", principalOf(user.userId, { expiresAt }));
    client.send({ action: "auth", id: "2", token: "next" });
    await client.got("subscribed", 2);
    const { sessionId } = user.principal;
    if (sessionId === null) throw new Error("a session was expected");
    await user.room.revoke({ sessionId });
    user.write();
    await user.room.notify();
    await client.got("order");
    expect(client.closed.code).toBeNull();
  });

  it("ends the sockets of a revoked session with 4001", async () => {
    const user = createUser();
    const own = await connect(createGateway(), user.principal);
    const other = await connect(createGateway(), principalOf(user.userId));
    const { sessionId } = user.principal;
    if (sessionId === null) throw new Error("a session was expected");
    await user.room.revoke({ sessionId });
    await expect.poll(() => own.closed.code).toBe(4001);
    expect(other.closed.code).toBeNull();
    await user.room.revoke({ all: true });
    await expect.poll(() => other.closed.code).toBe(4001);
  });
});
