import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, findHoles, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

const SYMBOLS = [
  "F",
  "T",
  "SOFI",
  "NOK",
  "AAL",
  "SNAP",
  "DOGE/USD",
  "XRP/USD",
  "ADA/USD",
  "XLM/USD",
];
const WATCH_MS = 8_000;

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

const open = (path: string) => new StreamClient(platform.url, path, client.token);

describe("streams through the whole platform", () => {
  it("sends each client a snapshot of every symbol, then its quotes without a hole", async () => {
    const streams = [open("/ws/market"), open("/ws/market")];
    for (const stream of streams) {
      await stream.ready();
      stream.send({ action: "subscribe", id: "1", channels: ["quotes"], symbols: SYMBOLS });
    }
    await delay(WATCH_MS);
    for (const stream of streams) {
      for (const symbol of SYMBOLS) {
        const messages = stream.of(symbol, "snapshot", "quote");
        expect(messages[0]?.type, symbol).toBe("snapshot");
        expect(messages.length, symbol).toBeGreaterThan(1);
        expect(findHoles(messages), symbol).toEqual([]);
      }
      stream.close();
    }
  });

  it("sends every tick to a socket on one symbol", async () => {
    const stream = open("/ws/market/DOGE%2FUSD");
    await stream.ready();
    await delay(WATCH_MS);
    const messages = stream.of("DOGE/USD", "snapshot", "quote");
    expect(messages[0]?.type).toBe("snapshot");
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.every(({ skipped }) => (skipped ?? 0) === 0)).toBe(true);
    expect(findHoles(messages)).toEqual([]);
    stream.close();
  });

  it("lets in neither a forged token nor an unknown symbol", async () => {
    const forged = new StreamClient(platform.url, "/ws/market", "a.b.c");
    const unknown = open("/ws/market/ZZZZZ");
    for (const stream of [forged, unknown]) {
      await expect.poll(() => stream.closed, { timeout: 10_000 }).toBeDefined();
      expect(stream.messages).toEqual([]);
    }
  });

  it("keeps quotes coming by the cron alone while every stream of the venues is off", async () => {
    const symbols = ["F", "SOFI", "XRP/USD"];
    const streams = symbols.map((symbol) => open(`/ws/market/${symbol.replace("/", "-")}`));
    for (const stream of streams) await stream.ready();
    await venue.strike({ kind: "silence_streams" });
    await platform.tickCron();
    for (const [i, symbol] of symbols.entries()) {
      const fromCron = () =>
        streams[i]?.of(symbol, "quote").filter(({ data }) => (data as Json).source === "cron") ??
        [];
      await expect
        .poll(
          async () => {
            if (fromCron().length === 0) await platform.tickCron();
            return fromCron().length;
          },
          { timeout: 30_000, interval: 500 },
        )
        .toBeGreaterThan(0);
    }
    expect(await client.get("/market/quote/T")).toMatchObject({ source: "cron" });
    for (const stream of streams) stream.close();
  });
});
