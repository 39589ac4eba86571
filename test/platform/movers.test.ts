import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

interface Moved {
  readonly symbol: string;
  readonly price: number;
  readonly before: number;
  readonly volume: number;
}

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  venue = venueAt(platform.venueControlUrl);
  await platform.tickCron();
  client = await registerClient(platform.url);
}, 120_000);
afterAll(() => platform?.stop());

async function json<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

/** What costs less than 100 dollars, as the venues themselves tell it now. */
async function movedAtVenues(): Promise<Moved[]> {
  const { quotes } = await venue.ask("GET", "/quotes");
  const stocks = (quotes as { symbol: string; venue: string }[]).flatMap((quote) =>
    quote.venue === "alpaca" ? quote.symbol : [],
  );
  const snapshots = await json<
    Record<
      string,
      { latestTrade: { p: number }; dailyBar: { v: number }; prevDailyBar: { c: number } }
    >
  >(
    await fetch(`${platform.alpacaUrl}/v2/stocks/snapshots?symbols=${stocks}`, {
      headers: platform.alpacaHeaders,
    }),
  );
  const tickers = await json<
    { symbol: string; lastPrice: string; prevClosePrice: string; volume: string }[]
  >(await fetch(`${platform.binanceUrl}/api/v3/ticker/24hr`));
  return [
    ...Object.entries(snapshots).map(([symbol, { latestTrade, dailyBar, prevDailyBar }]) => ({
      symbol,
      price: latestTrade.p,
      before: prevDailyBar.c,
      volume: dailyBar.v,
    })),
    ...tickers.map(({ symbol, lastPrice, prevClosePrice, volume }) => ({
      symbol: symbol.replace(/USDT$/, "/USD"),
      price: Number(lastPrice),
      before: Number(prevClosePrice),
      volume: Number(volume),
    })),
  ].filter(({ price }) => price < 100);
}

/** Rank, symbol, price and change in millionths; of a tie the greater list is by symbol, the lesser the other way. */
function rank(moved: readonly Moved[], sign: 1 | -1, limit: number): string[] {
  const millionths = ({ price, before }: Moved) => Math.round(1e6 * (price / before - 1));
  return moved
    .filter((one) => sign * millionths(one) > 0)
    .sort((a, b) => sign * (millionths(b) - millionths(a) || (a.symbol < b.symbol ? -1 : 1)))
    .slice(0, limit)
    .map((one, i) => `${i + 1} ${one.symbol} ${one.price} ${millionths(one)}`);
}

const ranked = ({ movers }: Json) =>
  (movers as { rank: number; symbol: string; price: string; change_pct: string }[]).map(
    (mover) =>
      `${mover.rank} ${mover.symbol} ${Number(mover.price)} ${Math.round(1e6 * Number(mover.change_pct))}`,
  );

it("are those of the whole universe, as the venues' own snapshots have it", async () => {
  // So that both are asked for the same moment.
  const { quotes } = await venue.ask("GET", "/quotes");
  for (const { symbol } of quotes as { symbol: string }[])
    await venue.strike({ kind: "stale_quote", symbol });

  // A pair's day moves on with each minute, so it may take two looks; KV is read again after some seconds.
  await expect
    .poll(
      async () => {
        await platform.tickCron();
        const moved = await movedAtVenues();
        const gainers = await client.get("/market/movers/gainers?limit=50");
        const losers = await client.get("/market/movers/losers?limit=50");
        expect(gainers.universe_size).toBeGreaterThanOrEqual(80);
        expect(moved.length).toBe(gainers.universe_size);
        expect(Date.now() - Date.parse(String(gainers.last_updated))).toBeLessThan(60_000);
        return (
          [ranked(gainers), ranked(losers)].join() ===
          [rank(moved, 1, 50), rank(moved, -1, 50)].join()
        );
      },
      { timeout: 90_000, interval: 1_000 },
    )
    .toBe(true);

  const moved = await movedAtVenues();
  const dear = moved.filter(
    ({ symbol, price, volume }) =>
      !symbol.includes("/") && price >= 20 && price <= 60 && volume >= 1000,
  );
  expect(dear.length).toBeGreaterThan(5);
  const filtered = await client.get(
    "/market/movers/losers?asset_type=stock&min_price=20&max_price=60&min_volume=1000&limit=5",
  );
  expect(ranked(filtered)).toEqual(rank(dear, -1, 5));
}, 180_000);

it("keep the last good ranking of a venue that fails, with its age", async () => {
  const before = await client.get("/market/movers/gainers?asset_type=stock");
  const route = "GET /v2/stocks/snapshots";
  await venue.strike({ kind: "error_before", venue: "alpaca", route });
  await platform.tickCron();
  expect(await client.get("/market/movers/gainers?asset_type=stock")).toEqual(before);
  const failures = platform.workerLog.filter((line) => line.includes("refresh_failed"));
  expect(failures.some((line) => line.includes('"job":"quotes"'))).toBe(true);
}, 120_000);
