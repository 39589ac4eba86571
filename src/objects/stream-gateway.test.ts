import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  connect,
  type FakeClient,
  isGapless,
  movesOf,
  principalOf,
  quoteOf,
  tradeTickOf,
} from "./testing/fake-client.ts";
import { platform } from "./testing/fake-platform.ts";

let nextSymbol = 0;

function createSymbol(price = "10"): string {
  nextSymbol += 1;
  const symbol = `G${nextSymbol.toString(36).toUpperCase()}/USD`;
  platform.quotes.set(symbol, quoteOf(symbol, price));
  return symbol;
}

const createGateway = () => env.STREAM_GATEWAY.getByName(`test:${crypto.randomUUID()}`);
const roomOf = (symbol: string) => env.SYMBOL_ROOM.getByName(symbol);

async function subscribe(client: FakeClient, symbols: readonly string[], channels = ["quotes"]) {
  client.send({ action: "subscribe", id: "s", channels, symbols });
  return await client.got("snapshot", symbols.length * channels.length);
}

const ofSymbol = (client: FakeClient, symbol: string) =>
  client.messages.filter((message) => message.channel === "quotes" && message.symbol === symbol);

beforeEach(() => {
  platform.aheadMs = 0;
  platform.pushes = "arrive";
});

it("says how it fares: one text a flush for all clients that want the same", async () => {
  const gateway = createGateway();
  const symbols = [createSymbol(), createSymbol()];
  const clients = await Promise.all([connect(gateway), connect(gateway), connect(gateway)]);
  for (const client of clients) await subscribe(client, symbols);
  for (const symbol of symbols) await roomOf(symbol).publish(movesOf(symbol, "5", ["4.9"]));
  for (const client of clients) await client.got("quote", 2);
  const before = await gateway.status();
  expect(before).toMatchObject({ clients: 3, symbols: 2, interests: 1, windowMs: 50 });
  for (const symbol of symbols) await roomOf(symbol).publish(movesOf(symbol, "5", ["4.8"]));
  for (const client of clients) await client.got("quote", 4);
  const after = await gateway.status();
  const flushes = after.flushes - before.flushes;
  expect(after.texts - before.texts).toBe(flushes);
  expect(after.frames - before.frames).toBe(3 * flushes);
});

describe("prices", () => {
  it("come as a snapshot of each symbol, then in order", async () => {
    const gateway = createGateway();
    const symbols = [createSymbol("1"), createSymbol("2"), createSymbol("3")];
    const client = await connect(gateway);
    await subscribe(client, symbols);
    const [subscribed] = await client.got("subscribed");
    expect(subscribed).toEqual({
      type: "subscribed",
      id: "s",
      subscriptions: { quotes: symbols, trades: [], account: false },
    });
    for (const symbol of symbols) await roomOf(symbol).publish(movesOf(symbol, "5", ["4.9"]));
    await client.got("quote", 3);
    for (const symbol of symbols) {
      expect(ofSymbol(client, symbol)).toMatchObject([
        { type: "snapshot" },
        { type: "quote", data: { bid_price: "4.90" } },
      ]);
      expect(isGapless(ofSymbol(client, symbol))).toBe(true);
    }
  });

  it("are conflated in a burst, and every client can tell that from a loss", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const clients = await Promise.all([connect(gateway), connect(gateway)]);
    for (const client of clients) await subscribe(client, [symbol]);
    for (let cents = 1; cents <= 60; cents += 1)
      await roomOf(symbol).publish(movesOf(symbol, "10", [`10.${cents}`]));
    for (const client of clients) {
      await expect
        .poll(() => ofSymbol(client, symbol).at(-1), { timeout: 10_000 })
        .toMatchObject({ data: { bid_price: "10.60" } });
      expect(isGapless(ofSymbol(client, symbol))).toBe(true);
      expect(client.messages.some((message) => Number(message.skipped) > 0)).toBe(true);
    }
  });

  it("of a usual window lose no trade", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const client = await connect(gateway);
    await subscribe(client, [symbol], ["trades"]);
    const prices = Array.from({ length: 20 }, (_, index) => `11.${index + 10}`);
    const ticks = prices.map((price) => tradeTickOf(symbol, price));
    await roomOf(symbol).publish({ quote: quoteOf(symbol, "11.29"), ticks });
    const trades = await client.got("trade", prices.length);
    expect(trades.map(({ data }) => Number((data as { price: string }).price))).toEqual(
      prices.map(Number),
    );
  });

  it("stop for a symbol that was unsubscribed, and go on for the others", async () => {
    const gateway = createGateway();
    const [kept, left] = [createSymbol(), createSymbol()];
    const client = await connect(gateway);
    await subscribe(client, [kept, left]);
    client.send({ action: "unsubscribe", channels: ["quotes"], symbols: [left] });
    expect((await client.got("subscribed", 2))[1]).toMatchObject({
      subscriptions: { quotes: [kept] },
    });
    await roomOf(left).publish(movesOf(left, "10", ["10.5"]));
    await roomOf(kept).publish(movesOf(kept, "10", ["10.5"]));
    expect(await client.got("quote")).toMatchObject([{ symbol: kept }]);
  });

  it("go on without a gap after the gateway has slept", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const client = await connect(gateway);
    await subscribe(client, [symbol]);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.1"]));
    await client.got("quote");
    await evictDurableObject(gateway);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.2"]));
    await client.got("quote", 2);
    expect(isGapless(ofSymbol(client, symbol))).toBe(true);
  });

  it("go on with the right number after the gateway has slept, whatever the room knows of it", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const move = (bid: string) => roomOf(symbol).publish(movesOf(symbol, "10", [bid]));
    const last = (client: FakeClient) => ofSymbol(client, symbol).at(-1);
    const [first, second] = [await connect(gateway), await connect(gateway)];
    await subscribe(first, [symbol]);
    await move("10.1");
    const [seen] = await first.got("quote");

    platform.pushes = "are not confirmed";
    await move("10.2");
    await first.got("quote", 2);
    platform.pushes = "are lost";
    await move("10.3");
    await move("10.4");
    // Ahead of the others, by what the room has replayed to it.
    const cursor = `${seen?.epoch}:${seen?.seq}`;
    second.send({ action: "resume", id: "r", cursors: { [`quotes|${symbol}`]: cursor } });
    await second.got("quote", 3);
    await evictDurableObject(gateway);

    platform.pushes = "arrive";
    await move("10.5");
    for (const client of [first, second])
      await expect
        .poll(() => last(client), { timeout: 10_000 })
        .toMatchObject({ data: { bid_price: "10.50" } });
    expect(isGapless(ofSymbol(first, symbol))).toBe(true);
    expect(last(first)).toMatchObject({ skipped: 2 });
    expect(isGapless([seen ?? {}, ...ofSymbol(second, symbol)])).toBe(true);
    expect(last(second)?.skipped).toBeUndefined();
  });

  it("go on without a gap after the room has slept", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const client = await connect(gateway);
    await subscribe(client, [symbol]);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.1"]));
    await client.got("quote");
    await evictDurableObject(roomOf(symbol));
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.2"]));
    await client.got("quote", 2);
    expect(isGapless(ofSymbol(client, symbol))).toBe(true);
  });

  it("say what is lost for good, and it is counted once, however many listen", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const clients = [await connect(gateway), await connect(gateway)];
    for (const client of clients) await subscribe(client, [symbol]);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.1"]));
    for (const client of clients) await client.got("quote");
    platform.gaps.length = 0;
    const lost = runInDurableObject(roomOf(symbol), (_, state) => state.abort("lost"));
    await lost.catch(() => undefined);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.2"]));
    for (const client of clients) expect(await client.got("gap")).toMatchObject([{ symbol }]);
    expect(platform.gaps).toEqual(["quotes"]);
  });

  it("reach a gateway again that was lost", async () => {
    const name = `test:${crypto.randomUUID()}`;
    const gateway = () => env.STREAM_GATEWAY.getByName(name);
    const symbol = createSymbol();
    const before = await connect(gateway());
    await subscribe(before, [symbol]);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.1"]));
    await before.got("quote");
    await runInDurableObject(gateway(), (_, state) => state.abort("lost")).catch(() => undefined);
    await expect.poll(() => before.closed.code).not.toBeNull();

    const after = await connect(gateway());
    await subscribe(after, [symbol]);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.2"]));
    await after.got("quote");
    expect(isGapless(ofSymbol(after, symbol))).toBe(true);
  });

  it("go over a link where there are many, and come whole when it breaks", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const client = await connect(gateway);
    await subscribe(client, [symbol], ["trades"]);
    let sent = 0;
    const trades = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        sent += 1;
        const price = `10.${sent}`;
        await roomOf(symbol).publish({
          quote: quoteOf(symbol, price),
          ticks: [tradeTickOf(symbol, price)],
        });
        await scheduler.wait(60);
      }
      return await client.got("trade", sent);
    };
    platform.linkedPushes = 0;
    await trades(12);
    const linked = platform.linkedPushes;
    expect(linked).toBeGreaterThan(3);
    platform.pushes = "are lost";
    setTimeout(() => {
      platform.pushes = "arrive";
    }, 200);
    const received = await trades(12);
    expect(received.every(({ skipped }) => skipped === undefined)).toBe(true);
    expect(received.map(({ seq }) => seq)).toEqual(received.map((_, index) => index + 1));
  });

  it("can be resumed by a client that was away", async () => {
    const symbol = createSymbol();
    const first = await connect(createGateway());
    await subscribe(first, [symbol], ["trades"]);
    const trade = (price: string) =>
      roomOf(symbol).publish({
        quote: quoteOf(symbol, price),
        ticks: [tradeTickOf(symbol, price)],
      });
    await trade("10.1");
    const [seen] = await first.got("trade");
    first.close();
    for (const price of ["10.2", "10.3", "10.4"]) await trade(price);

    const second = await connect(createGateway());
    const cursor = `${seen?.epoch}:${seen?.seq}`;
    second.send({ action: "resume", id: "r", cursors: { [`trades|${symbol}`]: cursor } });
    const missed = await second.got("trade", 3);
    await trade("10.5");
    const all = await second.got("trade", 4);
    expect(missed).toHaveLength(3);
    expect(isGapless([seen ?? {}, ...all])).toBe(true);
  });

  it("are refused for unknown symbols only, and above the limit", async () => {
    const client = await connect(createGateway());
    const symbol = createSymbol();
    platform.unknownSymbols.add("NOPE");
    client.send({
      action: "subscribe",
      id: 7,
      channels: ["quotes"],
      symbols: [symbol, "nope", "?"],
    });
    await client.got("snapshot");
    expect(await client.got("error")).toMatchObject([
      { id: 7, code: 411, message: "unknown symbol: ?, NOPE" },
    ]);
    const many = Array.from({ length: 200 }, (_, index) => `M${index}-USD`);
    client.send({ action: "subscribe", id: 8, channels: ["quotes"], symbols: many });
    expect((await client.got("error", 2))[1]).toMatchObject({ id: 8, code: 405 });
  });
});

describe("a connection", () => {
  it("may authenticate by its first message", async () => {
    const principal = principalOf(crypto.randomUUID());
    platform.principals.set("good", principal);
    const client = await connect(createGateway(), null);
    await client.got("welcome");
    const symbol = createSymbol();
    client.send({ action: "subscribe", id: "1", channels: ["quotes"], symbols: [symbol] });
    client.send({ action: "auth", id: "2", token: "good" });
    client.send({ action: "subscribe", id: "3", channels: ["quotes"], symbols: [symbol] });
    client.send({ action: "auth", id: "4", token: "good" });
    await client.got("error", 2);
    expect(client.messages.slice(1)).toMatchObject([
      { type: "error", id: "1", code: 401 },
      { type: "subscribed", id: "2" },
      { type: "subscribed", id: "3" },
      { type: "snapshot", symbol },
      { type: "error", id: "4", code: 403 },
    ]);
  });

  it("is closed when the token is no good, and when none comes", async () => {
    const gateway = createGateway();
    const [wrong, silent] = [await connect(gateway, null), await connect(gateway, null)];
    wrong.send({ action: "auth", token: "bad" });
    expect(await wrong.got("error")).toMatchObject([{ code: 402 }]);
    await expect.poll(() => wrong.closed.code).toBe(4002);

    platform.aheadMs = 11_000;
    await runDurableObjectAlarm(gateway);
    expect(await silent.got("error")).toMatchObject([{ code: 404 }]);
    await expect.poll(() => silent.closed.code).toBe(4002);
  });

  it("is told apart whether its token is no good any more", async () => {
    platform.expiredTokens.add("old");
    const client = await connect(createGateway(), null);
    client.send({ action: "auth", id: "1", token: "old" });
    expect(await client.got("error")).toMatchObject([
      { id: "1", code: 402, message: "authentication failed: token expired" },
    ]);
    await expect.poll(() => client.closed.code).toBe(4003);
  });

  it("lives longer with a later token of the same user, and with no other", async () => {
    const gateway = createGateway();
    const at = (ms: number) => new Date(Date.now() + ms);
    const principal = principalOf(crypto.randomUUID(), { expiresAt: at(60_000) });
    const client = await connect(gateway, principal);
    const symbol = createSymbol();
    await subscribe(client, [symbol]);
    platform.principals.set("same", principal);
    platform.principals.set("other", principalOf(crypto.randomUUID(), { expiresAt: at(90_000) }));
    platform.principals.set("later", { ...principal, expiresAt: at(120_000) });
    for (const token of ["same", "other", "forged", "later"])
      client.send({ action: "auth", id: token, token });
    expect((await client.got("subscribed", 2))[1]).toMatchObject({
      id: "later",
      subscriptions: { quotes: [symbol] },
    });
    expect(await client.got("error", 3)).toMatchObject([
      { id: "same", code: 403 },
      { id: "other", code: 403 },
      { id: "forged", code: 402 },
    ]);

    platform.aheadMs = 61_000;
    await runDurableObjectAlarm(gateway);
    await evictDurableObject(gateway);
    await roomOf(symbol).publish(movesOf(symbol, "10", ["10.5"]));
    await client.got("quote");
    platform.aheadMs = 121_000;
    await runDurableObjectAlarm(gateway);
    await expect.poll(() => client.closed.code).toBe(4003);
  });

  it("ends with its token", async () => {
    const gateway = createGateway();
    const expiresAt = new Date(Date.now() + 60_000);
    const client = await connect(gateway, principalOf(crypto.randomUUID(), { expiresAt }));
    platform.aheadMs = 61_000;
    await runDurableObjectAlarm(gateway);
    await expect.poll(() => client.closed.code).toBe(4003);
  });

  it("is held to the protocol", async () => {
    const client = await connect(createGateway());
    client.send('{"action":"ping"}');
    await client.got("pong");
    client.send("{");
    client.send({ action: "subscribe", id: "x", channels: ["prices"], symbols: ["F"] });
    expect(await client.got("error", 2)).toMatchObject([
      { code: 400, message: "invalid syntax: not JSON" },
      { code: 400, id: "x", message: "invalid syntax: channels.0" },
    ]);
    client.send(new Uint8Array(3_000).fill(0xff));
    expect((await client.got("error", 3))[2]).toMatchObject({ code: 400 });
    client.send(new TextEncoder().encode('{"action":"ping","id":1}'));
    await client.got("pong", 2);
    client.send(`{"action":"subscribe","id":"${"x".repeat(5_000)}"}`);
    await expect.poll(() => client.closed.code).toBe(1009);
  });

  it("is closed when it will not stop sending", async () => {
    const client = await connect(createGateway());
    for (let n = 0; n < 60; n += 1) client.send({ action: "unsubscribe", channels: ["account"] });
    await expect.poll(() => client.closed.code).toBe(4029);
    expect(client.messages.some(({ code }) => code === 429)).toBe(true);
  });

  it("has room for 200 symbols on both channels, and keeps them while the gateway sleeps", async () => {
    const gateway = createGateway();
    const client = await connect(gateway);
    const symbols = Array.from({ length: 200 }, (_, n) => `LONGNAME${1_000 + n}/USD`);
    const channels = ["quotes", "trades"];
    for (const half of [symbols.slice(0, 100), symbols.slice(100)])
      client.send({ action: "subscribe", id: "s", channels, symbols: half });
    await client.got("snapshot", 400);
    await evictDurableObject(gateway);
    client.send({ action: "unsubscribe", channels: ["account"] });
    expect((await client.got("subscribed", 3))[2]).toMatchObject({
      subscriptions: { quotes: symbols, trades: symbols },
    });
  });

  it("gets a heartbeat after data, and none while it is quiet", async () => {
    const gateway = createGateway();
    const client = await connect(gateway);
    await subscribe(client, [createSymbol()]);
    platform.aheadMs = 16_000;
    await runDurableObjectAlarm(gateway);
    expect(await client.got("heartbeat")).toMatchObject([{ counter: 1 }]);
    platform.aheadMs = 40_000;
    await runDurableObjectAlarm(gateway);
    client.send({ action: "ping", id: 1 });
    await client.got("pong");
    expect(await client.got("heartbeat")).toHaveLength(1);
  });

  it("that stops acknowledging is slowed down, then closed", async () => {
    const gateway = createGateway();
    const symbol = createSymbol();
    const client = await connect(gateway);
    await subscribe(client, [symbol]);
    for (let beat = 1; client.closed.code === null && beat < 30; beat += 1) {
      await roomOf(symbol).publish(movesOf(symbol, "10", [`10.${beat + 10}`]));
      await expect
        .poll(() => ofSymbol(client, symbol).at(-1)?.data as object, { timeout: 10_000 })
        .toMatchObject({ bid_price: `10.${beat + 10}` });
      platform.aheadMs += 16_000;
      await runDurableObjectAlarm(gateway);
      if (beat === 1) {
        await client.got("heartbeat");
        client.send({ action: "ack", counter: 1 });
        client.send({ action: "ping", id: 1 });
        await client.got("pong");
      }
      await client.got(client.messages.some(({ code }) => code === 407) ? "error" : "heartbeat");
    }
    await expect.poll(() => client.closed.code).toBe(4007);
    expect(isGapless(ofSymbol(client, symbol))).toBe(true);
    expect((await client.got("heartbeat")).at(-1)).toMatchObject({ counter: 9 });
  });
});
