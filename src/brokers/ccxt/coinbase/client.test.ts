import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import {
  ACCOUNTS,
  NOW_MS,
  PRODUCTS,
  refusal,
  setUpCoinbase,
} from "../../testing/scripted-coinbase.ts";
import { json } from "../../testing/scripted-fetch.ts";
import { createCoinbaseClient } from "./client.ts";

describe("signed requests", () => {
  const list = () => json({ orders: [], has_next: false, cursor: "" });

  it.each([
    ["ES256", { iss: "coinbase-cloud", uri: "GET coinbase.test/api/v3/brokerage/products" }],
    ["EdDSA", { iss: "cdp", uris: ["GET coinbase.test/api/v3/brokerage/products"] }],
  ] as const)("carry a token of two minutes for one path, by %s", async (alg, claims) => {
    const { apiKey, publicKey } = ACCOUNTS[alg];
    const { client, seen } = setUpCoinbase({}, ACCOUNTS[alg]);
    await client.ready();
    const [scheme, token = ""] = seen[0]?.headers.get("authorization")?.split(" ") ?? [];
    expect(scheme).toBe("Bearer");
    const { payload, protectedHeader } = await jwtVerify(token, publicKey);
    expect(protectedHeader).toMatchObject({ alg, kid: apiKey, nonce: expect.any(String) });
    expect(payload).toMatchObject({ ...claims, sub: apiKey });
    expect((payload.exp ?? 0) - (payload.nbf ?? 0)).toBe(120);
  });

  it("are signed each for itself", async () => {
    const { orders, seen } = setUpCoinbase({ list });
    await orders.openOrders();
    const tokens = seen.map(({ headers }) => headers.get("authorization"));
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it("are not what an unfit secret is found out by", async () => {
    const settings = {
      apiKey: "organizations/org-1/apiKeys/key-1",
      apiSecret: "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
      restUrl: "https://coinbase.test",
      requestsPerMinute: 1_800,
    };
    const asked: string[] = [];
    const client = createCoinbaseClient(settings, {
      marketsCache: { get: async () => null, put: async () => undefined },
      now: () => new Date(NOW_MS),
      timeoutMs: 100,
      fetch: async (url) => {
        asked.push(url);
        return json(PRODUCTS);
      },
    });
    await expect(client.ready()).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});

describe("the markets", () => {
  it("are those in dollars, under our names, with one request of spot products", async () => {
    const { marketData, cached, queriesTo, seen } = setUpCoinbase({});
    expect(await marketData.instruments()).toMatchObject([
      {
        symbol: "DOGE/USD",
        name: "Dogecoin",
        venue: "coinbase",
        exchange: "COINBASE",
        quoteCurrency: "USD",
        priceIncrement: "0.00001",
        quantityIncrement: "0.1",
        minQuantity: "1",
        tradable: true,
      },
      { symbol: "XRP/USD", tradable: false },
    ]);
    expect(await marketData.instruments()).toHaveLength(2);
    expect([...cached.keys()]).toEqual(["markets:coinbase"]);
    expect(queriesTo("products")[0]?.toString()).toBe("product_type=SPOT");
    expect(seen).toHaveLength(2);
  });

  it("are taken from all pages where there are several", async () => {
    const [doge, ...others] = PRODUCTS.products;
    const { client, queriesTo } = setUpCoinbase({
      products: ({ target }) =>
        target.includes("cursor=two")
          ? json({ products: others, pagination: { has_next: false, next_cursor: "" } })
          : json({ products: [doge], pagination: { has_next: true, next_cursor: "two" } }),
    });
    expect([...(await client.ready()).markets.keys()]).toEqual(["DOGE/USD", "XRP/USD"]);
    expect(queriesTo("products")).toHaveLength(2);
  });
});

describe("snapshots", () => {
  const touch = () =>
    json({
      pricebooks: [
        {
          product_id: "DOGE-USD",
          bids: [{ price: "0.1234", size: "800.5" }],
          asks: [{ price: "0.1235", size: "1200" }],
          time: "2027-01-15T07:59:59.654056Z",
        },
      ],
    });

  it("put the touch to the day's figures", async () => {
    const { marketData, queriesTo } = setUpCoinbase({ touch });
    expect(await marketData.snapshots(["DOGE/USD", "NOPE/USD"])).toEqual([
      {
        symbol: "DOGE/USD",
        bidPrice: "0.1234",
        bidSize: "800.5",
        askPrice: "0.1235",
        askSize: "1200",
        price: "0.12345",
        size: null,
        open: "0.12044",
        high: null,
        low: null,
        volume: "123456",
        previousClose: "0.12044",
        halted: null,
        atMs: Date.parse("2027-01-15T07:59:59.654Z"),
        confirmedAtMs: NOW_MS,
        source: "rest",
      },
    ]);
    expect(queriesTo("touch").map((query) => query.getAll("product_ids"))).toEqual([["DOGE-USD"]]);
    expect(queriesTo("products").at(-1)?.getAll("product_ids")).toEqual(["DOGE-USD"]);
  });

  it("without a touch say so by having none", async () => {
    const { marketData } = setUpCoinbase({ touch: () => json({ pricebooks: [] }) });
    expect(await marketData.snapshots(["DOGE/USD"])).toMatchObject([
      { price: "0.12345", bidPrice: null, askPrice: null, atMs: NOW_MS },
    ]);
  });

  it("say so when Coinbase can't be asked", async () => {
    const { marketData } = setUpCoinbase({ touch: refusal(503, "UNAVAILABLE") });
    await expect(marketData.snapshots(["DOGE/USD"])).rejects.toMatchObject({
      name: "UpstreamError",
      venue: "coinbase",
      message: "coinbase could not be asked: HTTP 503 UNAVAILABLE",
    });
  });

  it("are all there is: Coinbase's prices are polled", () => {
    const { marketData, orders } = setUpCoinbase({});
    expect([marketData.ticks, orders.updates]).toEqual([null, null]);
  });
});

it("gives bars, window after window", async () => {
  const start = 1_799_996_400;
  const CANDLES = "GET /api/v3/brokerage/market/products/DOGE-USD/candles";
  const { marketData, queriesTo } = setUpCoinbase({
    [CANDLES]: ({ target }) => {
      const at = Number(new URL(`http://c${target}`).searchParams.get("start"));
      const prices = { low: "0.12", high: "0.125", open: "0.1234", close: "0.1245" };
      // The newest first, as Coinbase has them.
      const candle = (second: number) => ({ start: String(second), ...prices, volume: "1200.5" });
      return json({ candles: [candle(at + 300), candle(at)] });
    },
  });
  const range = {
    interval: "5m",
    startMs: start * 1_000,
    endMs: (start + 400 * 300) * 1_000,
  } as const;
  const bars = (await marketData.bars(["DOGE/USD"], range)).get("DOGE/USD");
  expect(bars?.map(({ startMs }) => startMs / 1_000 - start)).toEqual([0, 300, 90_000, 90_300]);
  expect(bars?.[0]).toEqual({
    startMs: start * 1_000,
    open: "0.1234",
    high: "0.125",
    low: "0.12",
    close: "0.1245",
    volume: "1200.5",
  });
  expect(queriesTo(CANDLES).map((query) => Object.fromEntries(query))).toEqual([
    { start: String(start), end: String(start + 90_000), granularity: "FIVE_MINUTE" },
    { start: String(start + 90_000), end: String(start + 120_000), granularity: "FIVE_MINUTE" },
  ]);
});
