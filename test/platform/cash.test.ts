import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";

let platform: TestPlatform;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
}, 120_000);
afterAll(() => platform?.stop());
beforeEach(async () => {
  client = await registerClient(platform.url);
});

const post = (path: string, body: Json, key?: string) =>
  client.request("POST", path, body, key === undefined ? {} : { "Idempotency-Key": key });

const FAR_BUY = { symbol: "F", side: "buy", type: "limit", quantity: "10", limit_price: "1.00" };

describe("POST /portfolio/deposits", () => {
  it("adds money, tells it on the stream, and repeats its answer to the same key", async () => {
    const stream = new StreamClient(platform.url, "/ws/market", client.token);
    await stream.ready();
    stream.send({ action: "subscribe", id: "1", channels: ["account"] });
    await expect.poll(() => stream.messages.map(({ type }) => type)).toContain("subscribed");

    const first = await post("/portfolio/deposits", { amount: "250.50" }, "d-1");
    expect(first).toMatchObject({
      status: 201,
      body: { amount: "250.50", cash_balance: "100250.50", net_deposits: "100250.50" },
    });
    await post("/portfolio/deposits", { amount: 1 });
    const again = await post("/portfolio/deposits", { amount: "250.5" }, "d-1");
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await post("/portfolio/deposits", { amount: "250" }, "d-1")).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict" },
    });
    expect(await client.get("/portfolio")).toMatchObject({ cash_balance: "100251.50" });

    const told = () => stream.messages.filter(({ type }) => type === "cash");
    await expect.poll(told, { timeout: 20_000 }).toHaveLength(2);
    expect(told()[0]).toMatchObject({
      event: "deposit",
      seq: first.body.seq,
      data: { amount: "250.50", cash_balance: "100250.50", cash_reserved: "0.00" },
    });
    stream.close();
  });

  it.each([
    [{ amount: "0" }, "amount"],
    [{ amount: "-5" }, "amount"],
    [{ amount: "0.001" }, "amount"],
    [{ amount: "100000000001" }, "amount"],
    [{ sum: "5" }, "amount"],
  ])("refuses %j", async (body, path) => {
    const answer = await post("/portfolio/deposits", body);
    expect(answer).toMatchObject({ status: 422, body: { code: "validation_error" } });
    expect((answer.body.errors as Json[]).map((fault) => fault.path)).toContain(path);
  });
});

describe("POST /portfolio/reset", () => {
  it("waits for open orders, then starts over with its cash and a ledger that verifies", async () => {
    const order = await post("/orders", FAR_BUY);
    expect(await post("/portfolio/reset", { cash: "5000" })).toMatchObject({
      status: 409,
      body: { code: "open_orders_exist", order_ids: [order.body.id] },
    });
    await client.request("DELETE", `/orders/${order.body.id}`);
    await client.settled(String(order.body.id), "canceled");
    const bought = await post("/orders", {
      symbol: "F",
      side: "buy",
      type: "market",
      quantity: "10",
    });
    await client.settled(String(bought.body.id), "filled");

    const reset = await post("/portfolio/reset", { cash: "5000" }, "r-1");
    expect(reset).toMatchObject({
      status: 200,
      body: { cash_balance: "5000.00", positions_closed: ["F"] },
    });
    const again = await post("/portfolio/reset", { cash: "5000.00" }, "r-1");
    expect(again).toMatchObject({ status: 200, body: reset.body });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await client.get("/portfolio")).toMatchObject({
      cash_balance: "5000.00",
      total_value: "5000.00",
      net_deposits: "5000.00",
      realized_pnl: "0.00",
      positions_count: 0,
    });
    expect((await client.get("/portfolio/positions")).positions).toEqual([]);
    expect((await client.get("/orders")).orders).toHaveLength(2);
    expect((await client.get("/portfolio/ledger/verify")).ok).toBe(true);
  });
});
