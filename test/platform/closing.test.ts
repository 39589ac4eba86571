import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Answer, type Client, type Json, registerClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  venue = venueAt(platform.venueControlUrl);
  await platform.tickCron();
}, 120_000);
afterAll(() => platform?.stop());
beforeEach(async () => {
  client = await registerClient(platform.url);
});

async function buy(symbol: string, quantity: string): Promise<void> {
  const body = { symbol, side: "buy", type: "market", quantity };
  const bought = await client.request("POST", "/orders", body);
  await client.settled(String(bought.body.id), "filled");
}

/** An open sell above the market. */
async function offer(symbol: string, quantity: string): Promise<Json> {
  const { price } = await client.get(`/market/quote/${symbol.replace("/", "-")}`);
  const limit_price = (Number(price) * 1.25).toFixed(2);
  const order = { symbol, side: "sell", type: "limit", quantity, limit_price };
  const { body } = await client.request("POST", "/orders", order);
  return client.settled(String(body.id), "new");
}

const close = (path: string, key?: string) =>
  client.request(
    "DELETE",
    `/portfolio/positions${path}`,
    undefined,
    key === undefined ? {} : { "Idempotency-Key": key },
  );

async function verified(): Promise<void> {
  const { checks } = await client.get("/portfolio/ledger/verify");
  expect((checks as Json[]).filter(({ ok }) => ok !== true)).toEqual([]);
}

describe("DELETE /portfolio/positions/{symbol}", () => {
  it("closes all of a stock, and repeats its answer to the same key", async () => {
    await buy("F", "10");
    const { status, body, headers } = await close("/F", "c-1");
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/v1/orders/${body.id}`);
    expect(body).toMatchObject({ side: "sell", type: "market", quantity: "10" });
    await client.settled(String(body.id), "filled");
    expect((await client.request("GET", "/portfolio/positions/F")).status).toBe(404);
    const again = await close("/F", "c-1");
    expect(again).toMatchObject({ status: 200, body: { id: body.id, status: "filled" } });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await close("/F?percentage=0.5", "c-1")).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict", order_id: body.id },
    });
    expect(await close("/F")).toMatchObject({ status: 404, body: { code: "position_not_found" } });
    await verified();
  });

  it("happens once where two ask at once, under one key or two", async () => {
    await buy("F", "10");
    const two = await Promise.all([close("/F", "a"), close("/F", "b")]);
    const [closed, ...others] = two.filter(({ status }) => status === 201);
    expect(others).toEqual([]);
    const refused = two.find(({ status }) => status !== 201);
    // Held by the other, or sold and gone by then.
    expect(["insufficient_quantity", "position_not_found"]).toContain(refused?.body.code);
    const sold = await client.settled(String(closed?.body.id), "filled");
    expect(sold).toMatchObject({ quantity: "10" });
    await buy("NOK", "10");
    const [one, same] = await Promise.all([close("/NOK", "c"), close("/NOK", "c")]);
    expect([one.status, same.status].toSorted((a, b) => a - b)).toEqual([200, 201]);
    expect(one.body.id).toBe(same.body.id);
    await client.settled(String(one.body.id), "filled");
    await verified();
  });

  it("leaves the dust of a coin whose fee the venue took from it", async () => {
    await buy("DOGE/USD", "100");
    expect(await client.get("/portfolio/positions/DOGEUSD")).toMatchObject({
      quantity: "99.75",
      dust: "0.75",
    });
    const { body } = await close("/doge-usd");
    expect(body).toMatchObject({ quantity: "99" });
    await client.settled(String(body.id), "filled");
    expect(await client.get("/portfolio/positions/DOGE-USD")).toMatchObject({
      quantity: "0.75",
      dust: "0.75",
    });
    expect(await close("/DOGEUSD")).toMatchObject({
      status: 422,
      body: { code: "quantity_increment_invalid", path: "quantity", increment: "1" },
    });
    await verified();
  });

  it("ends the sells that hold it first, where that is asked for", async () => {
    await buy("DOGE/USD", "100");
    const held = await offer("DOGE/USD", "60");
    expect(await close("/DOGEUSD")).toMatchObject({
      status: 403,
      body: { code: "insufficient_quantity", held_by: [held.id] },
    });
    const { status, body } = await repeated(
      () => close("/DOGEUSD?cancel_orders=true"),
      (answer) => answer.body.code === "busy",
    );
    expect({ status, quantity: body.quantity }).toEqual({ status: 201, quantity: "99" });
    expect(await client.get(`/orders/${held.id}`)).toMatchObject({ status: "canceled" });
    await client.settled(String(body.id), "filled");
    await verified();
  });

  it("waits with its order while the symbol is halted, and can be called off", async () => {
    await buy("NOK", "10");
    await venue.strike({ kind: "halt", symbol: "NOK" });
    const { status, body } = await close("/NOK");
    expect(status, JSON.stringify(body)).toBe(201);
    const waiting = await client.settled(String(body.id), "new");
    expect(waiting).toMatchObject({ filled_quantity: "0", reserved_quantity: "10" });
    await client.request("DELETE", `/orders/${body.id}`);
    await client.settled(String(body.id), "canceled");
    await venue.clear("?symbol=NOK");
    expect(await client.get("/portfolio/positions/NOK")).toMatchObject({
      quantity_available: "10",
    });
  });

  it("sells a share of it down to the venue's step", async () => {
    await buy("DOGE/USD", "100");
    expect(await close("/DOGEUSD?percentage=0.009")).toMatchObject({
      status: 422,
      body: { code: "quantity_increment_invalid", path: "percentage", increment: "1" },
    });
    expect((await close("/DOGEUSD?percentage=0.3")).body).toMatchObject({ quantity: "29" });
  });

  it.each([
    ["?percentage=50", "percentage"],
    ["?percentage=0", "percentage"],
    ["?quantity=1&percentage=0.5", "percentage"],
    ["?cancel_orders=yes", "cancel_orders"],
    ["?qty=1", "qty"],
  ])("refuses %s", async (query, path) => {
    const { status, body } = await close(`/F${query}`);
    expect(status).toBe(422);
    expect((body.errors as Json[]).map((fault) => fault.path)).toEqual([path]);
  });
});

describe("DELETE /portfolio/positions", () => {
  it("closes every position, each with what became of it", async () => {
    await buy("F", "10");
    await buy("DOGE/USD", "100");
    const held = await offer("F", "4");
    const first = await close("");
    expect(first.status).toBe(207);
    expect(first.body).toMatchObject({
      results: [
        { symbol: "DOGE/USD", status: 201, order: { quantity: "99" } },
        { symbol: "F", status: 403, problem: { code: "insufficient_quantity" } },
      ],
      more: false,
    });
    const ofShares = (answer: Answer) => (answer.body.results as Json[]).at(-1);
    const second = await repeated(
      () => close("?cancel_orders=true"),
      (answer) => ofShares(answer)?.status === 503,
    );
    expect(ofShares(second)).toMatchObject({
      symbol: "F",
      status: 201,
      order: { quantity: "10" },
    });
    expect(await client.get(`/orders/${held.id}`)).toMatchObject({ status: "canceled" });
    await verified();
  });
});

/** As the answer asks for it, where the venue took longer to confirm a cancel than a request waits for that. */
async function repeated(request: () => Promise<Answer>, isBusy: (answer: Answer) => boolean) {
  for (;;) {
    const answer = await request();
    if (!isBusy(answer)) return answer;
    await delay(500);
  }
}
