import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, findHoles, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

const WITHIN = { timeout: 30_000, interval: 200 };
/** After half a minute, a feed dials no oftener than each half minute. */
const LONG_CUT = { timeout: 120_000, interval: 200 };

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform({ settings: { ALPACA_STREAM_SYMBOLS: "2" } });
  venue = venueAt(platform.venueControlUrl);
  await platform.tickCron();
  client = await registerClient(platform.url);
}, 120_000);
afterAll(() => platform?.stop());

async function listen(...symbols: string[]): Promise<StreamClient> {
  const stream = new StreamClient(platform.url, "/ws/market", client.token);
  await stream.ready();
  stream.send({ action: "subscribe", id: "1", channels: ["quotes"], symbols });
  return stream;
}

const lastSource = (stream: StreamClient, symbol: string) =>
  stream
    .of(symbol, "quote")
    .map(({ data }) => (data as Json).source)
    .at(-1);
const isPolled = ({ data }: Json) => (data as Json).source === "poll";
const quote = (symbol: string) => client.get(`/market/quote/${symbol}`);

it.each([
  // A poll a second: for half a minute. A stream that says nothing for so long would be dialled anew, and look like the other.
  ["is cut", "refuse_sockets", 25],
  ["says nothing", "silence_streams", 2],
])(
  "polls while the venue's stream %s, says so, and returns to the stream",
  async (_, kind, polls) => {
    const symbols = ["F", "DOGE/USD"];
    const streams = await Promise.all(symbols.map((symbol) => listen(symbol)));
    const sources = () => streams.map((stream, n) => lastSource(stream, symbols[n] ?? ""));
    const polled = () => streams[0]?.of("F", "quote").filter(isPolled).length ?? 0;
    await expect.poll(sources, WITHIN).toEqual(["stream", "stream"]);

    // How soon polls begin is held by the feed's own tests, whose clock is not the machine's.
    const before = polled();
    await venue.strike({ kind, target: "market" });
    await expect.poll(sources, WITHIN).toEqual(["poll", "poll"]);
    expect(await quote("F")).toMatchObject({ source: "poll", stale: false });
    await expect.poll(polled, LONG_CUT).toBeGreaterThan(before + polls);
    await venue.clear(`?kind=${kind}`);
    await expect.poll(sources, LONG_CUT).toEqual(["stream", "stream"]);
    for (const [n, stream] of streams.entries()) {
      expect(findHoles(stream.of(symbols[n] ?? "", "snapshot", "quote"))).toEqual([]);
      stream.close();
    }
  },
  300_000,
);

it("streams what is watched most and polls the rest, beyond the plan's limit of symbols", async () => {
  const streams = [
    await listen("SOFI", "T"),
    await listen("SOFI", "T", "NOK"),
    await listen("SOFI", "T", "NOK"),
  ];
  const [first, , last] = streams;
  if (first === undefined || last === undefined) throw new Error("no streams");
  // Who came first is streamed until the rooms have told how many listen.
  await expect.poll(() => lastSource(last, "NOK"), WITHIN).toBe("poll");
  for (const symbol of ["SOFI", "T"])
    await expect.poll(() => lastSource(first, symbol), WITHIN).toBe("stream");

  first.send({ action: "unsubscribe", id: "2", channels: ["quotes"], symbols: ["T"] });
  streams[1]?.send({ action: "unsubscribe", id: "2", channels: ["quotes"], symbols: ["T"] });
  await expect.poll(() => lastSource(last, "NOK"), WITHIN).toBe("stream");
  await expect.poll(() => lastSource(last, "T"), WITHIN).toBe("poll");
  for (const stream of streams) stream.close();
}, 120_000);

it("shows the cron's last quote of a symbol that nobody watches, with its age", async () => {
  await platform.tickCron();
  const first = await quote("PFE");
  expect(first).toMatchObject({ source: "cron", seq: null, stale: false, market_status: "open" });
  await expect.poll(async () => Number((await quote("PFE")).age_ms), WITHIN).toBeGreaterThan(3_000);
  const later = await quote("PFE");
  expect(later).toMatchObject({ source: "cron", timestamp: first.timestamp, price: first.price });
  expect(Number(later.age_ms)).toBeGreaterThan(Number(first.age_ms));

  // What is too old for a market order is asked for anew, and told as old where it can't be had.
  await venue.strike({
    kind: "error_before",
    venue: "alpaca",
    route: "GET /v2/stocks/snapshots",
  });
  await expect.poll(async () => (await quote("PFE")).stale, WITHIN).toBe(true);
  const stale = await quote("PFE");
  expect(stale).toMatchObject({ source: "cron", timestamp: first.timestamp });
  expect(Number(stale.age_ms)).toBeGreaterThan(15_000);
  await venue.clear("?kind=error_before");
  await expect.poll(() => quote("PFE"), WITHIN).toMatchObject({ source: "rest", stale: false });
}, 120_000);

it("follows what somebody holds, though nobody watches it", async () => {
  const placed = await client.request("POST", "/orders", {
    symbol: "GT",
    side: "buy",
    type: "market",
    quantity: "1",
  });
  await client.settled(String(placed.body.id), "filled");
  await platform.tickCron();
  await expect.poll(async () => (await quote("GT")).source, WITHIN).toMatch(/stream|poll/);
}, 90_000);
