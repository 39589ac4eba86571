import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { OrderToSubmit } from "../../broker.ts";
import { refusal, setUpBinance as setup } from "../../testing/scripted-binance.ts";
import { json } from "../../testing/scripted-fetch.ts";

const ORDER: OrderToSubmit = {
  id: "0193aaaa-0000-7000-8000-000000000001",
  symbol: "DOGE/USD",
  side: "buy",
  type: "limit",
  quantity: decimal("100"),
  notional: null,
  limitPrice: decimal("0.12345"),
  stopPrice: null,
  timeInForce: "gtc",
};

describe("the markets", () => {
  it("are asked for once, and kept for other isolates", async () => {
    const world = setup({});
    const client = world.newClient();
    const { markets } = await client.ready();
    expect([...markets.keys()]).toEqual(["DOGE/USDT", "XRP/USDT"]);
    await client.ready();
    expect((await world.newClient().ready()).markets.size).toBe(2);
    expect(world.count("GET /api/v3/exchangeInfo")).toBe(1);
  });

  it("are taken old rather than not at all", async () => {
    const { cached, newClient } = setup({});
    await newClient().ready();
    const later = setup({ "GET /api/v3/exchangeInfo": refusal(503, -1, "down") }, cached);
    later.clock.nowMs += 100 * 3_600_000;
    expect((await later.newClient().ready()).markets.size).toBe(2);
  });

  it("that cannot be had keep an order from leaving", async () => {
    const { orders, count } = setup({ "GET /api/v3/exchangeInfo": refusal(503, -1, "down") });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "rejected", reason: "broker_busy" });
    expect(count("POST")).toBe(0);
  });

  it("become instruments", async () => {
    const { marketData } = setup({});
    const instruments = await marketData.instruments();
    expect(instruments.map(({ symbol }) => symbol)).toEqual(["DOGE/USD", "XRP/USD"]);
    expect(instruments[0]).toMatchObject({ priceIncrement: "0.00001", quantityIncrement: "1" });
  });

  it("that are asked for quotes leave out what they do not have", async () => {
    const { marketData, seen } = setup({ "GET /api/v3/ticker/24hr": () => json([]) });
    expect(await marketData.snapshots(["DOGE/USD", "NOPE/USD"])).toEqual([]);
    expect(decodeURIComponent(seen.at(-1)?.target ?? "")).toContain('symbols=["DOGEUSDT"]');
    const down = setup({ "GET /api/v3/ticker/24hr": refusal(503, -1, "down") });
    await expect(down.marketData.snapshots(["DOGE/USD"])).rejects.toMatchObject({
      name: "UpstreamError",
      venue: "binance",
    });
  });
});
