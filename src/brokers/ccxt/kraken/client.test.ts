import { describe, expect, it } from "vitest";
import {
  KRAKEN_SECRET,
  NOW_MS,
  PAIRS,
  refusal,
  result,
  setUpKraken,
} from "../../testing/scripted-kraken.ts";
import { createKrakenClient } from "./client.ts";
import { createNonces } from "./nonce.ts";

describe("signed requests", () => {
  it("carry the signature that Kraken's documentation gives for its example", async () => {
    const { client } = setUpKraken({});
    const { exchange } = await client.ready();
    exchange.nonce = () => 1_616_492_376_594;
    const order = {
      ordertype: "limit",
      pair: "XBTUSD",
      price: "37500",
      type: "buy",
      volume: "1.25",
    };
    const { body, headers } = exchange.sign("AddOrder", "private", "POST", order);
    expect(body).toBe(
      "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
    );
    expect(headers).toMatchObject({
      "API-Key": "key",
      "API-Sign":
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
    });
  });

  it("leave with nonces that grow, whatever time it is and however many there are", async () => {
    const { orders, sentTo, seen } = setUpKraken({ OpenOrders: result({ open: {} }) });
    await Promise.all(Array.from({ length: 5 }, () => orders.openOrders()));
    const nonces = sentTo("OpenOrders").map(({ nonce }) => Number(nonce));
    expect(nonces).toHaveLength(5);
    expect(nonces).toEqual([...new Set(nonces)].sort((a, b) => a - b));
    expect(seen.at(-1)?.headers.get("api-sign")).toMatch(/^[A-Za-z0-9+/]{86}==$/);
  });

  it("are not what an unfit secret is found out by", async () => {
    const settings = {
      apiKey: "key",
      apiSecret: "%%%",
      restUrl: "https://kraken.test",
      requestsPerMinute: 20,
    };
    const deps = {
      marketsCache: { get: async () => null, put: async () => undefined },
      now: () => new Date(NOW_MS),
      timeoutMs: 100,
      fetch: async () => new Response("{}"),
    };
    await expect(createKrakenClient(settings, deps).ready()).rejects.toThrow();
    const sound = createKrakenClient({ ...settings, apiSecret: KRAKEN_SECRET }, deps);
    expect((await sound.ready()).markets.size).toBe(0);
  });
});

describe("a nonce", () => {
  it("grows within a millisecond and when the clock steps back", () => {
    let nowMs = 1_000;
    const next = createNonces(
      () => nowMs,
      () => 0.5,
    );
    expect([next(), next(), next()]).toEqual([1_000_500, 1_000_501, 1_000_502]);
    nowMs = 900;
    expect(next()).toBe(1_000_503);
    nowMs = 1_001;
    expect(next()).toBe(1_001_500);
  });

  it("hardly ever is the one of another isolate in the same millisecond", () => {
    const [one, other] = [0.1, 0.9].map((chance) =>
      createNonces(
        () => NOW_MS,
        () => chance,
      ),
    );
    expect(one?.()).not.toBe(other?.());
    expect(Number.isSafeInteger(one?.())).toBe(true);
  });
});

describe("the markets", () => {
  it("are those in dollars, under our names, with the steps that Kraken gives", async () => {
    const { marketData, cached, count } = setUpKraken({});
    expect(await marketData.instruments()).toMatchObject([
      {
        symbol: "DOGE/USD",
        venue: "kraken",
        exchange: "KRAKEN",
        quoteCurrency: "USD",
        priceIncrement: "0.0000001",
        quantityIncrement: "0.00000001",
        minQuantity: "13",
        tradable: true,
      },
      { symbol: "BTC/USD", priceIncrement: "0.5", minQuantity: "0.00005" },
      { symbol: "XRP/USD", tradable: false },
    ]);
    expect([...cached.keys()]).toEqual(["markets:kraken"]);
    expect(count("GET")).toBe(1);
  });
});

describe("snapshots", () => {
  const ticker = {
    a: ["0.1235000", "1200", "1200.000"],
    b: ["0.1234000", "800", "800.500"],
    c: ["0.1234500", "42.00000000"],
    v: ["1000.00000000", "123456.00000000"],
    p: ["0.1230000", "0.1220000"],
    t: [10, 100],
    l: ["0.1200000", "0.1100000"],
    h: ["0.1300000", "0.1310000"],
    o: "0.1210000",
  };

  it("ask for the active ones of those that are listed, in one request", async () => {
    const { marketData, seen } = setUpKraken({
      "GET /0/public/Ticker": result({ XDGUSD: ticker }),
    });
    expect(await marketData.snapshots(["DOGE/USD", "XRP/USD", "NOPE/USD"])).toEqual([
      {
        symbol: "DOGE/USD",
        bidPrice: "0.1234",
        bidSize: "800.5",
        askPrice: "0.1235",
        askSize: "1200",
        price: "0.12345",
        size: null,
        open: "0.121",
        high: "0.131",
        low: "0.11",
        volume: "123456",
        previousClose: "0.121",
        halted: null,
        atMs: NOW_MS,
        confirmedAtMs: NOW_MS,
        source: "rest",
      },
    ]);
    expect(decodeURIComponent(seen.at(-1)?.target ?? "")).toBe("/0/public/Ticker?pair=XDGUSD");
  });

  it("do without a pair that was delisted meanwhile", async () => {
    const pairs = { listed: true };
    const { marketData, cached, count } = setUpKraken({
      "GET /0/public/AssetPairs": () => result(pairs.listed ? PAIRS : { XDGUSD: PAIRS.XDGUSD })(),
      "GET /0/public/Ticker": ({ target }) =>
        target.includes("XXBTZUSD")
          ? refusal("EQuery:Unknown asset pair")()
          : result({ XDGUSD: ticker })(),
    });
    await marketData.instruments();
    pairs.listed = false;
    const quotes = await marketData.snapshots(["BTC/USD", "DOGE/USD"]);
    expect(quotes.map(({ symbol }) => symbol)).toEqual(["DOGE/USD"]);
    expect(count("GET /0/public/Ticker")).toBe(2);
    expect(cached.get("markets:kraken")).not.toContain("BTC/USD");
  });

  it("ask nothing where none is active", async () => {
    const { marketData, count } = setUpKraken({});
    expect(await marketData.snapshots(["XRP/USD", "NOPE/USD"])).toEqual([]);
    expect(count("GET /0/public/Ticker")).toBe(0);
  });

  it("say so when Kraken can't be asked", async () => {
    const { marketData } = setUpKraken({ "GET /0/public/Ticker": refusal("EService:Unavailable") });
    await expect(marketData.snapshots(["DOGE/USD"])).rejects.toMatchObject({
      name: "UpstreamError",
      venue: "kraken",
      message: "kraken could not be asked: HTTP 200 EService:Unavailable",
    });
  });

  it("are all there is: Kraken's prices are polled", () => {
    const { marketData, orders } = setUpKraken({});
    expect([marketData.ticks, orders.updates]).toEqual([null, null]);
  });
});

it("gives bars with the volume in coins", async () => {
  const start = 1_799_996_400;
  const row = (at: number) => [at, "0.1234", "0.125", "0.12", "0.1245", "0.1240", "1200.5", 7];
  const { marketData, seen } = setUpKraken({
    "GET /0/public/OHLC": result({
      XDGUSD: [row(start - 60), row(start), row(start + 60)],
      last: 1,
    }),
  });
  const range = { interval: "1m", startMs: start * 1_000, endMs: (start + 120) * 1_000 } as const;
  expect(await marketData.bars(["DOGE/USD"], range)).toEqual(
    new Map([
      [
        "DOGE/USD",
        [start, start + 60].map((at) => ({
          startMs: at * 1_000,
          open: "0.1234",
          high: "0.125",
          low: "0.12",
          close: "0.1245",
          volume: "1200.5",
        })),
      ],
    ]),
  );
  expect(Object.fromEntries(new URL(`http://k${seen.at(-1)?.target}`).searchParams)).toEqual({
    pair: "XDGUSD",
    interval: "1",
    since: String(start - 60),
  });
});
