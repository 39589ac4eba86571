import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { checkHistories, type HistoryWish } from "../ledger/history-check.ts";
import type { Json } from "./client.ts";
import { HOLDER_SETTINGS, openHolder } from "./holder.ts";
import { type Venue, venueAt } from "./venue.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

let platform: TestPlatform;
let venue: Venue;
beforeAll(async () => {
  platform = await startTestPlatform({ settings: HOLDER_SETTINGS });
  venue = venueAt(platform.venueControlUrl);
  await platform.tickCron();
}, 120_000);
afterAll(() => platform?.stop());

/** Whose clock is set back, and goes on as it is told to. */
async function openWithPast(cash: string, agoMs: number) {
  const time = { nowMs: Date.now() - agoMs };
  const now = () => new Date(time.nowMs);
  const holder = await openHolder(platform, cash, now);
  const { account } = holder;
  return {
    ...holder,
    wait: (ms: number) => {
      time.nowMs += ms;
    },
    deposit: (amount: string) =>
      account.portfolios.deposit(account.principal, { amount: decimal(amount), key: null }, now()),
    reset: (amount: string) =>
      account.portfolios.reset(account.principal, { amount: decimal(amount), key: null }, now()),
  };
}

type Holder = Awaited<ReturnType<typeof openWithPast>>;

const check = ({ account, client: { token } }: Holder, wishes: [string, string][]) =>
  checkHistories(
    platform,
    wishes.map(([interval, period]) => ({
      userId: account.userId,
      token,
      period,
      interval: interval as HistoryWish["interval"],
    })),
    400,
  );

const everything: [string, string][] = [
  ["1m", "1D"],
  ["5m", "1D"],
  ["15m", "5D"],
  ["1h", "1M"],
  ["1D", "3M"],
];

describe("GET /portfolio/history", () => {
  it("is the ledger times the venue's own prices, whatever the bars", {
    timeout: 120_000,
  }, async () => {
    const holder = await openWithPast("10000", 100 * DAY_MS);
    const { trade, wait, deposit } = holder;
    await trade("buy", "F", "100", "12");
    await trade("buy", "DOGE/USD", "1000", "0.2", ["2.5", "DOGE"]);
    wait(60 * DAY_MS);
    await trade("sell", "F", "30", "14", ["0.01", "USD"]);
    await deposit("250.5");
    wait(37 * DAY_MS);
    await trade("buy", "NOK", "33", "6.1");
    await trade("sell", "DOGE/USD", "500", "0.25", ["0.3125", "USD"]);
    wait(2.5 * DAY_MS);
    await trade("sell", "NOK", "33", "6.3");
    await deposit("10");
    wait(0.4 * DAY_MS);
    await trade("buy", "XRP/USD", "12.5", "2.4");
    const { points, findings } = await check(holder, everything);
    expect(findings).toEqual([]);
    expect(points).toBeGreaterThan(5 * 80);
  });

  it("begins with the account, and again with a reset", { timeout: 120_000 }, async () => {
    const holder = await openWithPast("5000", 3 * DAY_MS);
    await holder.trade("buy", "F", "100", "12");
    const begun = await check(holder, everything);
    expect(begun.findings).toEqual([]);
    const { points } = await holder.client.get("/portfolio/history?period=5D&interval=15m");
    expect((points as Json[])[0]).toMatchObject({ net_deposits: "5000.00" });

    holder.wait(2.5 * DAY_MS);
    await holder.reset("700");
    holder.wait(MINUTE_MS);
    await holder.trade("buy", "DOGE/USD", "100", "0.2", ["0.25", "DOGE"]);
    const again = await check(holder, everything);
    expect(again.findings).toEqual([]);
    expect(again.points).toBeGreaterThan(500);
    const history = await holder.client.get("/portfolio/history?period=1D&interval=5m");
    expect(history).toMatchObject({ interval: "5m", base_value: "0.00" });
    expect((history.points as Json[]).at(-1)).toMatchObject({ net_deposits: "700.00" });
  });

  it("ends at what the portfolio is worth, and is of stocks in their own days", async () => {
    const holder = await openWithPast("1000", 40 * DAY_MS);
    await holder.trade("buy", "F", "10", "12");
    const { findings } = await check(holder, everything);
    expect(findings).toEqual([]);
    // Prices move on between the two.
    const { points } = await holder.client.get("/portfolio/history?period=1M&interval=1D");
    const { total_value } = await holder.client.get("/portfolio");
    const last = Number((points as Json[]).at(-1)?.equity);
    expect(Math.abs(last - Number(total_value))).toBeLessThan(0.02 * last);
  });

  it("would not agree with a ledger that says something else", async () => {
    const holder = await openWithPast("1000", 2 * DAY_MS);
    await holder.trade("buy", "F", "10", "12");
    const { account } = holder;
    await account.db.execute(
      sql`update positions set quantity = quantity + 1 where user_id = ${account.userId}`,
    );
    const { findings } = await check(holder, [["1h", "5D"]]);
    expect(findings.length).toBeGreaterThan(0);
  });

  it("asks for no bars again, and the database once", { timeout: 60_000 }, async () => {
    const holder = await openWithPast("1000", 40 * DAY_MS);
    await holder.trade("buy", "SNAP", "10", "8");
    await holder.trade("buy", "ADA/USD", "10", "0.8");
    const path = "/portfolio/history?period=1M&interval=1D";
    await holder.client.get(path);
    const before = await platform.roundTrips();
    const asked = await venue.barRequests();
    await holder.client.get(path);
    expect((await platform.roundTrips()) - before).toBe(1);
    expect(await venue.barRequests()).toBe(asked);
  });

  it("refuses what no chart has", async () => {
    const { client } = await openWithPast("1", 0);
    const { status, body } = await client.request(
      "GET",
      "/portfolio/history?period=1Y&interval=1m",
    );
    expect({ status, code: body.code }).toEqual({
      status: 422,
      code: "interval_period_unsupported",
    });
  });
});
