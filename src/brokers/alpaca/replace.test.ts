import { describe, expect, it } from "vitest";
import { decimal } from "../../domain/decimal.ts";
import type { Replacement } from "../broker.ts";
import { refusal, setUpAlpaca } from "../testing/scripted-alpaca.ts";
import { json, type SeenRequest } from "../testing/scripted-fetch.ts";

const OLD = "0193aaaa-0000-7000-8000-000000000001";
const REF = { id: OLD, symbol: "F", brokerOrderId: "order-1" };
const NEXT: Replacement = {
  id: "0193aaaa-0000-7000-8000-000000000002",
  symbol: "F",
  side: "buy",
  type: "stop_limit",
  quantity: decimal("60"),
  notional: null,
  limitPrice: decimal("10.35"),
  stopPrice: decimal("10.30"),
  timeInForce: "gtc",
  filledBefore: decimal("40"),
};
const wire = (changes: object = {}) => ({
  id: "order-2",
  client_order_id: NEXT.id,
  symbol: "F",
  status: "pending_new",
  filled_qty: "0",
  replaces: "order-1",
  created_at: "2026-11-20T15:30:00Z",
  ...changes,
});
const old = (changes: object = {}) =>
  wire({ id: "order-1", client_order_id: OLD, status: "new", replaces: null, ...changes });

describe("a replacement", () => {
  it("is one PATCH with what the new order shall trade", async () => {
    const { orders, seen } = setUpAlpaca({ "PATCH /v2/orders/order-1": () => json(wire()) });
    expect(await orders.replace(REF, NEXT)).toEqual({
      kind: "requested",
      brokerOrderId: "order-2",
    });
    const [request, ...more] = seen as [SeenRequest];
    expect(more).toEqual([]);
    expect(JSON.parse(request.body)).toEqual({
      client_order_id: NEXT.id,
      qty: "60",
      limit_price: "10.35",
      stop_price: "10.3",
      time_in_force: "gtc",
    });
  });

  it.each([
    ["a hang", "hang" as const, "timeout"],
    ["a reset", new Error("Network connection lost."), "network"],
    ["a 500", json({ message: "oops" }, 500), "HTTP 500"],
    ["a 503", json({ message: "busy" }, 503), "HTTP 503"],
    ["an answer that makes no sense", json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, answer, cause) => {
    const { orders, count } = setUpAlpaca({ "PATCH /v2/orders/order-1": () => answer });
    expect(await orders.replace(REF, NEXT)).toEqual({ kind: "unknown", cause });
    expect(count("PATCH")).toBe(1);
  });

  it.each([
    [refusal(422, "order is not open"), "venue_rejected", "order is not open"],
    [refusal(403, "insufficient buying power"), "venue_insufficient_funds", "insufficient"],
    [refusal(404, "order not found for order-1"), "venue_rejected", "order not found"],
    [refusal(429, "too many requests."), "broker_busy", "too many"],
    [() => json(wire({ status: "rejected" })), "venue_rejected", "rejected"],
  ])("%# that was refused says why", async (answer, reason, message) => {
    const { orders } = setUpAlpaca({ "PATCH /v2/orders/order-1": answer });
    expect(await orders.replace(REF, NEXT)).toEqual({
      kind: "rejected",
      reason,
      message: expect.stringContaining(message),
    });
  });

  it("refused as a repetition has arrived before", async () => {
    const { orders } = setUpAlpaca({
      "PATCH /v2/orders/order-1": refusal(422, "client_order_id must be unique"),
      "GET /v2/orders:by_client_order_id": () => json(wire({ status: "new" })),
    });
    expect(await orders.replace(REF, NEXT)).toEqual({
      kind: "requested",
      brokerOrderId: "order-2",
    });
  });

  it("of an order whose broker id we never got finds it by ours, or asks for nothing", async () => {
    const byId = "GET /v2/orders:by_client_order_id";
    const found = setUpAlpaca({
      [byId]: () => json(old()),
      "PATCH /v2/orders/order-1": () => json(wire()),
    });
    const unanswered = { ...REF, brokerOrderId: null };
    expect(await found.orders.replace(unanswered, NEXT)).toMatchObject({ kind: "requested" });
    for (const [answer, reason] of [
      [refusal(404, "order not found"), "venue_rejected"],
      [refusal(500, "oops"), "broker_busy"],
    ] as const) {
      const { orders, count } = setUpAlpaca({ [byId]: answer });
      expect(await orders.replace(unanswered, NEXT)).toMatchObject({ kind: "rejected", reason });
      expect(count("PATCH")).toBe(0);
    }
  });

  it("by notional never leaves", async () => {
    const { orders, seen } = setUpAlpaca({});
    const byNotional = { ...NEXT, quantity: null, notional: decimal("50") };
    expect(await orders.replace(REF, byNotional)).toMatchObject({ kind: "rejected" });
    expect(seen).toEqual([]);
  });
});

describe("a look-up of an order that was to be replaced", () => {
  const lookUp = async (states: Record<string, object>) => {
    const { orders } = setUpAlpaca({
      "GET /v2/orders:by_client_order_id": ({ target }) => {
        const id = new URL(target, "https://x.test").searchParams.get("client_order_id") ?? "";
        return states[id] === undefined ? refusal(404, "order not found")() : json(states[id]);
      },
    });
    const answer = await orders.lookUp({ ...REF, replacedBy: NEXT.id });
    if (answer.kind !== "found") throw new Error(answer.kind);
    return answer.reports.map(({ event }) => event);
  };

  it("tells that it was, or that this was refused", async () => {
    const replaced = old({ status: "replaced", replaced_at: "2026-11-20T15:31:00Z" });
    expect(await lookUp({ [OLD]: replaced })).toEqual(["new", "replaced"]);
    const refused = { [OLD]: old(), [NEXT.id]: wire({ status: "rejected" }) };
    expect(await lookUp(refused)).toEqual(["new", "replace_rejected"]);
  });

  it("tells neither while that is not decided", async () => {
    const pending = { [OLD]: old({ status: "pending_replace" }), [NEXT.id]: wire() };
    expect(await lookUp(pending)).toEqual(["new"]);
    expect(await lookUp({ [OLD]: old() })).toEqual(["new"]);
  });
});

describe("the open orders", () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...wire({ status: "new" }),
      id: `order-${from + index}`,
    }));

  it("come page by page, those placed by hand without an id of ours", async () => {
    const { orders, seen } = setUpAlpaca({
      "GET /v2/orders": ({ target }) => {
        const after = new URL(target, "https://x.test").searchParams.get("after_order_id");
        if (after === null) return json(page(0, 500));
        return json([...page(500, 1), { ...wire(), id: "order-x", client_order_id: "by hand" }]);
      },
    });
    const answer = await orders.openOrders();
    if (answer.kind !== "listed") throw new Error(answer.cause);
    expect(answer.orders).toHaveLength(502);
    expect(answer.orders[0]).toMatchObject({
      orderId: NEXT.id,
      brokerOrderId: "order-0",
      symbol: "F",
    });
    expect(answer.orders.at(-1)).toMatchObject({ orderId: null, brokerOrderId: "order-x" });
    expect(seen.map(({ target }) => new URL(target, "https://x.test").search)).toEqual([
      "?status=open&limit=500&direction=asc",
      "?status=open&limit=500&direction=asc&after_order_id=order-499",
    ]);
  });

  it("are all of them or unknown, in a bounded number of requests", async () => {
    const endless = setUpAlpaca({ "GET /v2/orders": () => json(page(0, 500)) });
    expect(await endless.orders.openOrders()).toEqual({
      kind: "unknown",
      cause: "more than 10000 open orders",
    });
    expect(endless.count("GET")).toBe(20);
    const busy = setUpAlpaca({ "GET /v2/orders": refusal(429, "too many requests.") });
    expect(await busy.orders.openOrders()).toEqual({ kind: "unknown", cause: "HTTP 429" });
  });
});
