import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";

// The runner's loading of a module goes down with an object that began it, and everybody waits for it in vain.
beforeAll(async () => {
  await Promise.all([import("#alpaca"), import("#ccxt"), import("@neondatabase/serverless")]);
});

const PATIENT = { timeout: 15_000, interval: 100 };

describe.each(["alpaca", "binance"])("the link of %s", (venue) => {
  let link = env.BROKER_LINK.getByName(venue);
  const connected = async () => (await link.ensure()).connected;
  const alarmIn = () =>
    runInDurableObject(link, async (_, { storage }) => {
      const atMs = await storage.getAlarm();
      return atMs === null ? null : atMs - Date.now();
    });

  it("connects when it is told to, and stays awake by its alarm", async () => {
    await expect.poll(connected, PATIENT).toBe(true);
    expect(await alarmIn()).toBeLessThanOrEqual(30_000);
    await runDurableObjectAlarm(link);
    expect(await alarmIn()).toBeGreaterThan(0);
    expect(await link.ensure()).toMatchObject({ configured: true, waitingReports: 0 });
  });

  it("beats sooner once an order is expected", async () => {
    await expect.poll(connected, PATIENT).toBe(true);
    await link.expect([
      {
        id: crypto.randomUUID(),
        symbol: venue === "alpaca" ? "F" : "DOGE/USD",
        brokerOrderId: null,
      },
    ]);
    expect(await alarmIn()).toBeLessThanOrEqual(10_000);
  });

  it("comes back by its alarm after it was lost", async () => {
    await expect.poll(connected, PATIENT).toBe(true);
    // An object that holds an outgoing socket cannot be evicted by a test; a crash loses as much.
    await runInDurableObject(link, (_, state) => state.abort("lost")).catch(() => undefined);
    link = env.BROKER_LINK.getByName(venue);
    expect(await runDurableObjectAlarm(link)).toBe(true);
    await expect.poll(connected, PATIENT).toBe(true);
  });
});

it("a link of no venue says so and sleeps", async () => {
  const link = env.BROKER_LINK.getByName("nowhere");
  expect(await link.ensure()).toMatchObject({ configured: false, connected: false });
  expect(await runInDurableObject(link, (_, { storage }) => storage.getAlarm())).toBeNull();
});
