import { describe, expect, it } from "vitest";
import { decimal } from "../../../domain/decimal.ts";
import type { OrderToSubmit, Replacement } from "../../broker.ts";
import { json } from "../../testing/scripted-fetch.ts";
import { NOW_MS, refusal, result, setUpKraken } from "../../testing/scripted-kraken.ts";

const TXID = "OEKVV2-IH52O-TPL6GZ";
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
const REF = { id: ORDER.id, symbol: "DOGE/USD", brokerOrderId: TXID };
const UNANSWERED = { ...REF, brokerOrderId: null };

const taken = result({
  descr: { order: "buy 100.00000000 XDGUSD @ limit 0.1234500" },
  txid: [TXID],
});
const wire = (changes: object = {}) => ({
  refid: null,
  userref: null,
  cl_ord_id: ORDER.id,
  status: "open",
  reason: null,
  opentm: 1_800_000_000.123,
  starttm: 0,
  expiretm: 0,
  descr: { pair: "XDGUSD", type: "buy", ordertype: "limit", price: "0.1234500", price2: "0" },
  vol: "100.00000000",
  vol_exec: "0.00000000",
  cost: "0.00000000",
  fee: "0.00000000",
  price: "0.00000000",
  stopprice: "0.00000000",
  limitprice: "0.00000000",
  misc: "",
  oflags: "fciq",
  ...changes,
});
const queried = (changes: object = {}) => result({ [TXID]: wire(changes) });

describe("a submit", () => {
  const sent = async (order: OrderToSubmit) => {
    const { orders, sentTo, count } = setUpKraken({ AddOrder: taken });
    const answer = await orders.submit(order);
    expect(count("POST")).toBe(1);
    const [{ nonce: _, ...params } = {}] = sentTo("AddOrder");
    return { answer, params };
  };

  it("is one signed request with our id, exact amounts, the fee in dollars and a deadline", async () => {
    const { answer, params } = await sent(ORDER);
    expect(answer).toEqual({
      kind: "accepted",
      brokerOrderId: TXID,
      event: "new",
      at: new Date(NOW_MS),
    });
    expect(params).toEqual({
      pair: "XDGUSD",
      type: "buy",
      ordertype: "limit",
      volume: "100",
      price: "0.12345",
      timeinforce: "GTC",
      cl_ord_id: ORDER.id,
      oflags: "fciq",
      deadline: "2027-01-15T08:00:20Z",
    });
  });

  it("that must fill at once says so", async () => {
    const { params } = await sent({ ...ORDER, timeInForce: "ioc" });
    expect(params).toMatchObject({ ordertype: "limit", timeinforce: "IOC" });
  });

  it("at market is by quantity, or by its value in dollars", async () => {
    const market = { type: "market", limitPrice: null } as const;
    const sell = await sent({ ...ORDER, ...market, side: "sell" });
    expect(sell.params).toMatchObject({ ordertype: "market", volume: "100", oflags: "fciq" });
    expect(sell.params).not.toHaveProperty("price");
    const byValue = { ...market, quantity: null, notional: decimal("12.05") };
    const buy = await sent({ ...ORDER, ...byValue, symbol: "BTC/USD" });
    expect(buy.params).toMatchObject({
      pair: "XXBTZUSD",
      ordertype: "market",
      volume: "12.05",
      oflags: "fciq,viqc",
    });
  });

  it("of a stop limit carries both prices", async () => {
    const stop = { type: "stop_limit", stopPrice: decimal("0.12") } as const;
    const { params } = await sent({ ...ORDER, ...stop });
    expect(params).toMatchObject({
      ordertype: "stop-loss-limit",
      price: "0.12",
      price2: "0.12345",
    });
    expect(params).not.toHaveProperty("timeinforce");
  });

  it.each([
    ["a hang", () => "hang" as const, "timeout"],
    ["a reset", () => new Error("Network connection lost."), "network"],
    ["a 502", () => new Response("<html>", { status: 502 }), "HTTP 502"],
    ["a 520", () => json({ error: [] }, 520), "HTTP 520"],
    ["an internal error", refusal("EGeneral:Internal error"), "HTTP 200 EGeneral:Internal error"],
    ["a busy service", refusal("EService:Busy"), "HTTP 200 EService:Busy"],
    ["unavailability", refusal("EService:Unavailable"), "HTTP 200 EService:Unavailable"],
    [
      "a time-out inside",
      refusal("EService:Deadline elapsed"),
      "HTTP 200 EService:Deadline elapsed",
    ],
    ["nothing that we know", refusal("EWhatever:New"), "HTTP 200 EWhatever:New"],
    ["a result without an id", result({ descr: {} }), "ZodError"],
    ["nonsense", () => json({ hello: "world" }), "ZodError"],
  ])("whose answer is %s is of unknown fate, and is never sent twice", async (_, answer, cause) => {
    const { orders, count } = setUpKraken({ AddOrder: answer });
    expect(await orders.submit(ORDER)).toEqual({ kind: "unknown", cause });
    expect(count("POST")).toBe(1);
  });

  it.each([
    ["EOrder:Insufficient funds", "venue_insufficient_funds"],
    ["EOrder:Tick size check failed", "venue_increment"],
    ["EGeneral:Invalid arguments:volume", "venue_increment"],
    ["EOrder:Order minimum not met", "venue_rejected"],
    ["EOrder:Orders limit exceeded", "venue_rejected"],
    ["EQuery:Unknown asset pair", "venue_not_tradable"],
    ["EAccount:Invalid permissions:DOGE trading restricted for US:TX.", "venue_not_tradable"],
    ["EService:Market in cancel_only mode", "venue_market_closed"],
    ["EAPI:Invalid key", "broker_unauthorized"],
    ["EAPI:Invalid signature", "broker_unauthorized"],
    ["EGeneral:Permission denied", "broker_unauthorized"],
    ["EAPI:Invalid nonce", "broker_busy"],
    ["EAPI:Rate limit exceeded", "broker_busy"],
    ["EOrder:Rate limit exceeded", "broker_busy"],
    ["EGeneral:Temporary lockout", "broker_busy"],
  ])("refused with %s says why, in Kraken's words", async (error, reason) => {
    const { orders, count } = setUpKraken({ AddOrder: refusal(error) });
    expect(await orders.submit(ORDER)).toEqual({ kind: "rejected", reason, message: error });
    expect(count("POST")).toBe(1);
  });

  it.each([429, 403])("that HTTP %i keeps out was not taken", async (status) => {
    const { orders } = setUpKraken({ AddOrder: () => new Response("", { status }) });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "rejected", reason: "broker_busy" });
  });

  it("refused as a repetition has arrived before", async () => {
    const { orders, sentTo } = setUpKraken({
      AddOrder: refusal("EGeneral:Invalid arguments:cl_ord_id not unique"),
      OpenOrders: result({ open: { [TXID]: wire() } }),
    });
    expect(await orders.submit(ORDER)).toEqual({
      kind: "accepted",
      brokerOrderId: TXID,
      event: "new",
      at: new Date(1_800_000_000_123),
    });
    expect(sentTo("AddOrder")).toHaveLength(1);
  });

  it("that Kraken does not have never leaves", async () => {
    const { orders, count } = setUpKraken({});
    expect(await orders.submit({ ...ORDER, timeInForce: "fok" })).toEqual({
      kind: "rejected",
      reason: "venue_rejected",
      message: "Kraken has no fill-or-kill orders",
    });
    expect(await orders.submit({ ...ORDER, symbol: "NOPE/USD" })).toMatchObject({
      kind: "rejected",
      reason: "venue_not_tradable",
    });
    expect(count("POST")).toBe(0);
  });

  it("off the increments is a bug, not an order", async () => {
    const { orders, count } = setUpKraken({});
    const btc = { ...ORDER, symbol: "BTC/USD", quantity: decimal("0.001") };
    await expect(orders.submit({ ...btc, limitPrice: decimal("100.2") })).rejects.toThrow(
      "BTC/USD: 100.2 would be sent as 100",
    );
    await expect(orders.submit({ ...ORDER, quantity: decimal("1.000000001") })).rejects.toThrow();
    expect(count("POST")).toBe(0);
  });

  it("without markets never leaves", async () => {
    const { orders, count } = setUpKraken({
      "GET /0/public/AssetPairs": refusal("EService:Unavailable"),
    });
    expect(await orders.submit(ORDER)).toMatchObject({ kind: "rejected", reason: "broker_busy" });
    expect(count("POST")).toBe(0);
  });
});

describe("a cancel", () => {
  const cancel = (
    script: Parameters<typeof setUpKraken>[0],
    ref: typeof REF | typeof UNANSWERED = REF,
  ) => setUpKraken(script).orders.cancel(ref);
  const gone = refusal("EOrder:Unknown order");

  it("names the order by Kraken's id, or by ours where that is all there is", async () => {
    const { orders, sentTo } = setUpKraken({ CancelOrder: result({ count: 1 }) });
    expect(await orders.cancel(REF)).toEqual({ kind: "requested" });
    expect(await orders.cancel(UNANSWERED)).toEqual({ kind: "requested" });
    expect(sentTo("CancelOrder")).toMatchObject([{ txid: TXID }, { cl_ord_id: ORDER.id }]);
    expect(sentTo("CancelOrder")[1]).not.toHaveProperty("txid");
  });

  it("tells an order that has ended from one that never was", async () => {
    expect(await cancel({ CancelOrder: gone, QueryOrders: queried({ status: "closed" }) })).toEqual(
      {
        kind: "not_cancelable",
        message: "the order is closed",
      },
    );
    expect(await cancel({ CancelOrder: gone, QueryOrders: result({}) })).toEqual({
      kind: "not_found",
    });
    const nothing = {
      OpenOrders: result({ open: {} }),
      ClosedOrders: result({ closed: {}, count: 0 }),
    };
    expect(await cancel({ CancelOrder: gone, ...nothing }, UNANSWERED)).toEqual({
      kind: "not_found",
    });
  });

  it("that Kraken neither takes nor explains is of unknown fate", async () => {
    expect(await cancel({ CancelOrder: gone, QueryOrders: queried() })).toMatchObject({
      kind: "unknown",
    });
    expect(await cancel({ CancelOrder: () => "hang" })).toEqual({
      kind: "unknown",
      cause: "timeout",
    });
    expect(await cancel({ CancelOrder: refusal("EAPI:Invalid nonce") })).toEqual({
      kind: "unknown",
      cause: "HTTP 200 EAPI:Invalid nonce",
    });
    expect(await cancel({ CancelOrder: result({}) })).toMatchObject({ kind: "unknown" });
  });
});

describe("a replacement", () => {
  it("is refused before anything leaves", async () => {
    const { orders, count } = setUpKraken({});
    const next: Replacement = {
      ...ORDER,
      id: "0193aaaa-0000-7000-8000-000000000002",
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
  it("are listed with our ids where they can be ours", async () => {
    const { orders } = setUpKraken({
      OpenOrders: result({
        open: {
          [TXID]: wire(),
          "OBYHND-000AA-AAAAAA": wire({ cl_ord_id: null, status: "pending" }),
          "OOTHER-000AA-AAAAAA": wire({ cl_ord_id: "by-hand", descr: { pair: "XDGEUR" } }),
        },
      }),
    });
    expect(await orders.openOrders()).toMatchObject({
      kind: "listed",
      orders: [
        { orderId: ORDER.id, brokerOrderId: TXID, symbol: "DOGE/USD" },
        { orderId: null, brokerOrderId: "OBYHND-000AA-AAAAAA", event: "accepted" },
        { orderId: null, brokerOrderId: "OOTHER-000AA-AAAAAA", symbol: "XDGEUR" },
      ],
    });
  });

  it("say how far each is, and which stop has been elected", async () => {
    const { orders } = setUpKraken({
      OpenOrders: result({
        open: { [TXID]: wire({ vol_exec: "2.50000000", misc: "stopped,touched" }) },
      }),
    });
    expect(await orders.openOrders()).toMatchObject({
      orders: [{ filled: "2.5", event: "new", isTriggered: true, venueStatus: "open" }],
    });
  });

  it.each([
    ["nothing", () => "hang" as const],
    ["a refusal", refusal("EAPI:Rate limit exceeded")],
    ["no list", result({})],
    ["a list with an order that makes no sense", result({ open: { [TXID]: { status: "open" } } })],
  ])("are unknown where the answer is %s: never a part of them", async (_, OpenOrders) => {
    expect(await setUpKraken({ OpenOrders }).orders.openOrders()).toMatchObject({
      kind: "unknown",
    });
  });
});
