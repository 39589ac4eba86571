import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  venue = venueAt(platform.venueControlUrl);
  client = await registerClient(platform.url);
}, 120_000);
afterEach(() => venue.clear());
afterAll(() => platform?.stop());

const STOCK = { symbol: "F", side: "buy", type: "limit", quantity: "100", limit_price: "5.00" };
const COIN = { ...STOCK, symbol: "DOGE/USD", limit_price: "0.05" };

const replace = (id: unknown, change: Json) => client.request("PATCH", `/orders/${id}`, change);
const reserved = async () => (await client.get("/portfolio")).cash_reserved;

async function working(order: Json): Promise<Json> {
  const { body } = await client.request("POST", "/orders", order);
  return client.settled(String(body.id), "new");
}

async function cancel(id: unknown): Promise<void> {
  await client.request("DELETE", `/orders/${id}`);
  await client.settled(String(id), "canceled");
}

async function expectSoundBooks(): Promise<void> {
  const { checks } = await client.get("/portfolio/ledger/verify");
  expect((checks as Json[]).filter(({ ok }) => ok !== true)).toEqual([]);
}

describe("a replace that the venue takes and then refuses", () => {
  it("leaves the old order as it was, and rejects the new one", async () => {
    const old = await working(STOCK);
    await venue.strike({ kind: "replace_reject_later", symbol: "F", count: 1 });
    const { status, body } = await replace(old.id, { limit_price: "6.00", quantity: "120" });
    expect(status).toBeLessThan(203);
    expect(body).toMatchObject({ replaces: old.id, quantity: "120", limit_price: "6.00" });
    expect(await client.settled(String(body.id), "rejected")).toMatchObject({
      replaces: old.id,
      reserved_amount: "0.00",
    });
    const stands = await client.settled(String(old.id), "new");
    expect({ ...stands, version: 0, updated_at: "" }).toEqual({
      ...old,
      version: 0,
      updated_at: "",
    });
    expect(await reserved()).toBe("500.00");
    // It works on: at the venue, and for another try.
    expect(await venue.settled(old.id, "new")).toMatchObject({ quantity: "100" });
    const again = await replace(old.id, { limit_price: "6.00" });
    await client.settled(String(again.body.id), "new");
    await cancel(again.body.id);
    expect(await reserved()).toBe("0.00");
    await expectSoundBooks();
  });
});

describe("an order that trades on the venue's way to replacing it", () => {
  it("stands where nothing of it had filled before: the coin venue then refuses", async () => {
    const old = await working(COIN);
    await venue.strike({ kind: "fill_before_replace", symbol: "DOGEUSDT", quantity: "30" });
    const { body } = await replace(old.id, { limit_price: "0.06" });
    expect(body).toMatchObject({ status: "rejected", replaces: old.id });
    expect(await client.settled(String(old.id), "partially_filled")).toMatchObject({
      filled_quantity: "30",
      replaced_by: null,
    });
    expect(await venue.settled(old.id, "partially_filled")).toMatchObject({ quantity: "100" });
    expect(await venue.ordersOf(body.id)).toEqual([]);
    await cancel(old.id);
    await expectSoundBooks();
  });

  it.each([
    ["a coin", COIN, "DOGEUSDT"],
    ["a stock", STOCK, "F"],
  ])("has the new order canceled, which would trade too much: %s", async (_name, order, symbol) => {
    const old = await working(order);
    await venue.execute(old.id, "20");
    await client.settled(String(old.id), "partially_filled");
    await venue.strike({ kind: "fill_before_replace", symbol, quantity: "30", count: 1 });
    const { status, body } = await replace(old.id, { quantity: "150" });
    expect(status).toBeLessThan(203);
    expect(body).toMatchObject({ replaces: old.id, quantity: "130" });

    // 150 were asked for and 50 had filled, but the venue has a new order for 130.
    const ended = await client.settled(String(body.id), "canceled");
    expect(ended).toMatchObject({
      cancel_reason: "replace_overtaken",
      filled_quantity: "0",
      reserved_amount: "0.00",
    });
    expect(await venue.settled(body.id, "canceled")).toMatchObject({
      quantity: "130",
      filled: "0",
    });
    expect(await client.settled(String(old.id), "replaced")).toMatchObject({
      filled_quantity: "50",
      replaced_by: body.id,
    });
    const { events } = await client.get(`/orders/${body.id}/events`);
    expect((events as Json[]).map(({ event }) => event)).toEqual([
      "pending_new",
      "new",
      "pending_cancel",
      "canceled",
    ]);
    expect(await reserved()).toBe("0.00");
    await expectSoundBooks();
  });
});
