import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import { Feed } from "./feed.ts";
import {
  quoteOf,
  quoteTick,
  recordingLog,
  ScriptedRuntime,
  ScriptedVenue,
  START_MS,
  settled,
  tradeTick,
} from "./scripted-venue.ts";

function setup({
  symbolsMax = 30,
  watched = [] as string[],
  held = [] as string[],
  pushes = true,
} = {}) {
  const venue = new ScriptedVenue("alpaca", symbolsMax);
  if (!pushes) venue.ticks = null;
  for (const symbol of ["F", "T", "SOFI"]) venue.quotes.set(symbol, quoteOf(symbol));
  const runtime = new ScriptedRuntime();
  venue.nowMs = () => runtime.nowMs;
  const published: { symbol: string; update: RoomUpdate }[] = [];
  const { log, lines } = recordingLog();
  const audience = new Map<string, number>();
  const deps = {
    async publish(symbol: string, update: RoomUpdate) {
      published.push({ symbol, update });
      return audience.get(symbol) ?? 1;
    },
    dial: () => Promise.reject(new Error("no links here")),
    log,
  };
  const feed = new Feed(venue, deps, runtime, { watched, held });
  const beat = () => feed.beat();
  /** Watches `symbols` on a live, subscribed stream whose prices are known. */
  async function live(...symbols: string[]) {
    const quotes = Promise.all(symbols.map((symbol) => feed.watch(symbol)));
    await settled();
    runtime.say({ ready: true });
    await runtime.advance(500, beat, 50);
    await quotes;
    venue.asked.length = 0;
  }
  return { venue, runtime, published, audience, lines, feed, beat, live };
}

const reprice = (symbol: string, cents: number, atMs: number) =>
  quoteOf(symbol, { price: decimal(`10.${cents}`), atMs, confirmedAtMs: atMs });

describe("watching", () => {
  it("answers with a snapshot, then subscribes the stream to what is watched", async () => {
    const { runtime, feed, venue, beat } = setup();
    const answers = Promise.all([feed.watch("F"), feed.watch("T"), feed.watch("NONE")]);
    await settled();
    expect(runtime.socket.sent).toEqual(["hello"]);
    runtime.say({ ready: true, replies: ["listen"] });
    await runtime.advance(100, beat, 20);
    expect(await answers).toMatchObject([{ symbol: "F" }, { symbol: "T" }, null]);
    expect(venue.asked[0]).toContain("F");
    expect(runtime.socket.sent).toEqual(["hello", "listen", "+F,T,NONE"]);
    expect(feed.status()).toMatchObject({ connected: true, watched: 3, mode: "stream" });
  });

  it("publishes every tick to its symbol's room, in order, with the quote it led to", async () => {
    const { runtime, feed, published, live } = setup();
    await live("F", "T");
    published.length = 0;
    runtime.say({
      events: [
        quoteTick("F", "10.1", "10.12", START_MS + 1),
        tradeTick("T", "10.3", START_MS + 2),
        tradeTick("F", "10.11", START_MS + 3),
        tradeTick("AAL", "1", START_MS + 3),
      ],
    });
    expect(published.map(({ symbol }) => symbol)).toEqual(["F", "T"]);
    expect(published[0]?.update.ticks.map(({ kind }) => kind)).toEqual(["quote", "trade"]);
    expect(published[0]?.update.quote).toMatchObject({ bidPrice: "10.1", price: "10.11" });
    expect(published[0]?.update.quote.source).toBe("stream");
    expect(await feed.watch("F")).toMatchObject({ price: "10.11", source: "stream" });
  });

  it("drops and counts a tick that the venue stamped before the last", async () => {
    const { runtime, feed, published, live } = setup();
    await live("F");
    runtime.say({ events: [tradeTick("F", "10.2", START_MS + 9)] });
    published.length = 0;
    runtime.say({ events: [tradeTick("F", "10.1", START_MS + 8)] });
    expect(published).toEqual([]);
    expect(feed.status().droppedOld).toBe(1);
    expect(feed.quotes(["F"])[0]?.price).toBe("10.2");
  });

  it("unsubscribes what nobody watches, and hangs up after the last", async () => {
    const { runtime, feed, beat, live } = setup();
    await live("F", "T");
    feed.unwatch("T");
    await runtime.advance(1_000, beat, 100);
    expect(runtime.socket.sent.at(-1)).toBe("-T");
    feed.unwatch("F");
    expect(runtime.socket.closed).toBe(true);
    expect(feed.status()).toMatchObject({ connected: false, watched: 0, mode: "idle" });
    expect(feed.quotes(["F"])).toEqual([]);
  });

  it("takes up again what was watched before it was lost", async () => {
    const { runtime, feed, venue, published, beat } = setup({ watched: ["F", "T"] });
    feed.beat();
    await settled();
    runtime.say({ ready: true });
    await runtime.advance(1_000, beat, 100);
    expect(runtime.socket.sent).toEqual(["hello", "+F,T"]);
    expect(venue.asked[0]).toEqual(["F", "T"]);
    expect(published.map(({ symbol }) => symbol)).toEqual(["F", "T"]);
  });
});

describe("what somebody holds", () => {
  it("is streamed and answered, but no room is woken for it", async () => {
    const { runtime, feed, published, venue, beat } = setup();
    feed.hold(["T", "F"]);
    await settled();
    runtime.say({ ready: true });
    await runtime.advance(1_000, beat, 100);
    expect(runtime.socket.sent.at(-1)).toBe("+T,F");
    expect(venue.asked[0]).toEqual(["T", "F"]);
    runtime.say({ events: [tradeTick("T", "10.3", START_MS + 2_000)] });
    expect(feed.quotes(["T", "F"])).toMatchObject([{ price: "10.3" }, { price: "10" }]);
    expect(published).toEqual([]);
    expect(feed.status()).toMatchObject({ watched: 0, followed: 2 });

    expect(await feed.watch("T")).toMatchObject({ price: "10.3" });
    runtime.say({ events: [tradeTick("T", "10.4", START_MS + 3_000)] });
    expect(published.map(({ symbol }) => symbol)).toEqual(["T"]);
    feed.unwatch("T");
    expect(feed.quotes(["T"])).toMatchObject([{ price: "10.4" }]);
  });

  it("and the stream does not carry is polled often enough not to go stale, and no more often", async () => {
    const { runtime, feed, venue, beat, live } = setup({ symbolsMax: 1, held: ["T"] });
    await live("F");
    await runtime.advance(500, beat, 500);
    venue.asked.length = 0;
    let oldestMs = 0;
    await runtime.advance(60_000, () => {
      runtime.say({ events: [tradeTick("F", "10.5", runtime.nowMs)] });
      venue.quotes.set("T", reprice("T", 44, runtime.nowMs));
      beat();
      const [quote] = feed.quotes(["T"]);
      oldestMs = Math.max(oldestMs, runtime.nowMs - (quote?.confirmedAtMs ?? 0));
    });
    expect(venue.asked.length).toBeGreaterThanOrEqual(11);
    expect(venue.asked.length).toBeLessThanOrEqual(13);
    expect(oldestMs).toBeLessThan(10_000);
  });

  it("is polled so often that none of very many goes stale", async () => {
    const held = Array.from({ length: 900 }, (_, n) => `H${n}`);
    const { runtime, feed, venue, beat } = setup({ held, pushes: false });
    for (const symbol of held) venue.quotes.set(symbol, quoteOf(symbol));
    const confirming = () => {
      for (const symbol of held) venue.quotes.set(symbol, reprice(symbol, 44, runtime.nowMs));
      beat();
    };
    await runtime.advance(15_000, confirming);
    let oldestMs = 0;
    await runtime.advance(30_000, () => {
      confirming();
      const confirmed = feed.quotes(held).map(({ confirmedAtMs }) => confirmedAtMs);
      expect(confirmed).toHaveLength(held.length);
      oldestMs = Math.max(oldestMs, runtime.nowMs - Math.min(...confirmed));
    });
    expect(oldestMs).toBeLessThan(15_000);
  });

  it("does not keep what is watched from being polled each second", async () => {
    const held = Array.from({ length: 900 }, (_, n) => `H${n}`);
    const { runtime, feed, venue, beat } = setup({ held, pushes: false });
    for (const symbol of held) venue.quotes.set(symbol, quoteOf(symbol));
    void feed.watch("F");
    await runtime.advance(2_000, beat, 50);
    venue.asked.length = 0;
    await runtime.advance(15_000, beat);
    expect(venue.asked).toHaveLength(15);
    expect(venue.asked.filter((symbols) => symbols.includes("F"))).toHaveLength(15);
    expect(new Set(venue.asked.flat()).size).toBe(1 + held.length);
  });

  it("is followed until nobody holds it any more", async () => {
    const { runtime, feed, beat, live } = setup({ held: ["T"] });
    await live("F");
    expect(runtime.socket.sent.at(-1)).toBe("+F,T");
    feed.hold([]);
    await runtime.advance(1_000, beat, 100);
    expect(runtime.socket.sent.at(-1)).toBe("-T");
    expect(feed.quotes(["T"])).toEqual([]);
    expect(feed.isNeeded).toBe(true);
    feed.unwatch("F");
    expect(feed.isNeeded).toBe(false);
    expect(runtime.socket.closed).toBe(true);
  });
});

describe("beyond the stream's limit of symbols", () => {
  it("the least watched are polled, and change places when that changes", async () => {
    const { runtime, feed, venue, audience, beat, live } = setup({ symbolsMax: 2 });
    audience.set("F", 1).set("T", 3).set("SOFI", 9);
    feed.hold(["AAL"]);
    venue.quotes.set("AAL", quoteOf("AAL"));
    await live("F", "T", "SOFI");
    expect(runtime.socket.sent.at(-1)).toBe("+F,T");
    const ticking = (...symbols: string[]) => {
      for (const symbol of symbols)
        runtime.say({ events: [tradeTick(symbol, "10.5", runtime.nowMs)] });
      beat();
    };
    await runtime.advance(1_500, () => ticking("F", "T"), 500);
    venue.asked.length = 0;
    venue.quotes.set("SOFI", reprice("SOFI", 22, runtime.nowMs));
    await runtime.advance(2_000, () => ticking("F", "T"));
    expect(new Set(venue.asked.flat())).toEqual(new Set(["SOFI", "AAL"]));
    expect(feed.quotes(["SOFI"])).toMatchObject([{ price: "10.22", source: "poll" }]);
    expect(feed.quotes(["AAL"])).toHaveLength(1);

    await runtime.advance(9_000, () => ticking("T"));
    expect(runtime.socket.sent.slice(-2)).toEqual(["-F", "+SOFI"]);
    venue.asked.length = 0;
    await runtime.advance(6_000, () => ticking("T"));
    expect(new Set(venue.asked.flat())).toEqual(new Set(["F", "AAL"]));
  });
});

describe("the age of a quiet symbol", () => {
  it("counts from the last sign of life of its connection", async () => {
    const { runtime, feed, beat, live } = setup();
    await live("F", "T");
    await runtime.advance(2_000, beat);
    venueRepeats(runtime, "T");
    expect(feed.quotes(["F"])[0]?.confirmedAtMs).toBe(runtime.nowMs);
    expect(feed.quotes(["F"])[0]?.atMs).toBe(START_MS);
  });

  it("is not vouched for by a connection that was not subscribed when the quote was had", async () => {
    const { runtime, feed, venue } = setup();
    const answer = feed.watch("F");
    await settled();
    await runtime.advance(20, () => {}, 20);
    await answer;
    venue.failing = true;
    runtime.say({ ready: true });
    await runtime.advance(600, () => {}, 600);
    runtime.say({});
    expect(runtime.socket.sent).toContain("+F");
    expect(feed.quotes(["F"])[0]?.confirmedAtMs).toBe(START_MS + 20);
  });

  function venueRepeats(runtime: ScriptedRuntime, symbol: string) {
    runtime.say({ events: [tradeTick(symbol, "10", runtime.nowMs)] });
  }
});

describe("a silent stream", () => {
  it("is polled each second, says so, and is left alone once it speaks", async () => {
    const { runtime, feed, venue, published, beat, live } = setup();
    await live("F");
    published.length = 0;
    let cents = 10;
    const beatWhilePricesMove = () => {
      venue.quotes.set("F", reprice("F", cents++, runtime.nowMs));
      beat();
    };
    await runtime.advance(3_000, beatWhilePricesMove);
    expect(published.length).toBeGreaterThanOrEqual(1);
    await runtime.advance(5_000, beatWhilePricesMove);
    expect(feed.status().mode).toBe("poll");
    const sources = new Set(published.map(({ update }) => update.quote.source));
    expect([...sources]).toEqual(["poll"]);
    expect(published.length).toBeGreaterThanOrEqual(4);
    runtime.say({ events: [quoteTick("F", "10.5", "10.6", runtime.nowMs)] });
    expect(feed.status().mode).toBe("stream");
    expect(feed.quotes(["F"])[0]?.source).toBe("stream");
    const polls = venue.asked.length;
    await runtime.advance(1_000, beat);
    expect(venue.asked).toHaveLength(polls);
  });

  it("is polled more slowly while the polls see nothing that it has not told", async () => {
    const { runtime, feed, venue, beat, live } = setup();
    await live("F");
    await runtime.advance(63_000, beat);
    expect(feed.status().mode).toBe("poll");
    expect(venue.asked.length).toBeLessThanOrEqual(16);
    expect(runtime.sockets).toHaveLength(1);
  });

  it("confirms the quotes it polls, so that none goes stale", async () => {
    const { runtime, feed, beat, live } = setup();
    await live("F");
    let oldestMs = 0;
    await runtime.advance(60_000, () => {
      beat();
      const [quote] = feed.quotes(["F"]);
      oldestMs = Math.max(oldestMs, runtime.nowMs - (quote?.confirmedAtMs ?? 0));
    });
    expect(oldestMs).toBeLessThan(10_000);
  });

  it("is dialled anew if polls keep seeing what it does not tell", async () => {
    const { runtime, venue, beat, live } = setup();
    await live("F");
    let cents = 10;
    await runtime.advance(23_000, () => {
      venue.quotes.set("F", reprice("F", cents++, runtime.nowMs));
      beat();
    });
    expect(runtime.sockets[0]?.closed).toBe(true);
    expect(runtime.sockets).toHaveLength(2);
  });

  it("is left in peace while the market is closed", async () => {
    const { runtime, feed, venue, beat, live } = setup();
    venue.clockAnswer = { isOpen: false, nextOpen: null, nextClose: null };
    await live("F");
    await runtime.advance(120_000, beat);
    expect(venue.asked).toEqual([]);
    expect(feed.status().mode).toBe("stream");
  });
});

describe("a venue that pushes nothing", () => {
  it("is polled each second from the first, also while nothing moves, and says so", async () => {
    const { runtime, feed, venue, published, beat } = setup({ pushes: false });
    const answer = feed.watch("F");
    await runtime.advance(1_000, beat, 50);
    expect(await answer).toMatchObject({ symbol: "F" });
    expect(feed.status()).toMatchObject({ connected: false, mode: "poll", watched: 1 });
    venue.asked.length = 0;
    await runtime.advance(10_000, beat);
    expect(venue.asked).toHaveLength(10);
    venue.quotes.set("F", reprice("F", 77, runtime.nowMs));
    published.length = 0;
    await runtime.advance(1_000, beat);
    expect(published.map(({ update }) => update.quote)).toMatchObject([
      { price: "10.77", source: "poll" },
    ]);
    expect(runtime.sockets).toEqual([]);
  });

  it("is left in peace while its market is closed, and when nobody watches", async () => {
    const { runtime, feed, venue, beat } = setup({ pushes: false });
    venue.clockAnswer = { isOpen: false, nextOpen: null, nextClose: null };
    void feed.watch("F");
    await runtime.advance(2_000, beat);
    venue.asked.length = 0;
    await runtime.advance(30_000, beat);
    expect(venue.asked).toEqual([]);
    expect(feed.status().mode).toBe("idle");
    feed.unwatch("F");
    await runtime.advance(5_000, beat);
    expect(venue.asked).toEqual([]);
  });
});

describe("a broken connection", () => {
  it("is replaced after a backoff, subscribed anew, and what may have been missed is asked for", async () => {
    const { runtime, feed, venue, beat, live } = setup();
    await live("F");
    runtime.socket.events.onClose("closed with code 1006");
    expect(feed.status().connected).toBe(false);
    await runtime.advance(400, beat, 100);
    expect(runtime.sockets).toHaveLength(1);
    await runtime.advance(200, beat, 100);
    expect(runtime.sockets).toHaveLength(2);
    runtime.say({ ready: true });
    await runtime.advance(1_200, beat, 100);
    expect(runtime.socket.sent).toEqual(["hello", "+F"]);
    expect(venue.asked).toContainEqual(["F"]);
  });

  it("is polled for within two seconds, and left to itself once it is back", async () => {
    const { runtime, feed, venue, published, beat, live } = setup();
    await live("F");
    runtime.refusing = true;
    runtime.socket.events.onClose("cut");
    venue.quotes.set("F", reprice("F", 44, runtime.nowMs));
    published.length = 0;
    await runtime.advance(2_000, beat, 500);
    expect(published.map(({ update }) => update.quote)).toMatchObject([
      { price: "10.44", source: "poll" },
    ]);
    expect(feed.status()).toMatchObject({ connected: false, mode: "poll" });
    runtime.refusing = false;
    await runtime.advance(10_000, beat, 500);
    runtime.say({ ready: true });
    runtime.say({ events: [tradeTick("F", "10.5", runtime.nowMs)] });
    expect(feed.status()).toMatchObject({ connected: true, mode: "stream" });
    expect(feed.quotes(["F"])).toMatchObject([{ source: "stream" }]);
  });

  it("gets the time that any other has, however long prices moved without it", async () => {
    const { runtime, feed, venue, beat, live } = setup();
    await live("F");
    let cents = 10;
    const moving = () => {
      venue.quotes.set("F", reprice("F", cents++, runtime.nowMs));
      beat();
    };
    runtime.refusing = true;
    runtime.socket.events.onClose("cut");
    await runtime.advance(60_000, moving);
    runtime.refusing = false;
    const before = runtime.sockets.length;
    while (runtime.sockets.length === before) await runtime.advance(1_000, moving);
    runtime.say({ ready: true });
    await runtime.advance(15_000, moving);
    expect(runtime.sockets).toHaveLength(before + 1);
    expect(runtime.socket.closed).toBe(false);
    runtime.say({ events: [tradeTick("F", "10.5", runtime.nowMs)] });
    expect(feed.status()).toMatchObject({ connected: true, mode: "stream" });
  });

  it("is polled for meanwhile, and dialled ever more rarely", async () => {
    const { runtime, feed, venue, beat, lines } = setup();
    runtime.refusing = true;
    void feed.watch("F");
    await runtime.advance(60_000, beat);
    expect(feed.status()).toMatchObject({ connected: false, mode: "poll" });
    expect(venue.asked.length).toBeGreaterThan(10);
    const dials = lines.filter(({ event }) => event === "feed_down").length;
    expect(dials).toBeGreaterThanOrEqual(5);
    expect(dials).toBeLessThanOrEqual(9);
  });

  it("is given up when the venue refuses it, or does not let it in in time", async () => {
    const { runtime, feed, lines, beat } = setup();
    void feed.watch("F");
    await settled();
    runtime.say({ fault: "auth failed" });
    expect(runtime.socket.closed).toBe(true);
    await runtime.advance(13_000, beat);
    expect(lines.filter(({ event }) => event === "feed_down").map(({ reason }) => reason)).toEqual([
      "auth failed",
      "not ready in time",
    ]);
  });

  it("hears nothing from a connection it has left", async () => {
    const { runtime, feed, published, live } = setup();
    await live("F");
    const [first] = runtime.sockets;
    first?.events.onClose("gone");
    published.length = 0;
    const late = { events: [tradeTick("F", "10.9", START_MS + 99)] };
    first?.events.onFrame(JSON.stringify(late));
    expect(published).toEqual([]);
    expect(feed.quotes(["F"])[0]?.price).toBe("10");
  });
});

describe("beyond the limit of the stream", () => {
  it("polls the symbols that came last", async () => {
    const { runtime, venue, published, beat, live } = setup({ symbolsMax: 2 });
    await live("F", "T", "SOFI");
    expect(runtime.socket.sent.at(-1)).toBe("+F,T");
    published.length = 0;
    let cents = 10;
    await runtime.advance(5_000, () => {
      runtime.say({ events: [tradeTick("F", "10", runtime.nowMs)] });
      venue.quotes.set("SOFI", reprice("SOFI", cents++, runtime.nowMs));
      beat();
    });
    expect(venue.asked.at(-1)).toEqual(["SOFI"]);
    const polled = published.filter(({ symbol }) => symbol === "SOFI");
    expect(polled.length).toBeGreaterThanOrEqual(3);
    expect(polled.every(({ update }) => update.quote.source === "poll")).toBe(true);
  });

  it("moves one up when there is room again", async () => {
    const { runtime, feed, beat, live } = setup({ symbolsMax: 1 });
    await live("F", "T");
    feed.unwatch("F");
    await runtime.advance(1_000, beat, 100);
    expect(runtime.socket.sent.slice(-2)).toEqual(["-F", "+T"]);
  });
});

describe("the cron's quotes", () => {
  it("reach the rooms of watched symbols only, with their source", async () => {
    const { runtime, feed, published, live } = setup();
    await live("F");
    published.length = 0;
    const changed = { atMs: runtime.nowMs, price: decimal("10.7"), source: "cron" } as const;
    feed.refresh([quoteOf("F", changed), quoteOf("AAL", changed)]);
    expect(published.map(({ symbol }) => symbol)).toEqual(["F"]);
    expect(published[0]?.update).toMatchObject({
      quote: { price: "10.7", source: "cron" },
      ticks: [],
    });
  });

  it("do not set back a stream that is ahead of them", async () => {
    const { runtime, feed, live } = setup();
    await live("F");
    runtime.say({ events: [tradeTick("F", "10.9", START_MS + 5_000)] });
    feed.refresh([quoteOf("F", { atMs: START_MS + 4_000, source: "cron" })]);
    expect(feed.quotes(["F"])[0]).toMatchObject({ price: "10.9", source: "stream" });
  });
});
