import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { OrderToSubmit, Replacement } from "../../broker.ts";
import { NOW_MS, refusal, setUpCoinbase } from "../../testing/scripted-coinbase.ts";
import { json } from "../../testing/scripted-fetch.ts";

const ORDER_ID = "52cfe5e2-0b29-4c19-a245-a6a773de5030";
const ORDER: OrderToSubmit = {
  id: "01a3185c-5000-7000-8000-000000000001",
  symbol: "DOGE/USD",
  side: "buy",
  type: "limit",
  quantity: decimal("100"),
  notional: null,
  limitPrice: decimal("0.12345"),
  stopPrice: null,
  timeInForce: "gtc",
};
const REF = { id: ORDER.id, symbol: "DOGE/USD", brokerOrderId: ORDER_ID };
const UNANSWERED = { ...REF, brokerOrderId: null };
const MARKET = { type: "market", limitPrice: null } as const;

const taken = () =>
  json({
    success: true,
    success_response: {
      order_id: ORDER_ID,
      product_id: "DOGE-USD",
      side: "BUY",
      client_order_id: ORDER.id,
    },
    order_configuration: null,
  });
const failed = (response: object) => () =>
  json({ success: false, error_response: response, order_configuration: null });
const because = (reason: string, message = "") =>
  failed({ error: reason, message, error_details: "", new_order_failure_reason: reason });
const wire = (changes: object = {}) => ({
  order_id: ORDER_ID,
  product_id: "DOGE-USD",
  side: "BUY",
  client_order_id: ORDER.id,
  status: "OPEN",
  time_in_force: "GOOD_UNTIL_CANCELLED",
  created_time: "2027-01-15T08:00:00.123456Z",
  completion_percentage: "0",
  filled_size: "0",
  number_of_fills: "0",
  size_in_quote: false,
  trigger_status: "INVALID_ORDER_TYPE",
  reject_message: "",
  cancel_message: "",
  ...changes,
});
const page =
  (orders: readonly object[], more: object = {}) =>
  () =>
    json({ orders, sequence: "0", has_next: false, cursor: "", ...more });
const GET = `GET /api/v3/brokerage/orders/historical/${ORDER_ID}`;

describe("a submit", () => {
  const sent = async (changes: Partial<OrderToSubmit> = {}) => {
    const { orders, bodiesTo, count } = setUpCoinbase({ submit: taken });
    const answer = await orders.submit({ ...ORDER, ...changes });
    expect(count("POST")).toBe(1);
    return { answer, body: bodiesTo("submit")[0] };
  };

  it("is one signed request with our id and exact amounts", async () => {
    const { answer, body } = await sent();
    expect(answer).toEqual({
      kind: "accepted",
      brokerOrderId: ORDER_ID,
      event: "new",
      at: new Date(NOW_MS),
    });
    expect(body).toEqual({
      client_order_id: ORDER.id,
      product_id: "DOGE-USD",
      side: "BUY",
      order_configuration: {
        limit_limit_gtc: { base_size: "100", limit_price: "0.12345", post_only: false },
      },
    });
  });

  it.each([
    ["ioc", "sor_limit_ioc"],
    ["fok", "limit_limit_fok"],
  ] as const)("that is %s says so", async (timeInForce, configuration) => {
    const { body } = await sent({ timeInForce });
    expect(body.order_configuration).toEqual({
      [configuration]: { base_size: "100", limit_price: "0.12345" },
    });
  });

  it("at market sells a quantity, or buys for dollars", async () => {
    const sell = await sent({ ...MARKET, side: "sell" });
    expect(sell.body).toMatchObject({
      side: "SELL",
      order_configuration: { market_market_ioc: { base_size: "100" } },
    });
    const buy = await sent({ ...MARKET, quantity: null, notional: decimal("12.05") });
    expect(buy.body.order_configuration).toEqual({ market_market_ioc: { quote_size: "12.05" } });
  });

  it.each([
    ["buy", "STOP_DIRECTION_STOP_UP"],
    ["sell", "STOP_DIRECTION_STOP_DOWN"],
  ] as const)("of a stop limit waits in the right direction to %s", async (side, direction) => {
    const { body } = await sent({ type: "stop_limit", stopPrice: decimal("0.12"), side });
    expect(body.order_configuration).toEqual({
      stop_limit_stop_limit_gtc: {
        base_size: "100",
        limit_price: "0.12345",
        stop_price: "0.12",
        stop_direction: direction,
      },
    });
  });

  it.each([
    ["a hang", () => "hang" as const, "timeout"],
    ["a reset", () => new Error("Network connection lost."), "network"],
    ["a 500", refusal(500, "INTERNAL"), "HTTP 500 INTERNAL"],
    ["a page of a proxy", () => new Response("<html>", { status: 502 }), "HTTP 502"],
    ["a deadline of a 400", refusal(400, "DEADLINE_EXCEEDED"), "HTTP 400 DEADLINE_EXCEEDED"],
    ["a reason that it does not know", because("UNKNOWN_FAILURE_REASON"), "UNKNOWN_FAILURE_REASON"],
    ["a failure without any", failed({}), "UNKNOWN_FAILURE_REASON"],
    ["neither success nor failure", () => json({ success: false }), "ZodError"],
    ["nonsense", () => json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, submit, cause) => {
    const { orders, count } = setUpCoinbase({ submit });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "unknown",
      cause: expect.stringContaining(cause),
    });
    expect(count("POST")).toBe(1);
  });

  it.each([
    [
      because("INSUFFICIENT_FUND", "Insufficient balance"),
      "venue_insufficient_funds",
      "Insufficient balance",
    ],
    [because("INVALID_SIZE_PRECISION"), "venue_increment", "INVALID_SIZE_PRECISION"],
    [because("INVALID_PRODUCT_ID"), "venue_not_tradable", "INVALID_PRODUCT_ID"],
    [because("GEOFENCING_RESTRICTION"), "venue_not_tradable", "GEOFENCING"],
    [because("UNSUPPORTED_ORDER_CONFIGURATION"), "venue_rejected", "UNSUPPORTED"],
    [
      failed({
        error: "UNKNOWN_FAILURE_REASON",
        message: "",
        error_details: "",
        preview_failure_reason: "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
      }),
      "venue_rejected",
      "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
    ],
    [
      failed({
        error: "UNKNOWN_FAILURE_REASON",
        preview_failure_reason: "PREVIEW_INSUFFICIENT_FUND",
      }),
      "venue_insufficient_funds",
      "PREVIEW_INSUFFICIENT_FUND",
    ],
    [refusal(400, "INVALID_ARGUMENT", "base_size is malformed"), "venue_rejected", "malformed"],
    [refusal(401, "Unauthorized"), "broker_unauthorized", "Unauthorized"],
    [() => new Response("Unauthorized", { status: 401 }), "broker_unauthorized", "HTTP 401"],
    [refusal(403, "PERMISSION_DENIED", "Missing trade scope"), "broker_unauthorized", "scope"],
    [() => new Response("<html>", { status: 403 }), "broker_busy", "HTTP 403"],
    [refusal(429, "RESOURCE_EXHAUSTED"), "broker_busy", "RESOURCE_EXHAUSTED"],
  ])("%# that was refused says why, in Coinbase's words", async (submit, reason, words) => {
    const { orders, count } = setUpCoinbase({ submit });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "rejected",
      reason,
      message: expect.stringContaining(words),
    });
    expect(count("POST")).toBe(1);
  });

  it("refused as a repetition has arrived before", async () => {
    const { orders, count } = setUpCoinbase({
      submit: because("DUPLICATE_CLIENT_ORDER_ID"),
      list: page([wire()]),
    });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "accepted",
      brokerOrderId: ORDER_ID,
      event: "new",
      at: new Date("2027-01-15T08:00:00.123Z"),
    });
    expect(count("POST")).toBe(1);
  });

  it.each([
    [{ symbol: "NOPE/USD" }, "venue_not_tradable", "no market"],
    [
      { type: "stop", limitPrice: null, stopPrice: decimal("0.2") },
      "venue_rejected",
      "no stop orders",
    ],
    [MARKET, "venue_rejected", "no market buys by quantity"],
  ] as const)("that Coinbase does not have never leaves: %j", async (changes, reason, words) => {
    const { orders, count } = setUpCoinbase({});
    expect(await orders.submit({ ...ORDER, ...changes })).toEqual({
      kind: "rejected",
      reason,
      message: expect.stringContaining(words),
    });
    expect(count("POST")).toBe(0);
  });

  it("off the increments is a bug, not an order", async () => {
    const { orders, count } = setUpCoinbase({});
    await expect(orders.submit({ ...ORDER, quantity: decimal("0.15") })).rejects.toThrow();
    await expect(orders.submit({ ...ORDER, limitPrice: decimal("0.123456") })).rejects.toThrow(
      "DOGE/USD: 0.123456 would be sent as 0.12346",
    );
    expect(count("POST")).toBe(0);
  });
});

describe("a cancel", () => {
  const answer = (success: boolean, failure_reason: string) => () =>
    json({ results: [{ success, failure_reason, order_id: ORDER_ID }] });
  const done = answer(true, "UNKNOWN_CANCEL_FAILURE_REASON");
  const cancel = (script: Parameters<typeof setUpCoinbase>[0]) =>
    setUpCoinbase(script).orders.cancel(REF);

  it("names the order by Coinbase's id", async () => {
    const { orders, bodiesTo } = setUpCoinbase({ cancel: done });
    expect(await orders.cancel(REF)).toEqual({ kind: "requested" });
    expect(bodiesTo("cancel")).toEqual([{ order_ids: [ORDER_ID] }]);
  });

  it("finds that id by ours where that is all there is", async () => {
    const { orders, bodiesTo } = setUpCoinbase({ cancel: done, list: page([wire()]) });
    expect(await orders.cancel(UNANSWERED)).toEqual({ kind: "requested" });
    expect(bodiesTo("cancel")).toEqual([{ order_ids: [ORDER_ID] }]);
    const none = setUpCoinbase({ cancel: done, list: page([]) });
    expect(await none.orders.cancel(UNANSWERED)).toEqual({ kind: "not_found" });
    expect(none.bodiesTo("cancel")).toEqual([]);
  });

  it("that was asked for already is as good as asked for", async () => {
    expect(await cancel({ cancel: answer(false, "DUPLICATE_CANCEL_REQUEST") })).toEqual({
      kind: "requested",
    });
  });

  it("that is refused is told by what became of the order", async () => {
    const refused = { cancel: answer(false, "UNKNOWN_CANCEL_ORDER") };
    expect(
      await cancel({ ...refused, [GET]: () => json({ order: wire({ status: "FILLED" }) }) }),
    ).toEqual({
      kind: "not_cancelable",
      message: "the order is FILLED",
    });
    expect(await cancel({ ...refused, [GET]: refusal(404, "NOT_FOUND") })).toEqual({
      kind: "not_found",
    });
    expect(await cancel({ ...refused, [GET]: () => json({ order: wire() }) })).toEqual({
      kind: "unknown",
      cause: "UNKNOWN_CANCEL_ORDER",
    });
  });

  it("without a sound answer is of unknown fate", async () => {
    expect(await cancel({ cancel: () => "hang" })).toEqual({ kind: "unknown", cause: "timeout" });
    expect(await cancel({ cancel: refusal(429, "RESOURCE_EXHAUSTED") })).toMatchObject({
      kind: "unknown",
    });
    expect(await cancel({ cancel: () => json({ results: [] }) })).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("a replacement", () => {
  it("is refused before anything leaves", async () => {
    const { orders, count } = setUpCoinbase({});
    const next: Replacement = {
      ...ORDER,
      id: "01a3185c-5000-7000-8000-000000000002",
      filledBefore: decimal("0"),
    };
    expect(await orders.replace(REF, next)).toMatchObject({
      kind: "rejected",
      message: expect.stringContaining("can't replace"),
    });
    expect(orders.cannotReplace).toContain("cancel it");
    expect(count("POST")).toBe(0);
  });
});

describe("all open orders", () => {
  it("are those that wait, rest and end, over all pages, each once", async () => {
    const { orders, queriesTo } = setUpCoinbase({
      list({ target }) {
        const query = new URL(target, "https://x.test").searchParams;
        const statuses = query.getAll("order_status").join(" ");
        if (statuses === "PENDING QUEUED") return page([wire()])();
        if (statuses !== "OPEN") return page([])();
        if (query.get("cursor") === "two") {
          return page([
            wire({ order_id: "third", client_order_id: "by-hand", product_id: "DOGE-EUR" }),
          ])();
        }
        const resting = [wire(), wire({ order_id: "second", client_order_id: "" })];
        return page(resting, { has_next: true, cursor: "two" })();
      },
    });
    expect(await orders.openOrders()).toMatchObject({
      kind: "listed",
      orders: [
        { orderId: ORDER.id, brokerOrderId: ORDER_ID, symbol: "DOGE/USD" },
        { orderId: null, brokerOrderId: "second", symbol: "DOGE/USD" },
        { orderId: null, brokerOrderId: "third", symbol: "DOGE-EUR" },
      ],
    });
    expect(queriesTo("list").map((query) => query.getAll("order_status"))).toEqual([
      ["PENDING", "QUEUED"],
      ["OPEN"],
      ["OPEN"],
      ["CANCEL_QUEUED", "EDIT_QUEUED"],
    ]);
  });

  it("say how far each is, and which stop has been elected", async () => {
    const { orders } = setUpCoinbase({
      list: ({ target }) =>
        target.includes("PENDING")
          ? page([wire({ status: "QUEUED" })])()
          : page([
              wire({ order_id: "second", filled_size: "2.50", trigger_status: "STOP_TRIGGERED" }),
            ])(),
    });
    expect(await orders.openOrders()).toMatchObject({
      orders: [
        { filled: "0", event: "accepted", isTriggered: false, venueStatus: "QUEUED" },
        { filled: "2.5", event: "new", isTriggered: true, venueStatus: "OPEN" },
      ],
    });
  });

  const many = (from: number) =>
    Array.from({ length: 250 }, (_, i) => wire({ order_id: `order-${from + i}` }));

  it.each([
    ["nothing", () => "hang" as const],
    ["a refusal", refusal(429, "RESOURCE_EXHAUSTED")],
    ["no list", () => json({})],
    ["a page that names no next one", page([wire()], { has_next: true })],
    ["pages without end", page([wire()], { has_next: true, cursor: "again" })],
    ["an order that makes no sense", page([{ order_id: "x" }])],
    [
      "as many as Coinbase ever lists",
      ({ target }: { target: string }) => {
        const seen = Number(new URL(target, "https://x.test").searchParams.get("cursor") ?? 0);
        const more = { has_next: seen < 750, cursor: String(seen + 250) };
        return page(target.includes("order_status=OPEN") ? many(seen) : [], more)();
      },
    ],
  ])("are unknown where the answer is %s: never a part of them", async (_, list) => {
    expect(await setUpCoinbase({ list }).orders.openOrders()).toMatchObject({ kind: "unknown" });
  });
});
