import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { decimal } from "../domain/decimal.ts";
import { type Instrument, venuesWith } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { Services } from "../services.ts";
import { instrumentOf, quoteOf, START_MS } from "./scripted-venue.ts";
import { createMarketService } from "./service.ts";

const LISTED = ["AAL", "DOGE/USD", "F", "T", "XRP/USD"].map((symbol) => instrumentOf(symbol));

const moverOf = (symbol: string, fraction: string) => ({
  symbol,
  price: decimal("10.5"),
  change: decimal("0.125"),
  fraction: decimal(fraction),
  volume: null,
});
const RANKED = {
  alpaca: {
    atMs: START_MS - 60_000,
    assetType: "stock",
    universeSize: 60,
    movers: [moverOf("F", "0.02"), moverOf("GONE", "0.01"), moverOf("T", "-0.01")],
  },
  binance: { atMs: START_MS, assetType: "crypto", universeSize: 20, movers: [] },
  // Of an exchange that was chosen before.
  kraken: { atMs: 0, assetType: "crypto", universeSize: 9, movers: [moverOf("XRP/USD", "0.5")] },
} as const;

/** What the last set-up's search was asked for. */
let asked: unknown[] = [];

function setup(...quotes: Quote[]) {
  asked = [];
  const listed = new Map(LISTED.map((one) => [one.symbol, one]));
  const known = new Map(quotes.map((quote) => [quote.symbol, quote]));
  const clock = { isOpen: true, nextOpen: null, nextClose: new Date(START_MS + 60_000) };
  const market = createMarketService({
    venues: venuesWith("binance"),
    instruments: {
      get: async (symbol) => listed.get(symbol),
      getMany: async (symbols) =>
        new Map(
          symbols.flatMap((symbol): [string, Instrument][] => {
            const one = listed.get(symbol);
            return one === undefined ? [] : [[symbol, one]];
          }),
        ),
      all: async (venue) => LISTED.filter((one) => one.venue === venue),
    },
    assets: {
      async search({ text, inUniverse, among, limit }) {
        asked.push({ text, inUniverse, among, limit });
        return [{ instrument: instrumentOf("F"), match: "symbol" }];
      },
    },
    cache: { read: async (venue) => (venue === "alpaca" ? known : new Map()) },
    movers: { read: async () => (known.size === 0 ? {} : RANKED) },
    lookup: { find: async () => known },
    clocks: { get: async () => clock, isOpen: async () => true },
    now: () => new Date(START_MS + 400),
  });
  const userId = crypto.randomUUID();
  const auth: Partial<Services["auth"]> = {
    verify: async () => {
      const scopes = ["read"] as const;
      return { userId, sessionId: userId, apiKeyId: null, scopes, expiresAt: null };
    },
  };
  const app = createApp(() => ({ auth, market }) as Services);
  return async (path: string) => {
    const init = { headers: { authorization: "Bearer token" } };
    const bindings = { ...env, LOG_LEVEL: "error" } as Env;
    const response = await app.fetch(
      new Request(`http://localhost/api/v1/market${path}`, init),
      bindings,
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

describe("GET /market/quote/{symbol}", () => {
  it("answers what the contract names, in decimal text", async () => {
    const get = setup(quoteOf("F", { price: decimal("10.395"), volume: decimal("12000.5") }));
    const { status, body } = await get("/quote/f");
    expect(status).toBe(200);
    expect(body).toEqual({
      symbol: "F",
      asset_type: "stock",
      name: "F Inc.",
      currency: "USD",
      price: "10.395",
      bid_price: "9.99",
      bid_size: "500",
      ask_price: "10.01",
      ask_size: "400",
      open: "9.80",
      high: "10.20",
      low: "9.70",
      previous_close: "9.90",
      change: "0.495",
      change_pct: "0.05",
      volume: "12000.5",
      market_status: "open",
      halted: false,
      timestamp: "2026-03-02T15:00:00.000Z",
      age_ms: 400,
      stale: false,
      source: "rest",
      seq: null,
      in_universe: true,
    });
  });

  it.each(["DOGE%2FUSD", "doge%2fusd", "DOGE-USD", "dogeusd", "DOGE/USD"])(
    "takes a pair spelled %s",
    async (spelling) => {
      const get = setup(quoteOf("DOGE/USD"));
      const [quote, asset] = [await get(`/quote/${spelling}`), await get(`/assets/${spelling}`)];
      expect([quote.body.symbol, asset.body.symbol]).toEqual(["DOGE/USD", "DOGE/USD"]);
    },
  );

  it("tells an unknown symbol from one without a quote", async () => {
    const get = setup();
    const unknown = await get("/quote/NOPE");
    expect(unknown).toMatchObject({ status: 404, body: { code: "symbol_not_found" } });
    const unpriced = await get("/quote/F");
    expect(unpriced).toMatchObject({
      status: 503,
      body: { code: "quote_unavailable", symbol: "F" },
    });
  });
});

describe("GET /market/quotes", () => {
  it("answers each symbol once and names what it could not", async () => {
    const get = setup(quoteOf("F"), quoteOf("DOGE/USD"));
    const { status, body } = await get("/quotes?symbols=F,DOGE%2FUSD,dogeusd,T,NOPE");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      quotes: [{ symbol: "F" }, { symbol: "DOGE/USD" }],
      errors: [
        { symbol: "T", code: "quote_unavailable" },
        { symbol: "NOPE", code: "symbol_not_found" },
      ],
    });
  });

  it.each([
    ["none", "/quotes"],
    ["an empty one", "/quotes?symbols="],
    ["more than 100", `/quotes?symbols=${Array.from({ length: 101 }, (_, i) => `S${i}`)}`],
  ])("refuses %s", async (_name, path) => {
    expect(await setup()(path)).toMatchObject({ status: 422, body: { code: "validation_error" } });
  });
});

describe("GET /market/search", () => {
  it("answers what the contract names, with the last known price", async () => {
    const { status, body } = await setup(quoteOf("F", { price: decimal("10.395") }))(
      "/search?q=%20f",
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      results: [
        {
          symbol: "F",
          name: "F Inc.",
          asset_type: "stock",
          exchange: "NYSE",
          price: "10.395",
          tradable: true,
          fractionable: false,
          in_universe: true,
          match: "symbol",
        },
      ],
    });
    expect(asked).toEqual([{ text: "f", inUniverse: true, among: undefined, limit: 50 }]);
  });

  it("looks beyond the universe where it is asked to, and only among what is cheap enough", async () => {
    const dear = quoteOf("T", { price: decimal("27.01") });
    const unknown = quoteOf("AAL", { price: null });
    const get = setup(quoteOf("F", { price: decimal("27") }), dear, unknown);
    await get("/search?q=inc&in_universe=any&max_price=27.00&limit=5");
    expect(asked).toEqual([{ text: "inc", inUniverse: undefined, among: ["F"], limit: 5 }]);
  });

  it.each([
    ["no text", "/search"],
    ["an empty one", "/search?q="],
    ["one of spaces", "/search?q=%20%E3%80%80"],
    ["one of more than 64 characters", `/search?q=${"x".repeat(65)}`],
    ["a limit above 50", "/search?q=f&limit=51"],
    ["a price that is no number", "/search?q=f&max_price=cheap"],
  ])("refuses %s", async (_name, path) => {
    expect(await setup()(path)).toMatchObject({ status: 422, body: { code: "validation_error" } });
    expect(asked).toEqual([]);
  });
});

describe("GET /market/movers", () => {
  it("answers what the contract names, as of the venue that is the farthest behind", async () => {
    const get = setup(quoteOf("F"));
    const { status, body } = await get("/movers/gainers?limit=5");
    expect(status).toBe(200);
    expect(body).toEqual({
      movers: [
        {
          rank: 1,
          symbol: "F",
          name: "F Inc.",
          asset_type: "stock",
          price: "10.50",
          change: "0.125",
          change_pct: "0.02",
          volume: null,
        },
      ],
      last_updated: "2026-03-02T14:59:00.000Z",
      universe_size: 80,
    });
    expect((await get("/movers/losers")).body).toMatchObject({
      movers: [{ symbol: "T", rank: 1 }],
    });
    expect((await get("/movers/losers?asset_type=crypto")).body).toEqual({
      movers: [],
      last_updated: "2026-03-02T15:00:00.000Z",
      universe_size: 20,
    });
  });

  it("has nothing before the first run, and says so", async () => {
    const { body } = await setup()("/movers/gainers");
    expect(body).toEqual({ movers: [], last_updated: null, universe_size: 0 });
  });

  it.each(["limit=51", "limit=0", "asset_type=bond", "min_volume=-1", "max_price=x"])(
    "refuses %s",
    async (query) => {
      expect(await setup()(`/movers/gainers?${query}`)).toMatchObject({ status: 422 });
    },
  );
});

describe("GET /market/calendar", () => {
  it("names the trading days with their hours, holidays left out", async () => {
    const { status, body } = await setup()("/calendar?start=2026-11-25&end=2026-11-30");
    expect(status).toBe(200);
    const day = (date: string, close: string, early_close = false) => ({
      date,
      open: `${date}T14:30:00.000Z`,
      close: `${date}T${close}:00.000Z`,
      early_close,
    });
    expect(body).toEqual({
      calendar: [
        day("2026-11-25", "21:00"),
        day("2026-11-27", "18:00", true),
        day("2026-11-30", "21:00"),
      ],
    });
  });

  it("begins today and looks a month ahead unless it is told otherwise", async () => {
    const { body } = await setup()("/calendar");
    const days = (body.calendar as { date: string }[]).map(({ date }) => date);
    expect([days[0], days.at(-1), days.length]).toEqual(["2026-03-02", "2026-04-01", 23]);
  });

  it("covers up to a year", async () => {
    const { body } = await setup()("/calendar?start=2024-01-01&end=2024-12-31");
    expect(body.calendar).toHaveLength(252);
  });

  it.each([
    "start=2024-01-01&end=2025-01-01",
    "start=2026-11-25&end=2026-11-24",
    "start=2026-02-30",
    "start=yesterday",
    "start=2014-12-31",
    "end=2100-01-01",
  ])("refuses %s", async (query) => {
    expect(await setup()(`/calendar?${query}`)).toMatchObject({
      status: 422,
      body: { code: "validation_error" },
    });
  });
});

it("pages assets by symbol", async () => {
  const get = setup();
  const symbols: unknown[] = [];
  let token: unknown = "";
  do {
    const query: string = token === "" ? "" : `&page_token=${token}`;
    const { body } = await get(`/assets?limit=2${query}`);
    symbols.push(...(body.assets as { symbol: string }[]).map(({ symbol }) => symbol));
    token = body.next_page_token;
  } while (token !== null);
  expect(symbols).toEqual(["AAL", "DOGE/USD", "F", "T", "XRP/USD"]);
  const crypto = await get("/assets?asset_type=crypto");
  expect(crypto.body.assets).toHaveLength(2);
  expect(await get("/assets?page_token=x")).toMatchObject({ body: { code: "invalid_page_token" } });
});

it("shows an asset with the increments it trades in", async () => {
  expect((await setup()("/assets/doge-usd")).body).toEqual({
    symbol: "DOGE/USD",
    asset_type: "crypto",
    name: "DOGE/USD Inc.",
    exchange: "BINANCE",
    broker: "binance",
    quote_currency: "USDT",
    price_increment: "0.00001",
    quantity_increment: "1",
    min_quantity: null,
    fractionable: false,
    tradable: true,
    in_universe: true,
  });
});

it("tells the session", async () => {
  expect((await setup()("/clock")).body).toEqual({
    timestamp: "2026-03-02T15:00:00.400Z",
    is_open: true,
    next_open: null,
    next_close: "2026-03-02T15:01:00.000Z",
  });
});
