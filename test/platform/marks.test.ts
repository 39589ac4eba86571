import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import type { Client, Json } from "./client.ts";
import { HOLDER_SETTINGS, openHolder } from "./holder.ts";
import { type Venue, venueAt } from "./venue.ts";

let platform: TestPlatform;
let venue: Venue;
beforeAll(async () => {
  platform = await startTestPlatform({ settings: HOLDER_SETTINGS });
  await platform.tickCron();
  venue = venueAt(platform.venueControlUrl);
}, 120_000);
afterAll(() => platform?.stop());

async function holderOf(symbols: readonly string[]): Promise<Client> {
  const { client, trade } = await openHolder(platform, "1000000");
  for (const symbol of symbols) await trade("buy", symbol, "2", "3");
  return client;
}

describe("a portfolio of everything that is listed", () => {
  it("takes one round trip to the database, and at most one look-up of each venue", async () => {
    const reader = await holderOf([]);
    const { assets } = await reader.get("/market/assets?limit=500");
    const symbols = (assets as Json[]).map(({ symbol }) => String(symbol));
    expect(symbols.length).toBeGreaterThanOrEqual(100);
    const client = await holderOf(symbols);
    // The clocks and lists of the isolate are known from here on.
    await client.get("/portfolio");

    await venue.reset();
    const before = await platform.roundTrips();
    const portfolio = await client.get("/portfolio");
    expect((await platform.roundTrips()) - before).toBe(1);
    expect(portfolio).toMatchObject({ positions_count: symbols.length });
    const { requests } = await venue.ask("GET", "/counters");
    const lookUps = Object.entries(requests as Record<string, number>).filter(([route]) =>
      /snapshots|ticker/.test(route),
    );
    expect(lookUps.filter(([, times]) => times > 1)).toEqual([]);

    const { positions } = await client.get("/portfolio/positions");
    const held = positions as Json[];
    const isOff = ({ market_value, current_price }: Json) =>
      Math.abs(Number(market_value) - 2 * Number(current_price)) > 1e-6;
    expect(held.filter(isOff)).toEqual([]);
    expect(held.filter(({ price_source }) => price_source === null)).toEqual([]);
  }, 180_000);
});

describe("a position", () => {
  it("is marked at the last trade, with its time, and measured from its purchase on the day it was bought", async () => {
    const client = await holderOf(["F"]);
    await venue.pin("F", "8.10", "8.12", "8.11");
    const shown = async () => client.get("/portfolio/positions/F");
    await expect.poll(async () => (await shown()).current_price, { timeout: 90_000 }).toBe("8.11");
    const position = await shown();
    expect(position).toMatchObject({
      price_source: "last_trade",
      stale: false,
      market_value: "16.22",
      unrealized_pnl: "10.22",
      // Bought today at 3.00: yesterday's close has nothing to do with it.
      day_pnl: "10.22",
    });
    const age = Date.now() - Date.parse(String(position.price_as_of));
    expect(age).toBeLessThan(120_000);
    expect(await client.get("/portfolio")).toMatchObject({
      day_pnl: "10.22",
      total_value: "1000010.22",
      last_equity: "0.00",
    });
    await venue.release("F");
  }, 120_000);
});
