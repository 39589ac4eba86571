import { describe, expect, it } from "vitest";
import { decimal } from "../../domain/decimal.ts";
import type { OrderToSubmit } from "../broker.ts";
import { refusal, setUpAlpaca as setup } from "../testing/scripted-alpaca.ts";
import { json, type SeenRequest } from "../testing/scripted-fetch.ts";

const ORDER: OrderToSubmit = {
  id: "0193aaaa-0000-7000-8000-000000000001",
  symbol: "F",
  side: "buy",
  type: "limit",
  quantity: decimal("100"),
  notional: null,
  limitPrice: decimal("10.25"),
  stopPrice: null,
  timeInForce: "day",
};
const REF = { id: ORDER.id, symbol: "F", brokerOrderId: "order-1" };
const wire = (changes: object = {}) => ({
  id: "order-1",
  client_order_id: ORDER.id,
  symbol: "F",
  status: "new",
  filled_qty: "0",
  created_at: "2026-11-20T15:30:00Z",
  ...changes,
});
describe("a submit", () => {
  it("is one request with our id, exact amounts and the key", async () => {
    const { orders, seen } = setup({ "POST /v2/orders": () => json(wire()) });
    expect(await orders.submit(ORDER)).toMatchObject({
      kind: "accepted",
      brokerOrderId: "order-1",
    });
    const [request] = seen as [SeenRequest];
    expect(JSON.parse(request.body)).toEqual({
      client_order_id: ORDER.id,
      symbol: "F",
      side: "buy",
      type: "limit",
      qty: "100",
      limit_price: "10.25",
      time_in_force: "day",
    });
    expect(request.headers.get("apca-api-key-id")).toBe("key");
    expect(request.headers.get("user-agent")).toMatch(/^APCA-NODE\/4\.0\.2 /);
  });

  it.each([
    ["a hang", "hang" as const, "timeout"],
    ["a reset", new Error("Network connection lost."), "network"],
    ["a 500", json({ message: "oops" }, 500), "HTTP 500"],
    ["a 504", json({}, 504), "HTTP 504"],
    ["a redirect", new Response(null, { status: 302 }), "HTTP 302"],
    ["an answer that makes no sense", json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, answer, cause) => {
    const { orders, count } = setup({ "POST /v2/orders": () => answer });
    expect(await orders.submit(ORDER)).toEqual({ kind: "unknown", cause });
    expect(count("POST")).toBe(1);
  });

  it("that was refused keeps the broker's words", async () => {
    const { orders } = setup({ "POST /v2/orders": refusal(403, "insufficient buying power") });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "rejected",
      reason: "venue_insufficient_funds",
      message: "insufficient buying power",
    });
  });

  it("of a busy broker was not taken, and is not tried again", async () => {
    const { orders, count } = setup({ "POST /v2/orders": refusal(429, "too many requests.") });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "rejected", reason: "broker_busy" });
    expect(count("POST")).toBe(1);
  });

  it("refused as a repetition has arrived before", async () => {
    const { orders } = setup({
      "POST /v2/orders": refusal(422, "client_order_id must be unique"),
      "GET /v2/orders:by_client_order_id": () => json(wire()),
    });
    expect(await orders.submit(ORDER)).toMatchObject({
      kind: "accepted",
      brokerOrderId: "order-1",
    });
  });

  it("refused as a repetition that cannot be found yet is of unknown fate", async () => {
    const { orders } = setup({
      "POST /v2/orders": refusal(422, "client_order_id must be unique"),
      "GET /v2/orders:by_client_order_id": refusal(404, "order not found"),
    });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "unknown" });
  });
});

describe("a cancel", () => {
  it.each([
    [() => json(null, 204), { kind: "requested" }],
    [refusal(404, "order not found"), { kind: "not_found" }],
    [
      refusal(422, 'order is already in "filled" state'),
      { kind: "not_cancelable", message: 'order is already in "filled" state' },
    ],
    [refusal(429, "slow down"), { kind: "unknown", cause: "HTTP 429" }],
    [() => "hang" as const, { kind: "unknown", cause: "timeout" }],
  ])("%#", async (answer, expected) => {
    const { orders } = setup({ "DELETE /v2/orders/order-1": answer });
    expect(await orders.cancel(REF)).toEqual(expected);
  });

  it("of an order whose broker id we never got finds it by ours", async () => {
    const { orders, seen } = setup({
      "GET /v2/orders:by_client_order_id": () => json(wire({ id: "order-2" })),
      "DELETE /v2/orders/order-2": () => json(null, 204),
    });
    expect(await orders.cancel({ ...REF, brokerOrderId: null })).toEqual({ kind: "requested" });
    expect(seen).toHaveLength(2);
  });
});

describe("a look-up", () => {
  const filled = wire({ status: "filled", filled_qty: "250", filled_at: "2026-11-20T15:31:00Z" });
  const activity = (index: number, orderId = "order-1") => ({
    id: `20261120153001000::x${index}`,
    order_id: orderId,
    transaction_time: "2026-11-20T15:30:01Z",
    price: "10.25",
    qty: "1",
  });

  /** A venue whose account has `all` executions, oldest first. */
  const withFills = (all: readonly { readonly id: string }[]) =>
    setup({
      "GET /v2/orders:by_client_order_id": () => json(filled),
      "GET /v2/account/activities/FILL": ({ target }) => {
        const token = new URL(target, "https://x.test").searchParams.get("page_token");
        const newest = all.toReversed();
        const start = token === null ? 0 : newest.findIndex(({ id }) => id === token) + 1;
        return json(newest.slice(start, start + 100));
      },
    });

  it("pages through the account's executions for those of the order", async () => {
    const { orders, count } = withFills(
      Array.from({ length: 300 }, (_, i) => activity(i, i % 6 === 5 ? "another" : "order-1")),
    );
    const answer = await orders.lookUp(REF);
    if (answer.kind !== "found") throw new Error(answer.kind);
    expect(answer.reports).toHaveLength(250);
    expect(answer.reports.at(-1)).toMatchObject({ event: "fill", execution: { id: "x298" } });
    expect(count("GET /v2/account/activities")).toBe(3);
  });

  it("goes on where the one before it stopped, and tells the end with the last execution", async () => {
    const others = Array.from({ length: 800 }, (_, i) => activity(1_000 + i, "another"));
    const { orders, count } = withFills([
      ...Array.from({ length: 249 }, (_, i) => activity(i)),
      ...others,
      activity(2_000),
    ]);
    const told = async () => {
      const answer = await orders.lookUp(REF);
      if (answer.kind !== "found") throw new Error(answer.kind);
      return [answer.reports.length, answer.reports.at(-1)?.event];
    };
    expect(await told()).toEqual([1, "partial_fill"]);
    expect(await told()).toEqual([1, "partial_fill"]);
    expect(await told()).toEqual([99 + 1, "partial_fill"]);
    expect(await told()).toEqual([250, "fill"]);
    expect(count("GET /v2/account/activities")).toBe(11);
  });

  it("is `not_found` only by the venue's own word", async () => {
    const path = "GET /v2/orders:by_client_order_id";
    const notFound = setup({ [path]: refusal(404, "order not found") });
    expect(await notFound.orders.lookUp(REF)).toEqual({ kind: "not_found" });
    for (const status of [401, 403, 429, 500]) {
      const { orders } = setup({ [path]: refusal(status, "no") });
      expect(await orders.lookUp(REF)).toEqual({ kind: "unknown", cause: `HTTP ${status}` });
    }
    const lost = setup({ [path]: () => new Error("Network connection lost.") });
    expect(await lost.orders.lookUp(REF)).toEqual({ kind: "unknown", cause: "network" });
  });
});
