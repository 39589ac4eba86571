import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { OrderToSubmit } from "../../broker.ts";
import { NOW_MS, refusal, setUpBinance as setup } from "../../testing/scripted-binance.ts";
import { json, type SeenRequest } from "../../testing/scripted-fetch.ts";

const ORDER: OrderToSubmit = {
  id: "0193aaaa-0000-7000-8000-000000000001",
  symbol: "DOGE/USD",
  side: "buy",
  type: "limit",
  quantity: decimal("100"),
  notional: null,
  limitPrice: decimal("0.12345"),
  stopPrice: null,
  timeInForce: "gtc",
};
const REF = { id: ORDER.id, symbol: "DOGE/USD", brokerOrderId: "DOGEUSDT:28" };
const wire = (changes: object = {}) => ({
  symbol: "DOGEUSDT",
  orderId: 28,
  orderListId: -1,
  clientOrderId: ORDER.id,
  transactTime: NOW_MS,
  price: "0.12345000",
  origQty: "100.00000000",
  executedQty: "0.00000000",
  cummulativeQuoteQty: "0.00000000",
  status: "NEW",
  timeInForce: "GTC",
  type: "LIMIT",
  side: "BUY",
  time: NOW_MS,
  updateTime: NOW_MS,
  fills: [],
  ...changes,
});
describe("a submit", () => {
  it("is one signed request with our id and exact amounts", async () => {
    const { orders, seen, count } = setup({ "POST /api/v3/order": () => json(wire()) });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "accepted",
      brokerOrderId: "DOGEUSDT:28",
      event: "new",
      at: new Date(NOW_MS),
    });
    const request = seen.find(({ method }) => method === "POST") as SeenRequest;
    const sent = Object.fromEntries(new URLSearchParams(request.body));
    expect(sent).toMatchObject({
      symbol: "DOGEUSDT",
      side: "BUY",
      type: "LIMIT",
      quantity: "100",
      price: "0.12345",
      timeInForce: "GTC",
      newClientOrderId: ORDER.id,
    });
    expect(sent.signature).toMatch(/^[0-9a-f]{64}$/);
    expect(request.headers.get("x-mbx-apikey")).toBe("key");
    expect(count("POST")).toBe(1);
  });

  it.each([
    ["a hang", () => "hang" as const, "timeout"],
    ["a reset", () => new Error("Network connection lost."), "network"],
    ["a 500", refusal(500, -1000, "An unknown error occurred."), "HTTP 500 -1000"],
    ["a 503 while overloaded", refusal(503, -1008, "Server is overloaded."), "HTTP 503 -1008"],
    ["a time-out inside the venue", refusal(400, -1007, "Timeout waiting."), "HTTP 400 -1007"],
    ["a page of a proxy", () => new Response("<html>", { status: 502 }), "HTTP 502"],
    ["an answer that makes no sense", () => json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, answer, cause) => {
    const { orders, count } = setup({ "POST /api/v3/order": answer });
    expect(await orders.submit(ORDER)).toEqual({ kind: "unknown", cause });
    expect(count("POST")).toBe(1);
  });

  it.each([
    [
      refusal(400, -2010, "Account has insufficient balance for requested action."),
      "venue_insufficient_funds",
    ],
    [refusal(400, -1013, "Filter failure: LOT_SIZE"), "venue_increment"],
    [refusal(401, -2015, "Invalid API-key, IP, or permissions for action."), "broker_unauthorized"],
    [refusal(429, -1003, "Too much request weight used."), "broker_busy"],
    [() => new Response("", { status: 418 }), "broker_busy"],
  ])("%# that was refused says why", async (answer, reason) => {
    const { orders } = setup({ "POST /api/v3/order": answer });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "rejected", reason });
  });

  it("refused as a repetition has arrived before", async () => {
    const { orders } = setup({
      "POST /api/v3/order": refusal(400, -2010, "Duplicate order sent."),
      "GET /api/v3/order": () => json(wire()),
    });
    expect(await orders.submit(ORDER)).toMatchObject({
      kind: "accepted",
      brokerOrderId: "DOGEUSDT:28",
    });
  });

  it("for a market or of a type that the venue does not have never leaves", async () => {
    const { orders, count } = setup({});
    const unlisted = await orders.submit({ ...ORDER, symbol: "NOPE/USD" });
    expect(unlisted).toMatchObject({ kind: "rejected", reason: "venue_not_tradable" });
    const stop = await orders.submit({ ...ORDER, type: "stop", stopPrice: decimal("0.2") });
    expect(stop).toMatchObject({ kind: "rejected", reason: "venue_rejected" });
    expect(count("POST")).toBe(0);
  });

  it("off the increments is a bug, not an order", async () => {
    const { orders, count } = setup({});
    await expect(orders.submit({ ...ORDER, quantity: decimal("0.5") })).rejects.toThrow();
    await expect(orders.submit({ ...ORDER, limitPrice: decimal("0.123456") })).rejects.toThrow(
      "0.123456 would be sent as 0.12346",
    );
    expect(count("POST")).toBe(0);
  });
});

describe("a cancel", () => {
  const cancel = (answer: () => Response | Error | "hang", found = refusal(400, -2013, "none")) =>
    setup({ "DELETE /api/v3/order": answer, "GET /api/v3/order": found }).orders.cancel(REF);
  const unknownOrder = refusal(400, -2011, "Unknown order sent.");

  it("tells an order that has ended from one that never was", async () => {
    expect(await cancel(() => json(wire({ status: "CANCELED" })))).toEqual({ kind: "requested" });
    expect(await cancel(unknownOrder)).toEqual({ kind: "not_found" });
    expect(await cancel(unknownOrder, () => json(wire({ status: "FILLED" })))).toEqual({
      kind: "not_cancelable",
      message: "the order is FILLED",
    });
    expect(await cancel(() => "hang")).toEqual({ kind: "unknown", cause: "timeout" });
    expect(await cancel(refusal(429, -1003, "slow down"))).toMatchObject({ kind: "unknown" });
  });

  it("names the order by the venue's id, or by ours where that is all there is", async () => {
    const { orders, seen } = setup({ "DELETE /api/v3/order": () => json(wire()) });
    await orders.cancel(REF);
    await orders.cancel({ ...REF, brokerOrderId: null });
    const deletes = seen.filter(({ method }) => method === "DELETE");
    expect(deletes[0]?.target).toContain("orderId=28&");
    expect(deletes[1]?.target).toContain(`origClientOrderId=${ORDER.id}&`);
  });
});

describe("a look-up", () => {
  it("brings the executions of the order by their trade ids", async () => {
    const trades = [
      { id: 8, qty: "60.00000000", commission: "0.06000000", time: NOW_MS + 2 },
      { id: 7, qty: "40.00000000", commission: "0.04000000", time: NOW_MS + 1 },
    ].map((trade) => ({
      symbol: "DOGEUSDT",
      orderId: 28,
      price: "0.12340000",
      quoteQty: "1",
      commissionAsset: "DOGE",
      isBuyer: true,
      isMaker: false,
      ...trade,
    }));
    const { orders, seen } = setup({
      "GET /api/v3/order": () => json(wire({ status: "FILLED", executedQty: "100.00000000" })),
      "GET /api/v3/myTrades": () => json(trades),
    });
    const answer = await orders.lookUp(REF);
    if (answer.kind !== "found") throw new Error(answer.kind);
    expect(answer.reports).toMatchObject([
      { event: "partial_fill", execution: { id: "7", quantity: "40", fee: "0.04" } },
      {
        event: "fill",
        execution: { id: "8", quantity: "60", feeAsset: "DOGE", liquidity: "taker" },
      },
    ]);
    expect(seen.at(-1)?.target).toContain("orderId=28&");
  });

  it("is `not_found` only by the venue's own word", async () => {
    const lookUp = (answer: () => Response) =>
      setup({ "GET /api/v3/order": answer }).orders.lookUp(REF);
    expect(await lookUp(refusal(400, -2013, "Order does not exist."))).toEqual({
      kind: "not_found",
    });
    expect(await lookUp(refusal(401, -2015, "Invalid API-key."))).toMatchObject({
      kind: "unknown",
    });
    expect(await lookUp(refusal(503, -1008, "overloaded"))).toMatchObject({ kind: "unknown" });
  });
});
