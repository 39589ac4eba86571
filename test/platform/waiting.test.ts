import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nextSession, nyseCalendar } from "../../simulator/market/calendar.ts";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

const STOCK = { symbol: "T", side: "buy", type: "limit", quantity: "10", limit_price: "5.00" };
const COIN = { ...STOCK, symbol: "DOGE/USD", quantity: "1000", limit_price: "0.05" };
const PATIENT = { timeout: 20_000 };

let platform: TestPlatform;
let venue: Venue;
let client: Client;

async function start(prepare: (venue: Venue) => Promise<unknown>, venueKeepsHours: boolean) {
  platform = await startTestPlatform({ venueKeepsHours });
  venue = venueAt(platform.venueControlUrl);
  await prepare(venue);
  await platform.tickCron();
  client = await registerClient(platform.url);
}

const place = (order: Json) => client.request("POST", "/orders", order);

async function working(order: Json): Promise<Json> {
  const { body } = await place(order);
  return client.settled(String(body.id), "new");
}

/** What each way of reading an order says that it waits for. */
async function waitingFor(id: unknown, clientOrderId: string): Promise<unknown[]> {
  const { orders } = await client.get("/orders?status=open");
  const listed = (orders as Json[]).find((order) => order.id === id);
  const byKey = await client.get(`/orders/by-client-order-id/${clientOrderId}`);
  return [(await client.get(`/orders/${id}`)).waiting_for, listed?.waiting_for, byKey.waiting_for];
}

describe("in an open market an order", () => {
  beforeAll(() => start(async () => undefined, false), 120_000);
  afterAll(() => platform?.stop());

  it("waits for its price", async () => {
    for (const order of [STOCK, COIN]) {
      const { id } = await working({ ...order, client_order_id: `price-${order.symbol[0]}` });
      expect(await waitingFor(id, `price-${order.symbol[0]}`)).toEqual(["price", "price", "price"]);
      await client.request("DELETE", `/orders/${id}`);
      expect(await client.settled(String(id), "canceled")).toMatchObject({ waiting_for: null });
    }
  });

  it("waits for the end of a halt that the platform knows of, and not of another's", async () => {
    const stream = new StreamClient(platform.url, "/ws/market", client.token);
    await stream.ready();
    stream.send({ action: "subscribe", id: "1", channels: ["quotes"], symbols: ["T", "F"] });
    await expect.poll(() => stream.of("T", "snapshot", "quote").length, PATIENT).toBeGreaterThan(1);
    await venue.strike({ kind: "halt", symbol: "T" });
    await expect.poll(async () => (await client.get("/market/quote/T")).halted, PATIENT).toBe(true);
    const halted = await working({ ...STOCK, client_order_id: "halted" });
    const other = await working({ ...STOCK, symbol: "F", client_order_id: "other" });
    expect(await waitingFor(halted.id, "halted")).toEqual(["halt", "halt", "halt"]);
    expect(await waitingFor(other.id, "other")).toEqual(["price", "price", "price"]);
    await venue.clear();
    await expect
      .poll(() => waitingFor(halted.id, "halted"), PATIENT)
      .toEqual(["price", "price", "price"]);
    stream.close();
  });

  it("waits for the venue while that has not answered", async () => {
    await venue.strike({ kind: "cut_answer", venue: "alpaca", count: 1 });
    await venue.strike({ kind: "silent_order", venue: "alpaca", symbol: "T", count: 2 });
    const { status, body } = await place({ ...STOCK, client_order_id: "lost" });
    expect({ status, waiting_for: body.waiting_for }).toEqual({
      status: 202,
      waiting_for: "venue",
    });
    expect(await waitingFor(body.id, "lost")).toEqual(["venue", "venue", "venue"]);
  });
});

describe("in a closed market an order", () => {
  let nextOpen: string;

  // Some Saturday to come, at noon in New York or near it.
  beforeAll(
    () =>
      start(async (closed) => {
        const { now } = await closed.ask("GET", "/state");
        const noon = new Date(String(now));
        noon.setUTCHours(16, 0, 0, 0);
        noon.setUTCDate(noon.getUTCDate() + 7 - ((noon.getUTCDay() + 1) % 7));
        const advance_ms = noon.getTime() - Date.parse(String(now));
        await closed.ask("POST", "/clock", { advance_ms });
        nextOpen = new Date(nextSession(nyseCalendar, noon.getTime()).openMs).toISOString();
      }, true),
    120_000,
  );
  afterAll(() => platform?.stop());

  it("waits for the opening, and says so at once", async () => {
    const { status, body } = await place({ ...STOCK, client_order_id: "weekend" });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "accepted", waiting_for: "market_open" });
    expect(await waitingFor(body.id, "weekend")).toEqual([
      "market_open",
      "market_open",
      "market_open",
    ]);
  });

  it("to buy at the market is held for by the last trade's collar", async () => {
    await venue.pin("T", "19.98", "20.02", "20.01");
    await platform.tickCron();
    const price = async () => (await client.get("/market/quote/T")).price;
    await expect.poll(price, PATIENT).toBe("20.01");
    const { body } = await place({ ...STOCK, type: "market", limit_price: undefined });
    // 20.01 × 1.04 = 20.8104, on the cent below; ten of them.
    expect(body).toMatchObject({
      status: "accepted",
      waiting_for: "market_open",
      reserved_amount: "208.10",
      sent_as: { type: "limit", time_in_force: "day", limit_price: "20.81" },
    });
  });

  it.each(["ioc", "fok"])(
    "that can't wait is refused, with the next opening: %s",
    async (force) => {
      const { status, body } = await place({ ...STOCK, time_in_force: force });
      expect({ status, code: body.code, next_open: body.next_open }).toEqual({
        status: 422,
        code: "market_closed",
        next_open: nextOpen,
      });
    },
  );

  it("for a coin does not wait for it", async () => {
    const { body } = await client.request("POST", "/orders/preview", COIN);
    expect(body).toMatchObject({ accepted: true });
  });
});
