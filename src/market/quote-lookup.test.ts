import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { venuesWith } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import { createQuoteLookup } from "./quote-lookup.ts";
import { QuoteMemory } from "./quote-memory.ts";
import { quoteOf, recordingLog, ScriptedVenue, START_MS } from "./scripted-venue.ts";

function setup() {
  const venue = new ScriptedVenue("alpaca");
  const time = { nowMs: START_MS };
  const rooms = new Map<string, Quote>();
  const feed = new Map<string, Quote>();
  const kv = new Map<string, Quote>();
  const asked = { rooms: 0, feeds: 0, kv: 0 };
  const broken = { rooms: false, feeds: false };
  const market = { open: true };
  const { log, lines } = recordingLog();
  venue.nowMs = () => time.nowMs;
  const lookup = createQuoteLookup({
    venues: venuesWith("binance"),
    rooms: {
      async quote(symbol) {
        asked.rooms += 1;
        if (broken.rooms) throw new Error("room is overloaded");
        return rooms.get(symbol) ?? null;
      },
    },
    feeds: {
      async quotes(_venue, symbols) {
        asked.feeds += 1;
        if (broken.feeds) throw new Error("feed is overloaded");
        return symbols.flatMap((symbol) => feed.get(symbol) ?? []);
      },
    },
    cache: {
      async read() {
        asked.kv += 1;
        return kv;
      },
    },
    marketData: (name) => (name === "alpaca" ? venue : undefined),
    isOpen: async () => market.open,
    memory: new QuoteMemory(venuesWith("binance")),
    log,
    now: () => new Date(time.nowMs),
    sleep: async (ms) => {
      time.nowMs += ms;
    },
  });
  const find = async (symbol: string) => (await lookup.find([symbol])).get(symbol);
  return { venue, time, rooms, feed, kv, asked, broken, market, lines, lookup, find };
}

const priced = (price: string, atMs: number, source: Quote["source"]) =>
  quoteOf("F", { price: decimal(price), atMs, confirmedAtMs: atMs, source });

describe("one symbol", () => {
  it("that nobody watches and somebody holds comes from the feed before the venue is asked", async () => {
    const { feed, kv, time, asked, venue, find } = setup();
    time.nowMs += 60_000;
    kv.set("F", priced("10.1", START_MS, "cron"));
    feed.set("F", { ...priced("10.2", time.nowMs - 2_000, "stream") });
    expect(await find("F")).toMatchObject({ price: "10.2", source: "stream" });
    expect(venue.asked).toEqual([]);
    // One that the cron has just told of needs nobody else.
    kv.set("T", { ...priced("27", time.nowMs, "cron"), symbol: "T" });
    await find("T");
    expect(asked.feeds).toBe(1);
  });

  it("keeps the number of the room's message while nobody tells other prices", async () => {
    const { rooms, feed, kv, time, find } = setup();
    rooms.set("F", { ...priced("10.1", START_MS, "stream"), halted: true, seq: 42 });
    time.nowMs += 5_000;
    feed.set("F", { ...priced("10.1", START_MS, "stream"), confirmedAtMs: time.nowMs });
    expect(await find("F")).toMatchObject({ seq: 42, halted: true, confirmedAtMs: time.nowMs });
    time.nowMs += 5_000;
    kv.set("F", priced("10.2", time.nowMs, "cron"));
    feed.clear();
    const newer = await find("F");
    expect(newer).toMatchObject({ price: "10.2", halted: null });
    expect(newer).not.toHaveProperty("seq");
  });

  it("comes from its room while somebody watches it, and nobody else is asked", async () => {
    const { rooms, asked, venue, find } = setup();
    rooms.set("F", priced("10.1", START_MS - 500, "stream"));
    expect(await find("F")).toMatchObject({ price: "10.1", source: "stream" });
    expect(asked).toEqual({ rooms: 1, feeds: 0, kv: 0 });
    expect(venue.asked).toEqual([]);
  });

  it("is remembered for a second", async () => {
    const { rooms, asked, time, find } = setup();
    rooms.set("F", priced("10.1", START_MS, "stream"));
    await find("F");
    time.nowMs += 999;
    await find("F");
    expect(asked.rooms).toBe(1);
    time.nowMs += 1;
    await find("F");
    expect(asked.rooms).toBe(2);
  });

  it("that is quiet on a live feed is as young as the feed's last sign of life", async () => {
    const { rooms, feed, venue, find } = setup();
    const quiet = priced("10.1", START_MS - 40_000, "stream");
    rooms.set("F", quiet);
    feed.set("F", { ...quiet, confirmedAtMs: START_MS - 200 });
    expect(await find("F")).toMatchObject({ price: "10.1", confirmedAtMs: START_MS - 200 });
    expect(venue.asked).toEqual([]);
  });

  it("that nobody watches comes from KV with its honest age, while that is no stale one", async () => {
    const { kv, venue, find } = setup();
    kv.set("F", priced("10.2", START_MS - 14_000, "cron"));
    expect(await find("F")).toMatchObject({ source: "cron", confirmedAtMs: START_MS - 14_000 });
    expect(venue.asked).toEqual([]);
  });

  it("comes from the venue where all that is known is stale", async () => {
    const { kv, venue, find } = setup();
    kv.set("F", priced("10.2", START_MS - 16_000, "cron"));
    venue.quotes.set("F", priced("10.3", START_MS - 10, "rest"));
    expect(await find("F")).toMatchObject({
      price: "10.3",
      source: "rest",
      confirmedAtMs: START_MS,
    });
  });

  it("keeps its last price in a closed market, however old", async () => {
    const { kv, market, venue, find } = setup();
    market.open = false;
    kv.set("F", priced("10.2", START_MS - 7_200_000, "cron"));
    expect(await find("F")).toMatchObject({ price: "10.2" });
    expect(venue.asked).toEqual([]);
  });

  it("is answered from KV when its room fails, and from KV's stale one when the venue fails too", async () => {
    const { kv, broken, venue, lines, find } = setup();
    broken.rooms = true;
    venue.failing = true;
    kv.set("F", priced("10.2", START_MS - 60_000, "cron"));
    expect(await find("F")).toMatchObject({ price: "10.2", confirmedAtMs: START_MS - 60_000 });
    expect(lines.map(({ event }) => event)).toEqual([
      "watched_quotes_failed",
      "venue_quotes_failed",
    ]);
  });

  it("is nothing where nobody knows it", async () => {
    const { find } = setup();
    expect(await find("F")).toBeUndefined();
    expect(await find("DOGE/USD")).toBeUndefined();
  });
});

describe("many symbols", () => {
  it("ask their venue's feed once, KV once and the venue once for what is left", async () => {
    const { feed, kv, venue, asked, lookup } = setup();
    feed.set("F", priced("10.1", START_MS, "stream"));
    kv.set("T", { ...priced("10.2", START_MS - 5_000, "cron"), symbol: "T" });
    venue.quotes.set("AAL", quoteOf("AAL"));
    venue.quotes.set("SOFI", quoteOf("SOFI"));
    const found = await lookup.find(["F", "T", "AAL", "SOFI", "F"]);
    expect([...found].map(([symbol, { source }]) => `${symbol} ${source}`).sort()).toEqual([
      "AAL rest",
      "F stream",
      "SOFI rest",
      "T cron",
    ]);
    expect(asked).toEqual({ rooms: 0, feeds: 1, kv: 1 });
    expect(venue.asked).toEqual([["AAL", "SOFI"]]);
  });

  it("are asked for in requests of a hundred", async () => {
    const { venue, lookup } = setup();
    const symbols = Array.from({ length: 230 }, (_, i) => `S${i}`);
    for (const symbol of symbols) venue.quotes.set(symbol, quoteOf(symbol));
    expect((await lookup.find(symbols)).size).toBe(230);
    expect(venue.asked.map((chunk) => chunk.length)).toEqual([100, 100, 30]);
  });

  it("are refreshed together when one of them makes us ask the venue", async () => {
    const { venue, time, lookup, find } = setup();
    venue.quotes.set("F", quoteOf("F"));
    venue.quotes.set("T", quoteOf("T"));
    await lookup.find(["F", "T"]);
    time.nowMs += 16_000;
    await find("F");
    expect(venue.asked.at(-1)).toEqual(["F", "T"]);
    expect((await find("T"))?.confirmedAtMs).toBe(time.nowMs);
    expect(venue.asked).toHaveLength(2);
  });
});

describe("the venue's budget", () => {
  it("is asked once for a symbol that several requests want at the same time", async () => {
    const { venue, find } = setup();
    venue.quotes.set("F", quoteOf("F"));
    const all = await Promise.all([find("F"), find("F"), find("F")]);
    expect(all.map((quote) => quote?.price)).toEqual(["10", "10", "10"]);
    expect(venue.asked).toEqual([["F"]]);
  });

  it("is never overdrawn: then stale quotes are answered, with their age", async () => {
    const { venue, kv, lines, lookup } = setup();
    const symbols = Array.from(
      { length: 60 },
      (_, i) => `A${String.fromCharCode(65 + (i % 26), 65 + Math.floor(i / 26))}`,
    );
    for (const symbol of symbols) {
      kv.set(symbol, quoteOf(symbol, { confirmedAtMs: START_MS - 30_000, source: "cron" }));
      venue.quotes.set(symbol, quoteOf(symbol, { atMs: START_MS + 1 }));
    }
    const found: (Quote | undefined)[] = [];
    for (const symbol of symbols) found.push((await lookup.find([symbol])).get(symbol));
    expect(found.every((quote) => quote !== undefined)).toBe(true);
    expect(venue.asked.length).toBe(40);
    expect(found.at(-1)).toMatchObject({ source: "cron", confirmedAtMs: START_MS - 30_000 });
    expect(lines.at(-1)?.event).toBe("quote_budget_spent");
  });
});
