import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

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

const quote = (symbol: string) => client.get(`/market/quote/${symbol}`);

it("carries the number of the stream's message that told the same prices", async () => {
  expect(await quote("SNAP")).toMatchObject({ seq: null });
  const stream = new StreamClient(platform.url, "/ws/market/SOFI", client.token);
  await stream.ready();
  const shown: Json[] = [];
  const told = (seq: unknown) => stream.of("SOFI", "quote").find((message) => message.seq === seq);
  await expect
    .poll(
      async () => {
        const answer = await quote("SOFI");
        if (answer.seq !== null) shown.push(answer);
        return shown.filter(({ seq }) => told(seq) !== undefined).length;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBeGreaterThan(3);
  for (const { seq, price, bid_price, ask_price } of shown) {
    const message = told(seq);
    if (message !== undefined) expect(message.data).toMatchObject({ price, bid_price, ask_price });
  }
  stream.close();
}, 60_000);

it("says that trading of a symbol is halted, whatever the cron's snapshots know", async () => {
  const stream = new StreamClient(platform.url, "/ws/market/AAL", client.token);
  await stream.ready();
  await expect.poll(() => stream.of("AAL", "quote").length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await quote("AAL")).toMatchObject({ halted: false });
  await venue.strike({ kind: "halt", symbol: "AAL" });
  const halted = async () => (await quote("AAL")).halted;
  await expect.poll(halted, { timeout: 10_000, interval: 300 }).toBe(true);
  await platform.tickCron();
  await expect.poll(halted, { timeout: 10_000, interval: 300 }).toBe(true);
  await venue.clear("?kind=halt");
  await expect.poll(halted, { timeout: 20_000, interval: 300 }).toBe(false);
  stream.close();
}, 90_000);
