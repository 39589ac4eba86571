import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";

let platform: TestPlatform;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  client = await registerClient(platform.url);
}, 120_000);
afterAll(() => platform?.stop());

const lines = (): Json[] =>
  platform.workerLog.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

describe("one request's lines of the log", () => {
  it("are found by its id: the Worker's, the broker's and the object's", async () => {
    const requestId = "one-order-of-one-request";
    const response = await fetch(`${platform.url}/api/v1/orders`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${client.token}`,
        "content-type": "application/json",
        "x-request-id": requestId,
      },
      body: JSON.stringify({
        symbol: "F",
        side: "buy",
        type: "limit",
        quantity: "1",
        limit_price: "1.00",
      }),
    });
    expect(response.status).toBe(201);
    const { id } = (await response.json()) as Json;
    const own = () => lines().filter((line) => line.request_id === requestId);
    const events = () => new Set(own().map(({ event }) => event));
    await expect
      .poll(events, { timeout: 20_000 })
      .toEqual(new Set(["broker_call", "orders_expected", "request"]));
    expect(own()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: "request", status: 201 }),
        expect.objectContaining({
          event: "broker_call",
          venue: "alpaca",
          call: "submit",
          order_id: id,
          answer: "accepted",
        }),
        expect.objectContaining({ event: "orders_expected", venue: "alpaca", order_ids: [id] }),
      ]),
    );
  });

  it("have another id than what the cron and the objects do by themselves", async () => {
    const runs = () =>
      lines().filter(({ event }) => event === "cron_job" || event === "link_connected");
    await expect
      .poll(() => new Set(runs().map(({ event }) => event)).size, { timeout: 20_000 })
      .toBe(2);
    for (const line of runs()) {
      expect(line.run_id, JSON.stringify(line)).toMatch(/^[\da-f-]{36}$/);
      expect(line).not.toHaveProperty("request_id");
    }
    const cron = runs().filter(({ event }) => event === "cron_job");
    expect(new Set(cron.map(({ run_id }) => run_id)).size).toBe(cron.length);
  });
});
