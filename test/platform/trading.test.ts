import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

let platform: TestPlatform;
let client: Client;
let venue: Venue;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  client = await registerClient(platform.url);
  venue = venueAt(platform.venueControlUrl);
}, 120_000);
afterAll(() => platform?.stop());

const place = (order: Json) => client.request("POST", "/orders", order);

const FAR_BUY = { symbol: "F", side: "buy", type: "limit", quantity: "10", limit_price: "1.00" };

describe("trading through the whole platform", () => {
  it("fills a market buy of a stock, tells it on the stream, and shows it everywhere at once", async () => {
    const stream = new StreamClient(platform.url, "/ws/market", client.token);
    await stream.ready();
    stream.send({ action: "subscribe", id: "1", channels: ["account"] });
    await expect.poll(() => stream.messages.map(({ type }) => type)).toContain("subscribed");

    const { status, body } = await place({
      symbol: "F",
      side: "buy",
      type: "market",
      quantity: "10",
    });
    expect(status).toBe(201);
    expect(body.sent_as).toMatchObject({ type: "limit", time_in_force: "ioc" });
    const order = await client.settled(String(body.id), "filled");
    const position = await client.get("/portfolio/positions/F");
    expect(position).toMatchObject({ quantity: "10", average_entry_price: order.filled_avg_price });
    const told = () =>
      stream.messages.filter(({ type, event }) => type === "order" && event === "fill");
    await expect.poll(told, { timeout: 20_000 }).toHaveLength(1);
    expect(told()[0]?.data).toMatchObject({
      order: { id: order.id, status: "filled" },
      trade: { quantity: "10" },
      position: { quantity: "10" },
    });
    stream.close();
  });

  it("fills a market buy of a coin, whose fee the venue takes from the coin", async () => {
    const { body } = await place({ symbol: "dogeusd", side: "buy", type: "market", quantity: 100 });
    await client.settled(String(body.id), "filled");
    expect(await client.get("/portfolio/positions/DOGE-USD")).toMatchObject({ quantity: "99.75" });
    expect((await client.get("/portfolio/ledger/verify")).ok).toBe(true);
  });

  it("sells what was bought", async () => {
    const { body } = await place({ symbol: "F", side: "sell", type: "market", quantity: "4" });
    await client.settled(String(body.id), "filled");
    expect(await client.get("/portfolio/positions/F")).toMatchObject({ quantity: "6" });
  });

  it("takes two round trips to the database for an order, and two for its cancel", async () => {
    // The venue's updates are booked by round trips of their own: here it keeps quiet, so that only ours count.
    await venue.strike({ kind: "silence_streams", target: "orders" });
    const before = await platform.roundTrips();
    const { body } = await place(FAR_BUY);
    expect((await platform.roundTrips()) - before).toBe(2);
    const beforeCancel = await platform.roundTrips();
    const canceled = await client.request("DELETE", `/orders/${body.id}`);
    expect((await platform.roundTrips()) - beforeCancel).toBe(2);
    expect(canceled).toMatchObject({ status: 202, body: { status: "pending_cancel" } });
    await venue.clear();
    // Nobody told that the venue has confirmed: the link asks.
    const order = await client.settled(String(body.id), "canceled");
    expect(order).toMatchObject({ cancel_reason: "client", reserved_amount: "0.00" });
    expect((await client.request("DELETE", `/orders/${body.id}`)).status).toBe(200);
  });

  it("keeps what it refuses for want of money", async () => {
    const { status, body } = await place({ ...FAR_BUY, quantity: "10000000" });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "insufficient_buying_power", required: "10000000.00" });
    expect(await client.get(`/orders/${body.order_id}`)).toMatchObject({ status: "rejected" });
  });

  it("pages through orders without skipping or repeating one", async () => {
    const seen: unknown[] = [];
    let token: unknown = "";
    do {
      const page = await client.get(`/orders?limit=2${token === "" ? "" : `&page_token=${token}`}`);
      seen.push(...(page.orders as Json[]).map(({ id }) => id));
      token = page.next_page_token;
    } while (token !== null);
    const all = await client.get("/orders?limit=500");
    expect(seen).toEqual((all.orders as Json[]).map(({ id }) => id));
  });

  it("shows every transition of an order with its cause", async () => {
    const { body } = await place(FAR_BUY);
    await client.settled(String(body.id), "new");
    await client.request("DELETE", `/orders/${body.id}`);
    await client.settled(String(body.id), "canceled");
    const { events } = await client.get(`/orders/${body.id}/events`);
    const names = (events as Json[]).map(({ event }) => event);
    // The venue first queues a stock order; its "new" may overtake that answer.
    expect(names.filter((name) => name !== "accepted")).toEqual([
      "pending_new",
      "new",
      "pending_cancel",
      "canceled",
    ]);
    expect((events as Json[])[0]?.data).toMatchObject({ order: { limit_price: "1.00" } });
  });

  it("does not show one user's orders to another", async () => {
    const stranger = await registerClient(platform.url);
    const { orders } = await client.get("/orders");
    const [order] = orders as Json[];
    for (const [method, path] of [
      ["GET", `/orders/${order?.id}`],
      ["GET", `/orders/${order?.id}/events`],
      ["DELETE", `/orders/${order?.id}`],
    ] as const) {
      expect(await stranger.request(method, path)).toMatchObject({
        status: 404,
        body: { code: "order_not_found" },
      });
    }
  });

  it("speaks to the venues through the makers' SDKs, with valid keys and signatures", async () => {
    const counters = (await venue.ask("GET", "/counters")) as Record<
      string,
      Record<string, number>
    >;
    const agents = Object.keys(counters.userAgents ?? {});
    expect(agents.filter((agent) => agent.startsWith("alpaca APCA-NODE/4.0.2"))).not.toEqual([]);
    expect(Object.keys(counters.signatures ?? {})).toEqual(["valid"]);
    expect(Object.keys(counters.keys ?? {}).every((key) => key.endsWith(" valid"))).toBe(true);
  });
});
