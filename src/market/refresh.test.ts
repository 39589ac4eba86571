import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { type Instrument, type VenueName, venuesWith } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { InstrumentList } from "./instruments.ts";
import type { MoversByVenue } from "./movers.ts";
import { createMarketRefresh } from "./refresh.ts";
import { instrumentOf, quoteOf, recordingLog, ScriptedVenue, START_MS } from "./scripted-venue.ts";

const HOUR_MS = 3_600_000;

type Scripted = "alpaca" | "binance";

function setup() {
  const venues = { alpaca: new ScriptedVenue("alpaca"), binance: new ScriptedVenue("binance") };
  const lists = new Map<VenueName, InstrumentList>();
  const kv = new Map<VenueName, readonly Quote[]>();
  const replaced: { venue: VenueName; list: readonly Instrument[] }[] = [];
  const ranked: MoversByVenue[] = [];
  const told: { venue: VenueName; quotes: readonly Quote[] }[] = [];
  const ensured: string[] = [];
  const watched: Record<Scripted, string[]> = { alpaca: [], binance: [] };
  const holding: Partial<Record<VenueName, readonly string[]>> = {};
  const active: { held: string[]; listed: string[] } = { held: [], listed: [] };
  const broken = new Set<string>();
  const time = { nowMs: START_MS };
  const { log, lines } = recordingLog();
  const fail = (name: string) => {
    if (broken.has(name)) throw new Error(`${name} is broken`);
  };
  const refresh = createMarketRefresh({
    venues: venuesWith("binance"),
    instruments: {
      all: async (venue) => lists.get(venue)?.instruments ?? [],
      refreshedAtMs: async (venue) => lists.get(venue)?.refreshedAtMs ?? null,
      publish: async (venue, list) => void lists.set(venue, list),
    },
    repository: {
      async replaceAll(venue, list) {
        fail("table");
        replaced.push({ venue, list });
      },
    },
    activity: {
      async active() {
        fail("activity");
        return active;
      },
    },
    cache: {
      read: async (venue) => new Map((kv.get(venue) ?? []).map((quote) => [quote.symbol, quote])),
      async write(venue, quotes) {
        fail(`kv ${venue}`);
        kv.set(venue, quotes);
      },
    },
    movers: {
      async publish(movers) {
        fail("movers");
        ranked.push(movers);
      },
    },
    marketData: (venue) => venues[venue as Scripted],
    feeds: {
      async ensure(venue) {
        fail(`feed ${venue}`);
        ensured.push(`feed ${venue}`);
      },
      async watchedSymbols(venue) {
        fail(`feed ${venue}`);
        return watched[venue as Scripted];
      },
      async refresh(venue, quotes) {
        told.push({ venue, quotes });
      },
      async hold(venue, symbols) {
        fail(`feed ${venue}`);
        holding[venue] = symbols;
      },
    },
    links: {
      venues: ["alpaca", "binance", "kraken"],
      ensure: async (venue) => void ensured.push(`link ${venue}`),
    },
    universeMaxPrice: decimal("100"),
    log,
    now: () => new Date(time.nowMs),
  });
  function list(venue: Scripted, ...instruments: Instrument[]) {
    lists.set(venue, { refreshedAtMs: START_MS, instruments });
    for (const { symbol } of instruments) venues[venue].quotes.set(symbol, quoteOf(symbol));
  }
  return {
    venues,
    lists,
    kv,
    replaced,
    ranked,
    told,
    ensured,
    watched,
    active,
    holding,
    broken,
    time,
    lines,
    refresh,
    list,
  };
}

describe("quotes", () => {
  it("of the universe and of what is watched go to KV, those that are watched to their rooms", async () => {
    const { venues, kv, told, watched, refresh, list } = setup();
    list(
      "alpaca",
      instrumentOf("F"),
      instrumentOf("T"),
      instrumentOf("NVDA", { inUniverse: false }),
      instrumentOf("MSFT", { inUniverse: false }),
      instrumentOf("GONE", { tradable: false }),
    );
    watched.alpaca = ["F", "NVDA"];
    expect(await refresh.quotes()).toEqual({ failed: 0 });
    expect(venues.alpaca.asked).toEqual([["F", "T", "NVDA"]]);
    expect(kv.get("alpaca")?.map(({ symbol, source }) => `${symbol} ${source}`)).toEqual([
      "F cron",
      "T cron",
      "NVDA cron",
    ]);
    expect(told.map(({ venue, quotes }) => [venue, quotes.map(({ symbol }) => symbol)])).toEqual([
      ["alpaca", ["F", "NVDA"]],
    ]);
  });

  it("are also of what is held, ordered or on a list, whether in the universe or not", async () => {
    const { venues, active, holding, told, kv, refresh, list } = setup();
    const left = { inUniverse: false, tradable: false };
    list("alpaca", instrumentOf("F"), instrumentOf("NVDA", left), instrumentOf("MSFT", left));
    list("binance", instrumentOf("DOGE/USD", left), instrumentOf("BTC/USD", left));
    active.held = ["NVDA", "DOGE/USD", "F"];
    active.listed = ["MSFT", "NVDA"];
    expect(await refresh.quotes()).toEqual({ failed: 0 });
    expect(venues.alpaca.asked).toEqual([["F", "NVDA", "MSFT"]]);
    expect(venues.binance.asked).toEqual([["DOGE/USD"]]);
    expect(kv.get("binance")?.map(({ symbol }) => symbol)).toEqual(["DOGE/USD"]);
    // The feeds follow what is held, and get the quotes of that.
    expect(holding).toEqual({ alpaca: ["NVDA", "F"], binance: ["DOGE/USD"] });
    expect(told.map(({ venue, quotes }) => [venue, quotes.map(({ symbol }) => symbol)])).toEqual([
      ["alpaca", ["F", "NVDA"]],
      ["binance", ["DOGE/USD"]],
    ]);
  });

  it("of the universe come also while the database is down", async () => {
    const { venues, holding, broken, lines, refresh, list } = setup();
    list("alpaca", instrumentOf("F"));
    broken.add("activity");
    expect(await refresh.quotes()).toEqual({ failed: 0 });
    expect(venues.alpaca.asked).toEqual([["F"]]);
    expect(lines).toMatchObject([{ event: "refresh_failed", job: "active_symbols" }]);
    expect(holding).toEqual({});
  });

  it("are asked for in requests of a hundred, and a request that fails leaves its last good ones", async () => {
    const { venues, kv, lines, refresh, list } = setup();
    const symbols = Array.from({ length: 250 }, (_, i) => `S${i}`);
    list("alpaca", ...symbols.map((symbol) => instrumentOf(symbol)));
    const old = quoteOf("S249", { atMs: 1, confirmedAtMs: 1, source: "cron" });
    kv.set("alpaca", [old, quoteOf("NOLONGER")]);
    const { alpaca } = venues;
    const snapshots = alpaca.snapshots.bind(alpaca);
    alpaca.snapshots = async (chunk) => {
      if (chunk.includes("S249")) throw new Error("timeout");
      return snapshots(chunk);
    };
    expect(await refresh.quotes()).toEqual({ failed: 1 });
    expect(alpaca.asked.map((chunk) => chunk.length)).toEqual([100, 100]);
    expect(kv.get("alpaca")).toHaveLength(201);
    expect(kv.get("alpaca")).toContainEqual(old);
    expect(lines.map(({ event, job }) => `${event} ${job}`)).toEqual(["refresh_failed quotes"]);
  });

  it("of one venue come when the other venue, a feed or KV fails", async () => {
    const { venues, kv, broken, lines, refresh, list } = setup();
    list("alpaca", instrumentOf("F"));
    list("binance", instrumentOf("DOGE/USD"));
    kv.set("alpaca", [quoteOf("F", { source: "cron" })]);
    venues.alpaca.failing = true;
    broken.add("feed binance");
    expect(await refresh.quotes()).toEqual({ failed: 1 });
    expect(kv.get("alpaca")).toHaveLength(1);
    expect(kv.get("binance")).toHaveLength(1);
    expect(lines.map(({ job, venue }) => `${job} ${venue}`).sort()).toEqual([
      "feed_hold binance",
      "quotes alpaca",
      "watched_symbols binance",
    ]);
  });
});

describe("movers", () => {
  const moved = (symbol: string, price: string) => quoteOf(symbol, { price: decimal(price) });

  it("are ranked over the universe, in one write a run", async () => {
    const { venues, ranked, watched, refresh, list } = setup();
    list(
      "alpaca",
      instrumentOf("F"),
      instrumentOf("T"),
      instrumentOf("NVDA", { inUniverse: false }),
    );
    list("binance", instrumentOf("DOGE/USD"));
    watched.alpaca = ["NVDA"];
    venues.alpaca.quotes.set("T", moved("T", "11"));
    expect(await refresh.quotes()).toEqual({ failed: 0 });
    expect(ranked).toHaveLength(1);
    expect(ranked[0]).toMatchObject({
      alpaca: { atMs: START_MS, assetType: "stock", universeSize: 2 },
      binance: { assetType: "crypto", universeSize: 1 },
    });
    expect(ranked[0]?.alpaca?.movers.map(({ symbol }) => symbol)).toEqual(["T", "F"]);
  });

  it("of a venue that tells nothing stay as they were", async () => {
    const { venues, ranked, time, refresh, list } = setup();
    list("alpaca", instrumentOf("F"));
    list("binance", instrumentOf("DOGE/USD"));
    venues.alpaca.failing = true;
    time.nowMs += 60_000;
    expect(await refresh.quotes()).toEqual({ failed: 1 });
    expect(ranked.map((movers) => Object.keys(movers))).toEqual([["binance"]]);
    venues.binance.failing = true;
    expect(await refresh.quotes()).toEqual({ failed: 2 });
    expect(ranked).toHaveLength(1);
  });

  it("that cannot be written are said to be, and cost no quotes", async () => {
    const { broken, kv, lines, refresh, list } = setup();
    list("alpaca", instrumentOf("F"));
    broken.add("movers");
    expect(await refresh.quotes()).toEqual({ failed: 1 });
    expect(kv.get("alpaca")).toHaveLength(1);
    expect(lines).toMatchObject([{ event: "refresh_failed", job: "movers" }]);
  });
});

describe("instruments", () => {
  const priced = (symbol: string, price: string) => quoteOf(symbol, { price: decimal(price) });

  it("are taken over once a day, and draw the universe with its margin", async () => {
    const { venues, lists, replaced, time, refresh } = setup();
    const { alpaca } = venues;
    alpaca.listed = ["F", "MID", "HIGH"].map((s) => instrumentOf(s, { inUniverse: false }));
    for (const [symbol, price] of [
      ["F", "10"],
      ["MID", "105"],
      ["HIGH", "900"],
    ] as const) {
      alpaca.quotes.set(symbol, priced(symbol, price));
    }
    await refresh.instruments();
    const universe = () =>
      lists.get("alpaca")?.instruments.flatMap((one) => (one.inUniverse ? one.symbol : []));
    expect(universe()).toEqual(["F"]);

    alpaca.quotes.set("F", priced("F", "105"));
    time.nowMs += 24 * HOUR_MS - 1;
    await refresh.instruments();
    expect(replaced).toHaveLength(1);
    time.nowMs += 1;
    await refresh.instruments();
    expect(replaced).toHaveLength(2);
    expect(universe()).toEqual(["F"]);
  });

  it("that are listed no more stay, but cannot be traded", async () => {
    const { venues, lists, time, refresh, list } = setup();
    list("alpaca", instrumentOf("OLD"), instrumentOf("F"));
    venues.alpaca.listed = [instrumentOf("F")];
    time.nowMs += 24 * HOUR_MS;
    await refresh.instruments();
    expect(lists.get("alpaca")?.instruments).toEqual([
      instrumentOf("F"),
      instrumentOf("OLD", { tradable: false, inUniverse: false }),
    ]);
  });

  it("keep the last good list when the venue is down, lists nothing, or the table refuses", async () => {
    const { venues, lists, broken, time, lines, refresh, list } = setup();
    list("alpaca", instrumentOf("F"));
    const before = lists.get("alpaca");
    time.nowMs += 25 * HOUR_MS;
    venues.binance.listed = [instrumentOf("DOGE/USD")];
    expect(await refresh.instruments()).toEqual({ failed: 1 });
    venues.alpaca.failing = true;
    expect(await refresh.instruments()).toEqual({ failed: 1 });
    venues.alpaca.failing = false;
    venues.alpaca.listed = [instrumentOf("T")];
    broken.add("table");
    expect(await refresh.instruments()).toEqual({ failed: 1 });
    expect(lists.get("alpaca")).toBe(before);
    expect(lists.get("binance")?.instruments).toHaveLength(1);
    expect(lines.filter(({ event }) => event === "refresh_failed")).toHaveLength(3);
  });

  it("are drawn again soon when prices were missing", async () => {
    const { venues, replaced, time, refresh } = setup();
    venues.alpaca.listed = [instrumentOf("F", { inUniverse: false })];
    const { alpaca } = venues;
    alpaca.snapshots = async () => {
      throw new Error("429");
    };
    await refresh.instruments();
    expect(replaced[0]?.list[0]?.inUniverse).toBe(false);
    time.nowMs += 10 * 60_000;
    alpaca.snapshots = async () => [priced("F", "10")];
    await refresh.instruments();
    expect(replaced[1]?.list[0]?.inUniverse).toBe(true);
  });
});

it("wakes every feed, and every link where orders may be open, whoever fails", async () => {
  const { ensured, broken, refresh } = setup();
  broken.add("feed alpaca");
  expect(await refresh.connections()).toEqual({ failed: 1 });
  expect(ensured.sort()).toEqual(["feed binance", "link alpaca", "link binance", "link kraken"]);
});
