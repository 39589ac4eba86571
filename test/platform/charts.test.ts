import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

interface Bar {
  readonly timestamp: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly partial?: true;
}

const ALLOWED: Record<string, readonly string[]> = {
  "1m": ["1D", "5D"],
  "5m": ["1D", "5D", "1M"],
  "15m": ["1D", "5D", "1M", "3M"],
  "1h": ["5D", "1M", "3M", "6M", "1Y"],
  "1D": ["1M", "3M", "6M", "1Y"],
};
const STEP_MS: Record<string, number> = {
  "1m": 6e4,
  "5m": 3e5,
  "15m": 9e5,
  "1h": 36e5,
  "1D": 864e5,
};
const PERIODS = ["1D", "5D", "1M", "3M", "6M", "1Y"];
const pairs = Object.keys(ALLOWED).flatMap((interval) =>
  PERIODS.map((period) => ({ interval, period })),
);

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

/** As a careful client does it: what the venue can't be asked for just now is asked for again. */
async function read(path: string): Promise<Json> {
  for (;;) {
    const { status, body } = await client.request("GET", path);
    if (status !== 503 || body.code !== "busy") {
      expect(status, JSON.stringify(body)).toBe(200);
      return body;
    }
    await delay(1_000);
  }
}

async function allBars(path: string): Promise<Bar[]> {
  const bars: Bar[] = [];
  let token: unknown = "";
  while (token !== null) {
    const page = await read(`${path}${token === "" ? "" : `&page_token=${token}`}`);
    bars.push(...(page.bars as Bar[]));
    token = page.next_page_token;
  }
  return bars;
}

describe.each(["F", "DOGE-USD"])("the chart of %s", (symbol) => {
  it.each(pairs)("of $interval over $period", { timeout: 60_000 }, async ({ interval, period }) => {
    const path = `/market/chart/${symbol}?interval=${interval}&period=${period}`;
    if (!ALLOWED[interval]?.includes(period)) {
      const { status, body } = await client.request("GET", path);
      expect(status).toBe(422);
      expect(body).toMatchObject({ code: "interval_period_unsupported", supported: ALLOWED });
      return;
    }
    const bars = await allBars(path);
    expect(bars.length).toBeGreaterThan(15);
    const starts = bars.map(({ timestamp }) => Date.parse(timestamp));
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    // Nothing but the last bar runs; none does where its time has just begun and nothing has traded yet.
    const running = bars.map(({ partial }) => partial ?? false).indexOf(true);
    const lastEndsMs = (starts.at(-1) ?? 0) + (STEP_MS[interval] ?? 0);
    if (running === -1) expect(lastEndsMs).toBeLessThanOrEqual(Date.now());
    else expect(running).toBe(bars.length - 1);
    for (const { open, high, low, close } of bars) {
      expect(Number(high)).toBeGreaterThanOrEqual(Math.max(Number(open), Number(close)));
      expect(Number(low)).toBeLessThanOrEqual(Math.min(Number(open), Number(close)));
    }
  });

  it("of a past week is the same again, without asking the venue", async () => {
    const end = new Date(Date.now() - 7 * 864e5).toISOString();
    const start = new Date(Date.now() - 14 * 864e5).toISOString();
    const path = `/market/chart/${symbol}?interval=15m&start=${start}&end=${end}`;
    const first = await allBars(path);
    expect(await venue.barRequests()).toBeGreaterThan(0);
    await expect
      .poll(async () => {
        const before = await venue.barRequests();
        expect(await allBars(path)).toEqual(first);
        return (await venue.barRequests()) - before;
      })
      .toBe(0);
    expect(first.every(({ timestamp }) => timestamp >= start && timestamp < end)).toBe(true);
  });
});

it("agrees with the bars of the venue, day by day", async () => {
  const bars = await allBars("/market/chart/F?interval=1D&period=1Y");
  const chosen = await allBars("/market/chart/F?interval=1h&period=5D");
  const newYork = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" });
  const dayOf = ({ timestamp }: Bar) => newYork.format(Date.parse(timestamp));
  // But the day that runs, and the one before: around midnight the two reads may differ in what runs.
  const past = [...Map.groupBy(chosen, dayOf)].slice(0, -2);
  const days = new Map(bars.map((bar) => [bar.timestamp.slice(0, 10), bar]));
  expect(past.length).toBeGreaterThan(0);
  for (const [day, hours] of past) {
    const daily = days.get(day);
    expect(Math.max(...hours.map(({ high }) => Number(high)))).toBe(Number(daily?.high));
    expect(hours.at(-1)?.close).toBe(daily?.close);
  }
});
