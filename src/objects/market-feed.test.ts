import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const WITHIN = { timeout: 20_000, interval: 100 };

const hasAlarm = (feed: DurableObjectStub) =>
  runInDurableObject(feed, async (_instance, { storage }) => (await storage.getAlarm()) !== null);

/** Ends the object as a crash would: an orderly eviction waits for timers, and a feed at work always has one. */
async function lose(feed: DurableObjectStub): Promise<void> {
  await runInDurableObject(feed, (_instance, state) => state.abort("lost")).catch(() => {});
}

describe.each([
  ["alpaca", "F", "T"],
  ["binance", "DOGE/USD", "XRP/USD"],
])("the feed of %s", (venue, first, second) => {
  it("brings the venue's ticks to the rooms of the watched symbols", async () => {
    const feed = env.MARKET_FEED.getByName(venue);
    const quote = await feed.watch(first);
    expect(quote).toMatchObject({ symbol: first, bidPrice: expect.any(String) });
    await expect
      .poll(() => feed.ensure(), WITHIN)
      .toMatchObject({
        connected: true,
        mode: "stream",
        watched: 1,
        lastTickAtMs: expect.any(Number),
      });
    const room = env.SYMBOL_ROOM.getByName(first);
    await expect.poll(() => room.quote(), WITHIN).toMatchObject({ source: "stream" });
    expect(await env.SYMBOL_ROOM.getByName(second).quote()).toBeNull();
    const [held] = await feed.quotes([first, second]);
    expect(Date.now() - (held?.confirmedAtMs ?? 0)).toBeLessThan(15_000);
  });

  it("takes up its work again after it was lost", async () => {
    const before = env.MARKET_FEED.getByName(venue);
    await before.watch(first);
    await before.watch(second);
    await lose(before);
    // A stub does not outlive its object's crash.
    const feed = env.MARKET_FEED.getByName(venue);
    expect(await runDurableObjectAlarm(feed)).toBe(true);
    expect(await feed.watchedSymbols()).toEqual([first, second]);
    const since = Date.now();
    await expect
      .poll(async () => (await feed.ensure()).lastTickAtMs ?? 0, WITHIN)
      .toBeGreaterThan(since);
    const room = env.SYMBOL_ROOM.getByName(second);
    await expect
      .poll(async () => (await room.quote())?.confirmedAtMs, WITHIN)
      .toBeGreaterThan(since);
  });

  it("goes on with a room that was lost", async () => {
    const feed = env.MARKET_FEED.getByName(venue);
    await feed.watch(first);
    const confirmedAtMs = async () =>
      (await env.SYMBOL_ROOM.getByName(first).quote())?.confirmedAtMs ?? 0;
    for (let times = 0; times < 8; times += 1) {
      const before = await confirmedAtMs();
      await expect.poll(confirmedAtMs, WITHIN).toBeGreaterThan(before);
    }
    await lose(env.SYMBOL_ROOM.getByName(first));
    const since = Date.now();
    await expect.poll(confirmedAtMs, WITHIN).toBeGreaterThan(since);
  });

  it("keeps itself awake exactly while somebody watches", async () => {
    const feed = env.MARKET_FEED.getByName(venue);
    await feed.watch(first);
    expect(await runDurableObjectAlarm(feed)).toBe(true);
    expect(await hasAlarm(feed)).toBe(true);
    for (const symbol of await feed.watchedSymbols()) await feed.unwatch(symbol);
    await runDurableObjectAlarm(feed);
    expect(await hasAlarm(feed)).toBe(false);
    expect(await feed.ensure()).toMatchObject({ connected: false, watched: 0, mode: "idle" });
  });
});

it("follows what somebody holds, also after it was lost, and wakes no room for it", async () => {
  const before = env.MARKET_FEED.getByName("alpaca");
  await before.hold(["AAL", "NOK"]);
  await lose(before);
  const feed = env.MARKET_FEED.getByName("alpaca");
  expect(await runDurableObjectAlarm(feed)).toBe(true);
  await expect
    .poll(async () => (await feed.quotes(["AAL", "NOK"])).map(({ source }) => source), WITHIN)
    .toEqual(["stream", "stream"]);
  expect(await feed.ensure()).toMatchObject({ mode: "stream", followed: 2 });
  expect(await feed.watchedSymbols()).toEqual([]);
  expect(await env.SYMBOL_ROOM.getByName("NOK").quote()).toBeNull();
  await feed.hold([]);
  await runDurableObjectAlarm(feed);
  expect(await hasAlarm(feed)).toBe(false);
});

it("hands the cron's quotes to the rooms of watched symbols", async () => {
  const feed = env.MARKET_FEED.getByName("alpaca");
  const quote = await feed.watch("SOFI");
  if (quote === null) throw new Error("the venue does not know the symbol");
  const atMs = Date.now() + 60_000;
  const news = { ...quote, atMs, confirmedAtMs: atMs, source: "cron" } as const;
  await feed.refresh([news, { ...news, symbol: "AAL" }]);
  const room = env.SYMBOL_ROOM.getByName("SOFI");
  await expect.poll(() => room.quote(), WITHIN).toMatchObject({ atMs });
  expect(await env.SYMBOL_ROOM.getByName("AAL").quote()).toBeNull();
});

it("knows nothing of a venue that there is not", async () => {
  const feed = env.MARKET_FEED.getByName("nowhere");
  expect(await feed.watch("F")).toBeNull();
  expect(await feed.quotes(["F"])).toEqual([]);
  expect(await feed.ensure()).toMatchObject({ connected: false, mode: "idle" });
});
