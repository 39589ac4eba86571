import { describe, expect, it } from "vitest";
import { decimal } from "../../domain/decimal.ts";
import {
  isDuplicate,
  toOrderRequest,
  toRejectionReason,
  toReports,
  toSubmitAnswer,
} from "./translate.ts";
import { toHalted, toInstrument, toQuote } from "./translate-market.ts";
import { wireFills, wireOrder, wireSnapshot } from "./wire.ts";

const ORDER = {
  id: "61e69015-8549-4bfd-b9c3-01e75843f47d",
  client_order_id: "0193aaaa-0000-7000-8000-000000000001",
  created_at: "2026-11-20T15:30:00.123456789Z",
  submitted_at: "2026-11-20T15:30:00.200000001Z",
  updated_at: "2026-11-20T15:30:02Z",
  filled_at: null,
  symbol: "F",
  qty: "100",
  filled_qty: "0",
  filled_avg_price: null,
  status: "new",
};
const order = (changes: object) => wireOrder().parse({ ...ORDER, ...changes });
const fills = (...quantities: string[]) =>
  wireFills().parse(
    quantities.map((qty, index) => ({
      activity_type: "FILL",
      id: `20261120153001123::exec-${index + 1}`,
      order_id: ORDER.id,
      transaction_time: "2026-11-20T15:30:01.123Z",
      type: "partial_fill",
      price: "10.25",
      qty,
      side: "buy",
      symbol: "F",
    })),
  );

describe("an order on its way to Alpaca", () => {
  it("goes with our id as its client id and without what it does not have", () => {
    const request = toOrderRequest({
      id: ORDER.client_order_id,
      symbol: "F",
      side: "buy",
      type: "limit",
      quantity: decimal("100"),
      notional: null,
      limitPrice: decimal("10.25"),
      stopPrice: null,
      timeInForce: "day",
    });
    expect(request).toEqual({
      clientOrderId: ORDER.client_order_id,
      symbol: "F",
      side: "buy",
      type: "limit",
      qty: "100",
      limitPrice: "10.25",
      timeInForce: "day",
    });
  });
});

describe("the answer to a submit", () => {
  it.each([
    ["accepted", "accepted"],
    ["pending_new", "accepted"],
    ["held", "accepted"],
    ["new", "new"],
    ["partially_filled", "new"],
    ["filled", "new"],
  ])("of status %s is an order that is %s", (status, event) => {
    expect(toSubmitAnswer(order({ status }))).toEqual({
      kind: "accepted",
      brokerOrderId: ORDER.id,
      event,
      at: new Date("2026-11-20T15:30:00.200Z"),
    });
  });

  it("can be a refusal in a 200", () => {
    expect(toSubmitAnswer(order({ status: "rejected" }))).toMatchObject({ kind: "rejected" });
  });

  it.each([
    [403, "insufficient buying power", "venue_insufficient_funds"],
    [
      403,
      "insufficient qty available for order (requested: 19, available: 0)",
      "venue_insufficient_funds",
    ],
    [403, "potential wash trade detected. use complex orders", "venue_wash_trade"],
    [403, 'asset "X" is not fractionable', "venue_increment"],
    [403, "forbidden.", "broker_unauthorized"],
    [401, "unauthorized.", "broker_unauthorized"],
    [
      422,
      "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria",
      "venue_increment",
    ],
    [422, 'asset "X" not found', "venue_not_tradable"],
    [422, 'asset "X" is not tradable', "venue_not_tradable"],
    [422, "qty must be > 0", "venue_rejected"],
    [429, "too many requests.", "broker_busy"],
  ])("%i %s is %s", (status, message, reason) => {
    expect(toRejectionReason(status, message)).toBe(reason);
  });

  it.each([301, 408, 425, 500, 502, 503, 504])("of HTTP %i does not tell", (status) => {
    expect(toRejectionReason(status, "whatever")).toBeNull();
  });

  it("knows a repetition by status and text", () => {
    expect(isDuplicate(422, "client_order_id must be unique")).toBe(true);
    expect(isDuplicate(422, "qty must be > 0")).toBe(false);
  });
});

describe("the reports of a look-up", () => {
  const events = (reports: ReturnType<typeof toReports>) => reports.map(({ event }) => event);

  it("of a working order says that it works", () => {
    expect(toReports(order({}), [])).toEqual([
      {
        orderId: ORDER.client_order_id,
        brokerOrderId: ORDER.id,
        event: "new",
        execution: null,
        reason: null,
        venueStatus: "new",
        at: new Date("2026-11-20T15:30:00.200Z"),
      },
    ]);
  });

  it("of a filled order are its executions by their own ids, the last one final", () => {
    const reports = toReports(order({ status: "filled", filled_qty: "100" }), fills("40", "60"));
    expect(reports).toMatchObject([
      { event: "partial_fill", execution: { id: "exec-1", quantity: "40", price: "10.25" } },
      { event: "fill", execution: { id: "exec-2", quantity: "60", fee: "0", feeAsset: "USD" } },
    ]);
  });

  it("hold back the end until the executions add up", () => {
    const canceled = order({
      status: "canceled",
      filled_qty: "40",
      canceled_at: "2026-11-20T16:00:00Z",
    });
    expect(events(toReports(canceled, []))).toEqual([]);
    expect(events(toReports(canceled, fills("10")))).toEqual(["partial_fill"]);
    const reports = toReports(canceled, fills("10", "30"));
    expect(events(reports)).toEqual(["partial_fill", "partial_fill", "canceled"]);
    expect(reports.at(-1)?.at).toEqual(new Date("2026-11-20T16:00:00Z"));
  });

  it("take the step that an expiry needs before it", () => {
    expect(events(toReports(order({ status: "expired" }), []))).toEqual(["new", "expired"]);
    expect(events(toReports(order({ status: "rejected" }), []))).toEqual(["rejected"]);
    expect(events(toReports(order({ status: "pending_new" }), []))).toEqual(["accepted"]);
    expect(events(toReports(order({ status: "done_for_day" }), []))).toEqual(["new"]);
  });
});

describe("market data", () => {
  it("reads floats by their shortest text", () => {
    const snapshot = wireSnapshot().parse({
      latestTrade: { t: "2026-11-20T15:30:00.123456789Z", p: 10.31, s: 200, x: "V" },
      latestQuote: { t: "2026-11-20T15:30:00.5Z", bp: 10.3, bs: 700, ap: 10.32, as: 400 },
      minuteBar: null,
      dailyBar: {
        t: "2026-11-20T05:00:00Z",
        o: 10.1,
        h: 10.4,
        l: 10.05,
        c: 10.31,
        v: 1234567,
        n: 9,
        vw: 10.2,
      },
      prevDailyBar: { c: 10.07 },
    });
    expect(toQuote("F", snapshot, 1_800_000_000_000)).toEqual({
      symbol: "F",
      bidPrice: "10.3",
      bidSize: "700",
      askPrice: "10.32",
      askSize: "400",
      price: "10.31",
      size: "200",
      priceAtMs: Date.parse("2026-11-20T15:30:00.123Z"),
      open: "10.1",
      high: "10.4",
      low: "10.05",
      volume: "1234567",
      previousClose: "10.07",
      halted: null,
      atMs: Date.parse("2026-11-20T15:30:00.500Z"),
      confirmedAtMs: 1_800_000_000_000,
      source: "rest",
    });
  });

  it.each([
    ["before the open", "2026-11-20T13:05:00Z", "2026-11-19T05:00:00Z", null, "10.2"],
    ["after the close", "2026-11-20T23:30:00Z", "2026-11-20T05:00:00Z", "10.1", "10.07"],
    ["on the day after", "2026-11-19T20:59:59Z", "2026-11-19T05:00:00Z", "10.1", "10.07"],
  ])("compares with the day before that of the trade, %s", (_name, trade, bar, open, close) => {
    const snapshot = wireSnapshot().parse({
      latestTrade: { t: trade, p: 10.31, s: 200 },
      dailyBar: { t: bar, o: 10.1, h: 10.4, l: 10.05, c: 10.2, v: 5 },
      prevDailyBar: { c: 10.07 },
    });
    expect(toQuote("F", snapshot, 0)).toMatchObject({
      open,
      volume: open && "5",
      previousClose: close,
    });
  });

  it("has nothing to say of a symbol that never traded", () => {
    expect(toQuote("F", {}, 0)).toBeNull();
  });

  it("lists whole and fractional shares, and leaves out names that we cannot spell", () => {
    const asset = {
      symbol: "F",
      name: "Ford",
      exchange: "NYSE",
      tradable: true,
      fractionable: true,
    };
    expect(toInstrument(asset)).toMatchObject({
      symbol: "F",
      venue: "alpaca",
      priceIncrement: null,
      quantityIncrement: "0.000000001",
    });
    expect(toInstrument({ ...asset, fractionable: false })?.quantityIncrement).toBe("1");
    expect(toInstrument({ ...asset, symbol: "BAC.PRK" })).toBeNull();
    expect(toInstrument({ ...asset, symbol: "BTC/USD" })).toBeNull();
  });

  it("reads halts of every tape", () => {
    expect(["2", "H", "P", "Q"].map(toHalted)).toEqual([true, true, true, true]);
    expect(["3", "T"].map(toHalted)).toEqual([false, false]);
    expect(toHalted("5")).toBeNull();
  });
});
