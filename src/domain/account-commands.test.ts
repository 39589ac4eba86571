import { describe, expect, it } from "vitest";
import { type Account, openAccount, orderOf } from "./account.ts";
import {
  applyReport,
  type Draft,
  placeOrder,
  recordAnswer,
  refuseCancel,
  requestCancel,
} from "./account-commands.ts";
import { decimal, ZERO } from "./decimal.ts";
import type { BrokerReport } from "./execution.ts";
import { invariants } from "./invariants.ts";
import type { OrderStatus, OrderTerms } from "./order.ts";

const d = (text: string) => decimal(text);

const TERMS: OrderTerms = {
  symbol: "F",
  assetType: "stock",
  side: "buy",
  type: "limit",
  quantity: d("10"),
  notional: null,
  limitPrice: d("10"),
  stopPrice: null,
  timeInForce: "day",
};
const BUY: Draft = {
  id: "a",
  clientOrderId: null,
  terms: TERMS,
  feeRate: ZERO,
  reservation: { amount: d("100"), quantity: ZERO, price: d("10"), sentAs: null },
  denial: null,
};
const SELL: Draft = {
  ...BUY,
  terms: { ...TERMS, side: "sell" },
  reservation: { amount: ZERO, quantity: d("10"), price: null, sentAs: null },
};
const COLLARED: Draft = {
  ...BUY,
  terms: { ...TERMS, type: "market", limitPrice: null },
  reservation: {
    ...BUY.reservation,
    sentAs: { type: "limit", timeInForce: "ioc", limitPrice: d("10") },
  },
};

const reportOf = (event: BrokerReport["event"], orderId = "a"): BrokerReport => ({
  orderId,
  brokerOrderId: `venue-${orderId}`,
  event,
  execution: null,
  reason: null,
  venueStatus: event,
  at: new Date("2026-11-23T15:00:00Z"),
});

function fillOf(quantity: string, orderId = "a", id = "x1"): BrokerReport {
  const execution = {
    id,
    quantity: d(quantity),
    price: d("10"),
    fee: ZERO,
    feeAsset: "USD",
    liquidity: null,
  };
  return { ...reportOf("partial_fill", orderId), execution };
}

/** Plays reports that must all be applied. */
function told(account: Account, ...reports: BrokerReport[]): Account {
  return reports.reduce((before, report) => {
    const { account: next, kind } = applyReport(before, report);
    expect(kind).toBe("applied");
    expect(invariants(next)).toEqual([]);
    return next;
  }, account);
}

const placed = (draft: Draft = BUY, cash = "100") =>
  placeOrder(openAccount(d(cash)), draft).account;
const statusOf = (account: Account, id = "a"): OrderStatus => orderOf(account, id).status;
const holding = () => told(placed(), fillOf("10"));

describe("placing", () => {
  it("refuses what there is no money for, and keeps the order with the numbers", () => {
    const { account, kind, order } = placeOrder(openAccount(d("99.99")), BUY);
    expect(kind).toBe("denied");
    expect(order).toMatchObject({
      status: "rejected",
      rejectionReason: "insufficient_buying_power",
      refusal: { required: "100", available: "99.99" },
      reservedAmount: "0",
    });
    expect(account.journal.at(-1)).toEqual({
      seq: 3,
      event: "denied",
      orderId: "a",
      status: "rejected",
    });
    expect(invariants(account)).toEqual([]);
  });

  it("is written down with each step that follows, and with what each moves", () => {
    expect(placeOrder(openAccount(d("100")), BUY).kind).toBe("placed");
    const account = told(placed(), reportOf("accepted"), fillOf("4"), reportOf("expired"));
    expect(account.journal.slice(2).map(({ event, status }) => `${event} ${status}`)).toEqual([
      "pending_new pending_new",
      "accepted accepted",
      "partial_fill partially_filled",
      "expired expired",
    ]);
    expect(account.ledger.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([
      "2 deposit",
      "3 reserve",
      "5 fill",
      "6 release",
    ]);
  });

  it("refuses to sell what is not free, and names what holds it, the oldest first", () => {
    const part = (id: string, side: "buy" | "sell" = "sell", symbol = "F"): Draft => {
      const draft = side === "buy" ? BUY : SELL;
      const quantity = d(side === "buy" ? "0" : "1");
      const reservation = { ...draft.reservation, amount: ZERO, quantity };
      return { ...draft, id, terms: { ...draft.terms, symbol, quantity: d("1") }, reservation };
    };
    const rich = told(placed(BUY, "1000"), fillOf("10"));
    const coins = told(placeOrder(rich, part("t", "buy", "T")).account, fillOf("1", "t"));
    const selling = [part("d"), part("b"), part("e"), part("x", "sell", "T"), part("y", "buy")];
    const busy = selling.reduce((account, draft) => placeOrder(account, draft).account, coins);
    const ended = told(busy, reportOf("canceled", "e"));
    expect(placeOrder(ended, { ...SELL, id: "c" }).order.refusal).toEqual({
      code: "insufficient_quantity",
      symbol: "F",
      required: "10",
      available: "8",
      heldBy: ["b", "d"],
      orderId: "c",
    });
  });

  it("keeps an order as it was asked for, with nothing filled yet", () => {
    const sentAs = { type: "limit", timeInForce: "ioc", limitPrice: d("10") } as const;
    expect(placeOrder(openAccount(d("100")), COLLARED).order).toEqual({
      ...COLLARED.terms,
      id: "a",
      clientOrderId: null,
      status: "pending_new",
      statusBefore: null,
      filledQuantity: "0",
      filledValue: "0",
      reservePrice: "10",
      feeRate: "0",
      reservedAmount: "100",
      reservedQuantity: "0",
      fees: "0",
      feesCharged: "0",
      refusal: null,
      rejectionReason: null,
      cancelReason: null,
      brokerOrderId: null,
      sentAs,
      triggered: false,
      version: 1,
    });
  });

  it.each([
    [{ suspended: true }, BUY, "trading_suspended"],
    [{ suspended: true }, SELL, "trading_suspended"],
    [{ closingOnly: true }, BUY, "trading_suspended"],
    [{ closingOnly: true }, SELL, undefined],
    [{ restricted: true }, BUY, "account_restricted"],
    [{ restricted: true }, SELL, undefined],
    [
      {},
      { ...BUY, denial: { code: "asset_not_tradable", symbol: "F" } as const },
      "asset_not_tradable",
    ],
  ])("minds %j", (flags, draft, code) => {
    expect(placeOrder({ ...holding(), ...flags }, { ...draft, id: "b" }).order.refusal?.code).toBe(
      code,
    );
  });

  it("happens once for a client order id, also for a notional order that has filled since", () => {
    const wish: Draft = {
      ...BUY,
      clientOrderId: "mine",
      terms: { ...TERMS, type: "market", quantity: null, notional: d("100"), limitPrice: null },
    };
    expect(statusOf(told(placed(wish), fillOf("4")))).toBe("partially_filled");
    const account = told(placed(wish), { ...fillOf("10"), event: "fill" });
    expect(orderOf(account, "a")).toMatchObject({ status: "filled", quantity: "10" });
    expect(placeOrder(account, { ...wish, id: "b" })).toMatchObject({
      kind: "replayed",
      order: { id: "a" },
    });
    expect(placeOrder(account, { ...BUY, id: "b", clientOrderId: "mine" }).kind).toBe("conflict");
    expect(placeOrder(account, { ...wish, id: "b", clientOrderId: null }).kind).toBe("denied");
  });

  it.each<Partial<OrderTerms>>([
    { symbol: "T" },
    { side: "sell" },
    { type: "stop_limit" },
    { quantity: d("9") },
    { quantity: null, notional: d("10") },
    { limitPrice: d("9") },
    { stopPrice: d("9") },
    { timeInForce: "gtc" },
  ])("is a conflict where the same client order id comes with %o", (change) => {
    const keyed: Draft = { ...BUY, clientOrderId: "mine" };
    const account = placed(keyed);
    expect(placeOrder(account, { ...keyed, id: "b" })).toMatchObject({
      account,
      kind: "replayed",
      order: { id: "a" },
    });
    const other = placeOrder(account, { ...keyed, id: "b", terms: { ...TERMS, ...change } });
    expect(other).toMatchObject({ account, kind: "conflict", order: { id: "a" } });
    const own: Draft = { ...keyed, id: "b", clientOrderId: "another" };
    expect(placeOrder(account, own).order.id).toBe("b");
  });
});

describe("the broker's answer", () => {
  it("puts the order to work, once", () => {
    const accepted = { kind: "accepted", event: "new", brokerOrderId: "v1" } as const;
    const first = recordAnswer(placed(), "a", accepted);
    expect(orderOf(first.account, "a")).toMatchObject({ status: "new", brokerOrderId: "v1" });
    const again = recordAnswer(first.account, "a", { ...accepted, brokerOrderId: "v2" });
    expect(again.kind).toBe("repeated");
    expect(orderOf(again.account, "a")).toMatchObject({ version: 2, brokerOrderId: "v1" });
  });

  it("gives the reservation back when it is a rejection", () => {
    const { account } = recordAnswer(placed(), "a", {
      kind: "rejected",
      reason: "venue_wash_trade",
    });
    expect(orderOf(account, "a")).toMatchObject({
      status: "rejected",
      rejectionReason: "venue_wash_trade",
    });
    expect(account.cashReserved).toBe("0");
    expect(orderOf(account, "a")).toMatchObject({ reservedAmount: "0", statusBefore: null });
  });

  it("makes a rejection the end of a cancel that was asked for", () => {
    const asked = requestCancel(placed(), "a").account;
    const { account } = recordAnswer(asked, "a", { kind: "rejected", reason: "venue_rejected" });
    expect(orderOf(account, "a")).toMatchObject({
      status: "canceled",
      cancelReason: "venue_rejected",
    });
  });

  it("is a fault for an order that the account does not have", () => {
    expect(() => refuseCancel(placed(), "b")).toThrow("no order b");
  });
});

describe("canceling", () => {
  it("waits for the venue, which may refuse", () => {
    const asked = requestCancel(told(placed(), reportOf("new")), "a");
    expect(asked).toMatchObject({ kind: "pending", account: { cashReserved: "100" } });
    expect(requestCancel(asked.account, "a").kind).toBe("pending");
    const refused = refuseCancel(asked.account, "a");
    expect(statusOf(refused.account)).toBe("new");
    expect(refuseCancel(refused.account, "a").kind).toBe("repeated");
  });

  it("returns to what the venue has said meanwhile", () => {
    const asked = requestCancel(placed(), "a").account;
    const answered = applyReport(asked, reportOf("accepted"));
    expect(answered.kind).toBe("repeated");
    const again = applyReport(answered.account, reportOf("accepted")).account;
    expect(statusOf(told(again, reportOf("cancel_rejected")))).toBe("accepted");
  });

  it("returns to no older word of the venue's than it had", () => {
    const asked = requestCancel(told(placed(), reportOf("new")), "a").account;
    const late = applyReport(asked, reportOf("accepted"));
    expect(late.kind).toBe("repeated");
    expect(statusOf(told(late.account, reportOf("cancel_rejected")))).toBe("new");
    const working = told(placed(), reportOf("new"));
    expect(orderOf(applyReport(working, reportOf("new")).account, "a").statusBefore).toBeNull();
  });

  it("gives back what the order held, once the venue has confirmed", () => {
    const selling = placeOrder(holding(), { ...SELL, id: "b" }).account;
    expect(selling.positions.get("F")).toMatchObject({ quantity: "10", reserved: "10" });
    const canceled = told(requestCancel(selling, "b").account, reportOf("canceled", "b"));
    expect(canceled.positions.get("F")).toMatchObject({ quantity: "10", reserved: "0" });
    expect(orderOf(canceled, "b")).toMatchObject({
      status: "canceled",
      statusBefore: null,
      reservedQuantity: "0",
      cancelReason: "client",
    });
  });

  it("says what became of the order", () => {
    const canceled = told(placed(), reportOf("canceled"));
    expect(requestCancel(canceled, "a").kind).toBe("canceled");
    expect(requestCancel(holding(), "a").kind).toBe("not_cancelable");
    expect(requestCancel(canceled, "b").kind).toBe("not_found");
  });

  it("ends as the venue says, by the client's wish", () => {
    const asked = requestCancel(told(placed(COLLARED), reportOf("new")), "a").account;
    expect(orderOf(told(asked, reportOf("expired")), "a")).toMatchObject({
      status: "expired",
      cancelReason: "client",
    });
  });
});

describe("a report", () => {
  it("of an execution is booked once", () => {
    const account = told(placed(), reportOf("accepted"), reportOf("new"), fillOf("4"));
    expect(account.trades).toEqual([
      {
        id: "x1",
        orderId: "a",
        brokerOrderId: "venue-a",
        quantity: "4",
        price: "10",
        value: "40",
        fee: "0",
        feeAsset: "USD",
        feeUsd: "0",
        feeMark: null,
        liquidity: null,
      },
    ]);
    expect(applyReport(account, fillOf("4"))).toEqual({ account, kind: "repeated" });
    // The same number of another order is another execution.
    const second = placeOrder(account, {
      ...SELL,
      id: "b",
      terms: { ...SELL.terms, quantity: d("4") },
      reservation: { ...SELL.reservation, quantity: d("4") },
    }).account;
    expect(told(second, fillOf("4", "b")).trades).toHaveLength(2);
    expect(statusOf(told(account, fillOf("6", "a", "x2")))).toBe("filled");
  });

  it("without the venue's id is of the order that we know it by", () => {
    const account = told(placed(), fillOf("4"));
    expect(applyReport(account, { ...fillOf("4"), brokerOrderId: null }).kind).toBe("repeated");
  });

  it("of an order that is not ours changes nothing", () => {
    expect(applyReport(placed(), reportOf("new", "b")).kind).toBe("unknown");
  });

  it("of an end comes once, and a collared market buy names its cause", () => {
    const expired = told(placed(), reportOf("expired"));
    expect(statusOf(expired)).toBe("expired");
    expect(applyReport(expired, reportOf("canceled")).kind).toBe("repeated");
    expect(applyReport(expired, reportOf("rejected")).kind).toBe("repeated");
    expect(applyReport(expired, reportOf("replaced")).kind).toBe("repeated");
    expect(expired.journal.map(({ event }) => event).slice(-2)).toEqual(["new", "expired"]);
    expect(orderOf(expired, "a")).toMatchObject({ cancelReason: null, brokerOrderId: "venue-a" });
    const nameless = { ...reportOf("accepted"), brokerOrderId: null };
    const named = told(placed(), nameless, reportOf("expired"));
    expect(orderOf(named, "a").brokerOrderId).toBe("venue-a");
    const accepted = named.journal.map(({ event }) => event).slice(-2);
    expect(accepted).toEqual(["accepted", "expired"]);
    const native: Draft = { ...COLLARED, reservation: BUY.reservation };
    const endless: Draft = { ...BUY, reservation: COLLARED.reservation };
    for (const draft of [native, endless])
      expect(statusOf(told(placed(draft), reportOf("expired")))).toBe("expired");
    const collared = told(placed(COLLARED), fillOf("4"), reportOf("expired"));
    expect(orderOf(collared, "a")).toMatchObject({
      status: "canceled",
      cancelReason: "collar_reached",
    });
  });

  it("of a rejection ends what works, and is illegal for what has filled in part", () => {
    expect(orderOf(told(placed(), reportOf("rejected")), "a").rejectionReason).toBe(
      "venue_rejected",
    );
    const part = told(placed(), fillOf("4"));
    expect(applyReport(part, reportOf("rejected"))).toEqual({ account: part, kind: "illegal" });
    const asked = requestCancel(part, "a").account;
    expect(applyReport(asked, reportOf("rejected")).kind).toBe("illegal");
  });

  it("of an election marks a stop once; a first fill tells it too", () => {
    const stop: Draft = {
      ...BUY,
      terms: { ...TERMS, type: "stop", limitPrice: null, stopPrice: d("10") },
    };
    const elected = told(placed(stop), reportOf("triggered"));
    expect(orderOf(elected, "a")).toMatchObject({ status: "new", triggered: true, version: 3 });
    expect(applyReport(elected, reportOf("triggered")).kind).toBe("repeated");
    expect(orderOf(told(placed(), fillOf("4")), "a").triggered).toBe(false);
    const filled = told(placed(stop), fillOf("4"));
    expect(orderOf(filled, "a").triggered).toBe(true);
    expect(applyReport(filled, reportOf("triggered")).kind).toBe("illegal");
  });

  it("that the table of transitions does not have is illegal", () => {
    const account = told(placed(), reportOf("new"));
    expect(applyReport(account, reportOf("replaced"))).toEqual({ account, kind: "illegal" });
    const order = { ...orderOf(account, "a"), status: "pending_replace" as const };
    const replacing = { ...account, orders: new Map([["a", order]]) };
    expect(applyReport(replacing, reportOf("canceled")).kind).toBe("illegal");
    expect(applyReport(replacing, reportOf("rejected")).kind).toBe("illegal");
  });
});

describe("a fill after the end", () => {
  it("overdraws and restricts, until the account is back above", () => {
    const twice = placeOrder(told(placed(), reportOf("canceled")), { ...BUY, id: "b" }).account;
    const short = told(twice, fillOf("10"));
    expect(short).toMatchObject({ cash: "0", overdrawn: true });
    expect(short.journal.at(-1)?.event).toBe("restricted");
    const released = told(short, reportOf("canceled", "b"));
    expect(released).toMatchObject({ overdrawn: false });
    expect(released.journal.map(({ event }) => event).slice(-2)).toEqual([
      "canceled",
      "reinstated",
    ]);
  });

  it("leaves a restriction of the operator's in place, which says nothing of its own", () => {
    const twice = placeOrder(told(placed(), reportOf("canceled")), { ...BUY, id: "b" }).account;
    const short = told({ ...twice, restricted: true }, fillOf("10"));
    expect(short).toMatchObject({ overdrawn: true, restricted: true });
    const released = told(short, reportOf("canceled", "b"));
    expect(released).toMatchObject({ overdrawn: false, restricted: true });
    expect(released.journal.at(-1)?.event).toBe("canceled");
    expect(placeOrder(released, { ...BUY, id: "c" }).order.refusal?.code).toBe(
      "account_restricted",
    );
  });

  it("keeps an emptied position open while an order holds units of it", () => {
    const ended = told(
      placeOrder(holding(), { ...SELL, id: "b" }).account,
      reportOf("canceled", "b"),
    );
    const open = placeOrder(ended, { ...SELL, id: "c" }).account;
    const empty = told(open, fillOf("10", "b"));
    expect(empty.positions.get("F")).toMatchObject({ quantity: "0", reserved: "10" });
    const released = told(empty, reportOf("canceled", "c"));
    expect(released.positions.size).toBe(0);
    expect(released.closedPositions).toHaveLength(1);
  });
});
