import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { Replacement } from "../../broker.ts";
import { NOW_MS, refusal, setUpBinance } from "../../testing/scripted-binance.ts";
import { json, type SeenRequest } from "../../testing/scripted-fetch.ts";

const PATH = "POST /api/v3/order/cancelReplace";
const OLD = "0193aaaa-0000-7000-8000-000000000001";
const REF = { id: OLD, symbol: "DOGE/USD", brokerOrderId: "DOGEUSDT:28" };
const NEXT: Replacement = {
  id: "0193aaaa-0000-7000-8000-000000000002",
  symbol: "DOGE/USD",
  side: "buy",
  type: "limit",
  quantity: decimal("60"),
  notional: null,
  limitPrice: decimal("0.12345"),
  stopPrice: null,
  timeInForce: "gtc",
  filledBefore: decimal("0"),
};
const MARK = "r-0193aaaa000070008000000000000002";
const wire = (changes: object = {}) => ({
  symbol: "DOGEUSDT",
  orderId: 29,
  orderListId: -1,
  clientOrderId: NEXT.id,
  transactTime: NOW_MS,
  price: "0.12345000",
  origQty: "60.00000000",
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
const canceled = wire({
  orderId: 28,
  origClientOrderId: OLD,
  clientOrderId: MARK,
  executedQty: "40.00000000",
  status: "CANCELED",
});
const replaced = () =>
  json({
    cancelResult: "SUCCESS",
    newOrderResult: "SUCCESS",
    cancelResponse: canceled,
    newOrderResponse: wire(),
  });
const failure = (status: number, code: number, data: object) => () =>
  json({ code, msg: "Order cancel-replace failed.", data }, status);
const notCanceled = (code: number, msg: string) =>
  failure(400, -2022, {
    cancelResult: "FAILURE",
    newOrderResult: "NOT_ATTEMPTED",
    cancelResponse: { code, msg },
    newOrderResponse: null,
  });
const half = (code: number, msg: string) =>
  failure(409, -2021, {
    cancelResult: "SUCCESS",
    newOrderResult: "FAILURE",
    cancelResponse: canceled,
    newOrderResponse: { code, msg },
  });

describe("a replacement", () => {
  const sent = async (ref: typeof REF | { brokerOrderId: null }, next: Replacement) => {
    const { orders, seen, count } = setUpBinance({ [PATH]: replaced });
    const answer = await orders.replace({ ...REF, ...ref }, next);
    expect(count("POST")).toBe(1);
    const { body } = seen.find(({ method }) => method === "POST") as SeenRequest;
    return { answer, params: Object.fromEntries(new URLSearchParams(body)) };
  };

  it("is one signed request that names both orders and marks the cancel", async () => {
    const { answer, params } = await sent(REF, NEXT);
    expect(answer).toEqual({
      kind: "replaced",
      brokerOrderId: "DOGEUSDT:29",
      oldFilled: "40",
      at: new Date(NOW_MS),
    });
    expect(params).toMatchObject({
      symbol: "DOGEUSDT",
      side: "BUY",
      type: "LIMIT",
      quantity: "60",
      price: "0.12345",
      timeInForce: "GTC",
      newClientOrderId: NEXT.id,
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: "28",
      cancelNewClientOrderId: MARK,
      cancelRestrictions: "ONLY_NEW",
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("names the old order by our id where that is all there is", async () => {
    const { params } = await sent({ brokerOrderId: null }, NEXT);
    expect(params.cancelOrigClientOrderId).toBe(OLD);
    expect(params).not.toHaveProperty("cancelOrderId");
  });

  it("of a partly filled order cannot be held back by a further fill", async () => {
    const { params } = await sent(REF, { ...NEXT, filledBefore: decimal("40") });
    expect(params).not.toHaveProperty("cancelRestrictions");
  });

  it("of a stop limit carries its stop", async () => {
    const stop = { type: "stop_limit", stopPrice: decimal("0.123") } as const;
    const { params } = await sent(REF, { ...NEXT, ...stop });
    expect(params).toMatchObject({ type: "STOP_LOSS_LIMIT", stopPrice: "0.123" });
  });

  it.each([
    ["a hang", () => "hang" as const, "timeout"],
    ["a reset", () => new Error("Network connection lost."), "network"],
    ["a 500", refusal(500, -1000, "An unknown error occurred."), "HTTP 500 -1000"],
    ["a time-out inside the venue", refusal(400, -1007, "Timeout."), "HTTP 400 -1007"],
    ["a time-out of its second half", half(-1007, "Timeout."), "HTTP 409 -2021"],
    ["a time-out of its first half", notCanceled(-1007, "Timeout."), "HTTP 400 -2022"],
    ["a failure without its halves", refusal(409, -2021, "failed"), "HTTP 409 -2021"],
    ["a page of a proxy", () => new Response("<html>", { status: 502 }), "HTTP 502"],
    ["an answer that makes no sense", () => json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, answer, cause) => {
    const { orders, count } = setUpBinance({ [PATH]: answer });
    expect(await orders.replace(REF, NEXT)).toEqual({ kind: "unknown", cause });
    expect(count("POST")).toBe(1);
  });

  it.each([
    [
      refusal(400, -1013, "Filter failure: LOT_SIZE"),
      "venue_increment",
      "Filter failure: LOT_SIZE",
    ],
    [notCanceled(-2011, "Unknown order sent."), "venue_rejected", "Unknown order sent."],
    [
      notCanceled(-2011, "Order was not canceled due to cancel restrictions."),
      "venue_rejected",
      "Order was not canceled due to cancel restrictions.",
    ],
    [refusal(429, -1003, "Too much request weight used."), "broker_busy", "Too much"],
  ])("%# that did not happen says why", async (answer, reason, message) => {
    const { orders } = setUpBinance({ [PATH]: answer });
    expect(await orders.replace(REF, NEXT)).toEqual({
      kind: "rejected",
      reason,
      message: expect.stringContaining(message),
    });
  });

  it("that happened by half says so", async () => {
    const message = "Account has insufficient balance for requested action.";
    const { orders } = setUpBinance({ [PATH]: half(-2010, message) });
    expect(await orders.replace(REF, NEXT)).toEqual({
      kind: "incomplete",
      oldFilled: "40",
      message,
    });
  });

  it("for a market or of a type that the venue does not have never leaves", async () => {
    const { orders, count } = setUpBinance({});
    const unlisted = await orders.replace(REF, { ...NEXT, symbol: "NOPE/USD" });
    expect(unlisted).toMatchObject({ kind: "rejected", reason: "venue_not_tradable" });
    const stop = { ...NEXT, type: "stop", stopPrice: decimal("0.2") } as const;
    expect(await orders.replace(REF, stop)).toMatchObject({ kind: "rejected" });
    await expect(orders.replace(REF, { ...NEXT, quantity: decimal("0.5") })).rejects.toThrow();
    expect(count("POST")).toBe(0);
  });
});

describe("a look-up of an order that was to be replaced", () => {
  const lookUp = async (replacedBy: string | null, isThere: boolean) => {
    const { orders } = setUpBinance({
      "GET /api/v3/order": ({ target }) => {
        if (target.includes(OLD))
          return json(wire({ orderId: 28, clientOrderId: OLD, status: "CANCELED" }));
        return isThere ? json(wire()) : refusal(400, -2013, "Order does not exist.")();
      },
    });
    const answer = await orders.lookUp({ ...REF, replacedBy });
    if (answer.kind !== "found") throw new Error(answer.kind);
    return answer.reports.map(({ event }) => event);
  };

  it("tells a replacement from a cancel by the order that came instead", async () => {
    expect(await lookUp(NEXT.id, true)).toEqual(["replaced"]);
    expect(await lookUp(NEXT.id, false)).toEqual(["canceled"]);
    expect(await lookUp(null, true)).toEqual(["canceled"]);
  });
});

describe("the open orders", () => {
  it("come in one answer, under our names where we have them", async () => {
    const { orders, seen } = setUpBinance({
      "GET /api/v3/openOrders": () =>
        json([wire(), wire({ orderId: 30, symbol: "DOGEEUR", clientOrderId: "web_1a2b" })]),
    });
    expect(await orders.openOrders()).toMatchObject({
      kind: "listed",
      orders: [
        { orderId: NEXT.id, brokerOrderId: "DOGEUSDT:29", symbol: "DOGE/USD" },
        { orderId: null, brokerOrderId: "DOGEEUR:30", symbol: "DOGEEUR" },
      ],
    });
    expect(seen.at(-1)?.target).not.toContain("symbol=");
  });

  it("say how far each is, and which stop has been elected", async () => {
    const stop = { type: "STOP_LOSS_LIMIT", executedQty: "2.50000000" };
    const { orders } = setUpBinance({
      "GET /api/v3/openOrders": () =>
        json([wire({ ...stop, isWorking: false }), wire({ ...stop, isWorking: true })]),
    });
    const common = { filled: "2.5", event: "new", venueStatus: "NEW", at: new Date(NOW_MS) };
    expect(await orders.openOrders()).toMatchObject({
      orders: [
        { ...common, isTriggered: false },
        { ...common, isTriggered: true },
      ],
    });
  });

  it("are unknown where the venue does not tell", async () => {
    const busy = setUpBinance({ "GET /api/v3/openOrders": refusal(429, -1003, "slow down") });
    expect(await busy.orders.openOrders()).toEqual({ kind: "unknown", cause: "HTTP 429 -1003" });
    const odd = setUpBinance({ "GET /api/v3/openOrders": () => json([{ symbol: "DOGEUSDT" }]) });
    expect(await odd.orders.openOrders()).toMatchObject({ kind: "unknown" });
  });
});
