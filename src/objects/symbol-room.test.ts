import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { connect, isGapless, movesOf, quoteOf, tradeTickOf } from "./testing/fake-client.ts";
import { platform } from "./testing/fake-platform.ts";

let nextSymbol = 0;

/** A symbol of its own for each test: rooms are as long-lived as their names. */
function createRoom(price: string | null = "10") {
  nextSymbol += 1;
  const symbol = `T${nextSymbol.toString(36).toUpperCase()}/USD`;
  if (price !== null) platform.quotes.set(symbol, quoteOf(symbol, price));
  return { symbol, room: env.SYMBOL_ROOM.getByName(symbol) };
}

beforeEach(() => {
  platform.aheadMs = 0;
});

describe("a socket of the symbol's own endpoint", () => {
  it("gets a snapshot of the feed's quote, then every tick in order", async () => {
    const { symbol, room } = createRoom("10");
    const client = await connect(room);
    const [snapshot] = await client.got("snapshot");
    expect(snapshot).toMatchObject({
      channel: "quotes",
      symbol,
      data: { price: "10.00", bid_price: "10.00", bid_size: "100", source: "stream" },
    });
    expect(platform.watched).toContain(symbol);

    await room.publish(movesOf(symbol, "10", ["10.01", "10.02"]));
    await room.publish(movesOf(symbol, "10", ["10.03"]));
    const quotes = await client.got("quote", 3);
    expect(quotes.map(({ data }) => data)).toMatchObject([
      { bid_price: "10.01" },
      { bid_price: "10.02" },
      { bid_price: "10.03" },
    ]);
    expect(quotes.every((quote) => quote.skipped === undefined)).toBe(true);
    expect(isGapless([snapshot ?? {}, ...quotes])).toBe(true);
    expect(client.messages.map(({ type }) => type).slice(0, 3)).toEqual([
      "welcome",
      "subscribed",
      "snapshot",
    ]);
  });

  it("gets what comes while the room rests from its fan-out in one frame", async () => {
    const { symbol, room } = createRoom();
    const clients = await Promise.all(Array.from({ length: 12 }, () => connect(room)));
    await Promise.all(clients.map((client) => client.got("snapshot")));
    await runInDurableObject(room, async (object) => {
      await object.publish(movesOf(symbol, "10", ["10.01"]));
      await Promise.all(
        ["10.02", "10.03", "10.04"].map((price) => object.publish(movesOf(symbol, "10", [price]))),
      );
    });
    for (const client of clients) {
      const quotes = await client.got("quote", 4);
      expect(isGapless(quotes)).toBe(true);
      expect(quotes.every((quote) => quote.skipped === undefined)).toBe(true);
      const sizes = client.frames.map(
        (frame) => frame.filter(({ type }) => type === "quote").length,
      );
      expect(sizes.filter((size) => size > 0)).toEqual([1, 3]);
    }
  });

  it("gets trades once it asks for them, and nothing of other symbols", async () => {
    const { symbol, room } = createRoom();
    const client = await connect(room);
    client.send({ action: "subscribe", id: "1", channels: ["trades"], symbols: [symbol, "F"] });
    expect(await client.got("error")).toMatchObject([{ id: "1", code: 409 }]);
    await client.got("snapshot", 2);
    const quote = quoteOf(symbol, "11", { bidPrice: null, askPrice: null });
    await room.publish({ quote, ticks: [tradeTickOf(symbol, "11")] });
    expect(await client.got("trade")).toMatchObject([{ data: { price: "11.00", size: "10" } }]);
  });

  it("is sent nothing for an update that brings nothing", async () => {
    const { symbol, room } = createRoom("10");
    const client = await connect(room);
    await client.got("snapshot");
    await room.publish({ quote: quoteOf(symbol, "10", { source: "cron" }), ticks: [] });
    await room.publish({ quote: quoteOf(symbol, "12", { source: "cron" }), ticks: [] });
    expect(await client.got("quote")).toMatchObject([{ data: { price: "12.00", source: "cron" } }]);
  });

  it("is spared what a feed repeats", async () => {
    const { symbol, room } = createRoom();
    const client = await connect(room);
    const first = movesOf(symbol, "10", ["10.01", "10.02"]);
    const tell = (number: number, update = first) =>
      room.publish({ ...update, mark: { feed: "f1", number } });
    await tell(1);
    await tell(1);
    await tell(2, movesOf(symbol, "10", ["10.03"]));
    await tell(1);
    await tell(3, movesOf(symbol, "10", ["10.04"]));
    const quotes = await client.got("quote", 4);
    expect(quotes.map(({ data }) => data)).toMatchObject(
      ["10.01", "10.02", "10.03", "10.04"].map((bid_price) => ({ bid_price })),
    );
    expect(isGapless(quotes)).toBe(true);
  });

  it("is in the flow again after the room has slept", async () => {
    const { symbol, room } = createRoom();
    const client = await connect(room);
    await room.publish(movesOf(symbol, "10", ["10.01"]));
    await client.got("quote");
    await evictDurableObject(room);
    await room.publish(movesOf(symbol, "10", ["10.02"]));
    expect(isGapless(await client.got("quote", 2))).toBe(true);
  });

  it("is told of a gap when the room lost its counters", async () => {
    const { symbol, room } = createRoom();
    const client = await connect(room);
    await room.publish(movesOf(symbol, "10", ["10.01"]));
    const [before] = await client.got("quote");
    await evictDurableObject(room);
    // As after a crash: messages of the generation went out that are in no log.
    await runInDurableObject(room, (_, { storage }) => storage.kv.put("unloggedGeneration", 0));
    await evictDurableObject(room);
    await room.publish(movesOf(symbol, "10", ["10.02", "10.03"]));
    expect(await client.got("gap")).toMatchObject([{ channel: "quotes", symbol }]);
    const snapshots = await client.got("snapshot", 2);
    expect(snapshots[1]).toMatchObject({ data: { bid_price: "10.03" } });
    expect(snapshots[1]?.epoch).not.toBe(before?.epoch);
    await room.publish(movesOf(symbol, "10", ["10.04"]));
    expect(isGapless([snapshots[1] ?? {}, (await client.got("quote", 2))[1] ?? {}])).toBe(true);
  });

  it("resumes where it was, or is told what is gone", async () => {
    const { symbol, room } = createRoom();
    const first = await connect(room);
    await room.publish(movesOf(symbol, "10", ["10.01", "10.02", "10.03"]));
    const quotes = await first.got("quote", 3);
    first.close();

    const second = await connect(room);
    await second.got("snapshot");
    const topic = `quotes|${symbol}`;
    const { epoch, seq } = quotes[0] ?? {};
    second.send({ action: "resume", id: "r", cursors: { [topic]: `${epoch}:${seq}` } });
    expect((await second.got("quote", 2)).map((quote) => quote.seq)).toEqual(
      quotes.slice(1).map((quote) => quote.seq),
    );
    second.send({ action: "resume", id: "r", cursors: { [topic]: "k999:5" } });
    expect(await second.got("gap")).toMatchObject([{ from: "k999:5" }]);
    expect((await second.got("snapshot", 2)).at(-1)).toMatchObject({
      data: { bid_price: "10.03" },
    });
  });
});

describe("the feed", () => {
  it("is told of the first listener and, after a while, of the last", async () => {
    const { symbol, room } = createRoom();
    const client = await connect(room);
    await client.got("snapshot");
    client.close();
    await expect.poll(() => client.closed.code).not.toBeNull();
    expect(platform.unwatched).not.toContain(symbol);
    await expect
      .poll(async () => {
        platform.aheadMs += 16_000;
        await runDurableObjectAlarm(room);
        return platform.unwatched.includes(symbol);
      })
      .toBe(true);
  });

  it("need not know a quote", async () => {
    const { symbol, room } = createRoom(null);
    const client = await connect(room);
    expect(await client.got("snapshot")).toMatchObject([{ data: { price: null, source: null } }]);
    expect(await room.quote()).toBeNull();
    await room.publish({ quote: quoteOf(symbol, "3"), ticks: [] });
    expect(await client.got("quote")).toMatchObject([{ data: { price: "3.00" } }]);
    expect(await room.quote()).toMatchObject({ price: "3", seq: expect.any(Number) });
  });
});
