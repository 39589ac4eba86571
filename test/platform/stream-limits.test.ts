import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../src/domain/id.ts";
import { createAccountOpener } from "../chaos/accounts.ts";
import { RawClient } from "../gapless/raw-client.ts";
import { until } from "../gapless/until.ts";
import { Watcher } from "../gapless/watcher.ts";
import { startWorld, type World } from "../gapless/world.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";

const QUOTES = ["F", "DOGE/USD"];

let database: TestDatabase;
let world: World;
let streams: string;
let openAccount: ReturnType<typeof createAccountOpener>;
/** Others, on the gateway that has room for all of this file's clients. */
const others: Watcher[] = [];

beforeAll(async () => {
  database = await cloneDatabase();
  world = await startWorld({ databaseUrl: database.url, seed: 3, tickRate: 1 });
  await world.runtime.tickCron();
  streams = `${world.url.replace("http", "ws")}/ws`;
  openAccount = createAccountOpener(world, "1000");
  while (others.length < 4) {
    const { token } = await openAccount();
    const name = `other ${others.length}`;
    const url = `${streams}/market`;
    const other = new Watcher({ name, url, token, quotes: QUOTES, account: 0 });
    others.push(other);
    await until("it is open", () => other.isOpen);
  }
}, 180_000);

afterAll(async () => {
  for (const other of others) other.close();
  await world?.stop();
  await database?.drop();
});

// Whatever somebody does: nobody else is cut off, misses anything, or stops getting quotes.
afterEach(async () => {
  const before = new Map(others.map((other) => [other, other.events]));
  await until("the others get quotes", () =>
    others.every((other) => other.events > (before.get(other) ?? 0)),
  );
  expect(others.flatMap(({ faults }) => faults)).toEqual([]);
  expect(others.map(({ connections }) => connections)).toEqual(others.map(() => 1));
}, 120_000);

const open = async (token?: string, path = "/market") =>
  await new RawClient(`${streams}${path}`, token).open();

async function connect(path = "/market") {
  const { userId, token } = await openAccount();
  return { userId, token, client: await open(token, path) };
}

/** A token of the platform's own make, which ends when it is told to. */
async function sign(userId: string, seconds: number, secret = world.secrets.JWT_SECRET) {
  const nowS = Math.floor(Date.now() / 1_000);
  return await new SignJWT({ sid: newId(), scope: "read trade" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: "k1" })
    .setIssuer("speedtrade")
    .setAudience("speedtrade-api")
    .setSubject(userId)
    .setJti(newId())
    .setIssuedAt(nowS - 3_600)
    .setExpirationTime(nowS + seconds)
    .sign(new TextEncoder().encode(secret));
}

const post = (path: string, token: string, body: object = {}) =>
  fetch(`${world.url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function refusalOf(token: string | undefined, path = "/market") {
  const client = new RawClient(`${streams}${path}`, token);
  await until("it is refused", () => client.refused !== null);
  return `${client.refused?.status} ${client.refused?.code}`;
}

describe("who may connect", () => {
  it("answers with the subprotocol, and nobody with a token in it", async () => {
    const { client } = await connect();
    expect(client.protocol).toBe("speedtrade");
    client.close();
  });

  it("refuses the upgrade to a token that is forged or expired, and to a symbol that there is not", async () => {
    const { userId, token } = await openAccount();
    expect(await refusalOf(await sign(userId, 60, randomBytes(32).toString("hex")))).toBe(
      "401 unauthenticated",
    );
    expect(await refusalOf(await sign(userId, -1))).toBe("401 token_expired");
    expect(await refusalOf(token, "/market/ZZZZZ")).toBe("404 symbol_not_found");
    const plain = await fetch(`${world.url}/ws/market`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(plain.status).toBe(426);
  });

  it("says by a message that a token is no good: 4002, or 4003 if it was", async () => {
    const { userId } = await openAccount();
    for (const [seconds, secret, code] of [
      [60, randomBytes(32).toString("hex"), 4002],
      [-1, world.secrets.JWT_SECRET, 4003],
    ] as const) {
      const client = await open();
      client.send({ action: "auth", id: "a", token: await sign(userId, seconds, secret) });
      expect(await client.got("error")).toMatchObject([{ id: "a", code: 402 }]);
      expect(await client.closes()).toBe(code);
    }
  });

  it("sends away who does not say who it is within ten seconds: 404, 4002", async () => {
    const client = await open();
    client.send({ action: "subscribe", id: "s", channels: ["quotes"], symbols: ["F"] });
    expect(await client.got("error")).toMatchObject([{ id: "s", code: 401 }]);
    await world.worker.advance(11_000);
    for (const gateway of await world.worker.gateways())
      await world.worker.ring("gateway", gateway);
    expect(await client.got("error", 2)).toMatchObject([{}, { code: 404 }]);
    expect(await client.closes()).toBe(4002);
  });

  it("lets in by a ticket, once", async () => {
    const { token } = await openAccount();
    const response = await post("/auth/ws-ticket", token);
    expect(response.status).toBe(201);
    const { ticket } = (await response.json()) as { ticket: string };
    const client = await open(undefined, `/market?ticket=${ticket}`);
    client.send({ action: "subscribe", id: "1", channels: ["account"] });
    expect(await client.got("subscribed")).toMatchObject([{ account_seq: 2 }]);
    expect(await refusalOf(undefined, `/market?ticket=${ticket}`)).toBe("401 unauthenticated");
    client.close();
  });
});

describe("how long a connection lasts", () => {
  it("is until its token ends: 4003", async () => {
    const { userId } = await openAccount();
    const client = await open(await sign(userId, 2));
    expect(await client.closes()).toBe(4003);
    expect(await client.got("error")).toMatchObject([{ code: 401 }]);
  });

  it("is longer with a later token of the same user", async () => {
    const { userId } = await openAccount();
    const stranger = await openAccount();
    const client = await open(await sign(userId, 3));
    const control = await open(await sign(userId, 3));
    for (const [id, token] of [
      ["stranger", stranger.token],
      ["forged", await sign(userId, 600, "another secret of thirty-two letters")],
      ["later", await sign(userId, 600)],
    ])
      client.send({ action: "auth", id, token });
    expect(await client.got("subscribed")).toMatchObject([{ id: "later" }]);
    expect(await client.got("error", 2)).toMatchObject([
      { id: "stranger", code: 403 },
      { id: "forged", code: 402 },
    ]);
    expect(await control.closes()).toBe(4003);
    client.send({ action: "ping", id: 1 });
    await client.got("pong");
    expect(client.closed).toBeNull();
    client.close();
  });

  it("is until its session ends: 4001, and that session opens no other", async () => {
    const { token, client } = await connect();
    expect((await post("/auth/logout", token)).status).toBe(204);
    expect(await client.closes()).toBe(4001);
    const late = await open(token);
    expect(await late.closes()).toBe(4001);
    expect(late.messages).toMatchObject([{ type: "error", code: 402 }]);
  });
});

describe("how much a client may have", () => {
  it("is five sockets: the sixth gets 406 and 4006", async () => {
    const { token } = await openAccount();
    const five = await Promise.all(Array.from({ length: 5 }, () => open(token)));
    const sixth = await open(token);
    expect(await sixth.closes()).toBe(4006);
    expect(sixth.messages).toMatchObject([{ type: "error", code: 406 }]);
    expect(five.map(({ closed }) => closed)).toEqual(five.map(() => null));
    for (const client of five) client.close();
    await until("there is room again", async () => {
      const next = await open(token);
      const isIn = next.connectionId !== null;
      next.close();
      return isIn;
    });
  });

  it("is 200 symbols: one more gets 405, and those before it stay", async () => {
    const { client } = await connect();
    const channels = ["quotes"];
    client.send({ action: "subscribe", id: "1", channels, symbols: ["F"] });
    const symbols = Array.from({ length: 200 }, (_, n) => `ZZ${n}/USD`);
    client.send({ action: "subscribe", id: "2", channels, symbols });
    expect(await client.got("error")).toMatchObject([{ id: "2", code: 405 }]);
    client.send({ action: "subscribe", id: "3", channels, symbols: ["T"] });
    expect((await client.got("subscribed", 2))[1]).toMatchObject({
      subscriptions: { quotes: ["F", "T"] },
    });
    client.close();
  });

  it("is 4 KiB a message: a byte more is 1009", async () => {
    const { client } = await connect();
    const ping = (bytes: number) => {
      const text = '{"action":"ping","x":""}';
      return text.replace('""', `"${"x".repeat(bytes - text.length)}"`);
    };
    client.send(ping(4_096));
    await client.got("pong");
    client.send(ping(4_097));
    expect(await client.closes()).toBe(1009);
  });

  it("is ten messages a second: 429, and 4029 for who does not slow down", async () => {
    const { client } = await connect();
    for (let n = 0; n < 15; n += 1) client.send({ action: "ping", id: n });
    expect((await client.got("error"))[0]).toMatchObject({ code: 429 });
    await client.got("pong", 10);
    expect(client.closed).toBeNull();
    for (let n = 0; n < 45; n += 1) client.send({ action: "ping", id: n });
    expect(await client.closes()).toBe(4029);
  });
});

describe("what a client may say", () => {
  it("is the protocol: anything else is 400, and the connection goes on", async () => {
    const { client } = await connect();
    const nonsense = [
      "{",
      "[]",
      "null",
      '"ping"',
      new Uint8Array(randomBytes(2_000)),
      { action: "dance", id: "d" },
      { action: "subscribe", id: "s", channels: ["prices"], symbols: ["F"] },
      { action: "resume", id: "r", cursors: { "quotes|F": "10" } },
    ];
    for (const each of nonsense) client.send(each);
    const errors = await client.got("error", nonsense.length);
    expect(errors.map(({ code }) => code)).toEqual(nonsense.map(() => 400));
    expect(errors.flatMap(({ id }) => id ?? [])).toEqual(["d", "s", "r"]);
    client.send({ action: "ping", id: 1 });
    await client.got("pong");
    client.close();
  });

  it("is about symbols that there are, and that the socket has: 411, 409", async () => {
    const { client } = await connect("/market/F");
    const channels = ["quotes"];
    client.send({ action: "subscribe", id: "1", channels, symbols: ["F", "T", "?"] });
    expect(await client.got("error", 2)).toMatchObject([
      { id: "1", code: 409, message: "not permitted: T" },
      { id: "1", code: 411, message: "unknown symbol: ?" },
    ]);
    expect((await client.got("subscribed", 2))[1]).toMatchObject({
      subscriptions: { quotes: ["F"] },
    });
    client.close();
  });

  it("is about a journal that there is: 410", async () => {
    const { client } = await connect();
    client.send({ action: "resume", id: "r", cursors: { account: "999" } });
    expect(await client.got("error")).toMatchObject([{ id: "r", code: 410 }]);
    expect((await client.got("subscribed", 2))[1]).toMatchObject({ account_seq: 2 });
    client.close();
  });
});

it("slows a client down that leaves its heartbeats, then ends it: 407, 4007", async () => {
  const { client } = await connect();
  client.send({ action: "subscribe", id: "1", channels: ["quotes"], symbols: QUOTES });
  await client.got("snapshot", QUOTES.length);
  const holders = [client, ...others].map(({ connectionId }) =>
    world.worker.holder(String(connectionId)),
  );
  const [gateway = null, ...gatewaysOfOthers] = await Promise.all(holders);
  expect(gatewaysOfOthers).toEqual(others.map(() => gateway));
  for (let beat = 1; client.closed === null && beat < 20; beat += 1) {
    const quotes = client.messages.filter(({ type }) => type === "quote").length;
    await client.got("quote", quotes + 1);
    const events = others.map((other) => other.events);
    await until("its neighbours get quotes", () =>
      others.every((other, n) => other.events > (events[n] ?? 0)),
    );
    await world.worker.advance(15_000);
    await world.worker.ring("gateway", String(gateway));
    await until("a heartbeat comes, or the end", () => {
      const beats = client.messages.filter(({ type }) => type === "heartbeat").length;
      return beats >= beat || client.closed !== null;
    });
    if (beat === 1) client.send({ action: "ack", counter: 1 });
  }
  expect(await client.closes()).toBe(4007);
  expect(client.messages.at(-1)).toMatchObject({ type: "error", code: 407 });
  expect((await client.got("heartbeat")).at(-1)).toMatchObject({ counter: 9 });
}, 180_000);
