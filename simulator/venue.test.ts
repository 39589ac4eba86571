import { afterEach, expect, it } from "vitest";
import { control } from "./testing/control.ts";
import { NOON_MS } from "./testing/exchange.ts";
import { createManualClock } from "./testing/manual-clock.ts";
import { startVenue, type Venue, type VenueOptions } from "./venue.ts";

const venues: Venue[] = [];
afterEach(async () => {
  await Promise.all(venues.splice(0).map((venue) => venue.stop()));
});

async function start(options: Partial<VenueOptions> = {}) {
  const clock = createManualClock(NOON_MS);
  const venue = await startVenue({ clock, ...options });
  venues.push(venue);
  return { clock, venue };
}

async function buy(venue: Venue, clientId: string, change: Record<string, unknown> = {}) {
  const response = await fetch(`${venue.alpacaUrl}/v2/orders`, {
    method: "POST",
    headers: {
      "apca-api-key-id": "local-alpaca-key",
      "apca-api-secret-key": "local-alpaca-secret",
    },
    body: JSON.stringify({
      symbol: "F",
      qty: "5000",
      side: "buy",
      type: "market",
      time_in_force: "day",
      client_order_id: clientId,
      ...change,
    }),
  });
  return response.status;
}

it("does the same for the same seed, clock and requests", async () => {
  const logs = [];
  for (const seed of [11, 11, 12]) {
    const { clock, venue } = await start({ seed });
    for (const id of ["a", "b", "c"]) {
      expect(await buy(venue, id)).toBe(200);
      clock.advance(2_500);
    }
    logs.push(JSON.stringify(await control(venue, "GET", "/events?limit=10000")));
  }
  expect(logs[0]).toContain('"partial_fill"');
  expect(logs[1]).toBe(logs[0]);
  expect(logs[2]).not.toBe(logs[0]);
});

it("puts its clock forward on request: day orders end with their day", async () => {
  const { venue } = await start();
  await buy(venue, "day", { type: "limit", limit_price: "1.00" });
  const status = async () => {
    const { orders } = await control<{ orders: { status: string }[] }>(venue, "GET", "/orders");
    return orders.map((order) => order.status);
  };
  expect(await status()).toEqual(["new"]);
  await control(venue, "POST", "/clock", { advance_ms: 24 * 3_600_000 });
  expect(await status()).toEqual(["expired"]);
});

it("keeps the limits of the real venue where they are set", async () => {
  const { venue, clock } = await start({
    alpacaRequestsPerMinuteMax: 2,
    binanceWeightPerMinuteMax: 5,
  });
  const statuses = [];
  for (const id of ["a", "b", "c"]) statuses.push(await buy(venue, id));
  expect(statuses).toEqual([200, 200, 429]);
  clock.advance(60_000);
  expect(await buy(venue, "d")).toBe(200);
  const depth = () => fetch(`${venue.binanceUrl}/api/v3/depth?symbol=BTCUSDT`);
  expect((await depth()).headers.get("x-mbx-used-weight-1m")).toBe("5");
  const limited = await depth();
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("says what the market is and what was asked of it", async () => {
  const { venue } = await start();
  await buy(venue, "counted");
  expect(await control(venue, "GET", "/state")).toMatchObject({
    now: new Date(NOON_MS).toISOString(),
    always_open: true,
    symbols: 102,
  });
  expect(await control(venue, "GET", "/counters")).toMatchObject({
    requests: { "alpaca POST /v2/orders": 1 },
    answers: { "alpaca 200": 1 },
    keys: { "alpaca valid": 1 },
  });
  await control(venue, "POST", "/counters/reset");
  expect(await control(venue, "GET", "/counters")).toMatchObject({ requests: {}, keys: {} });
});
