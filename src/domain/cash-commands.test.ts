import { describe, expect, it } from "vitest";
import { openAccount } from "./account.ts";
import { applyReport, type Draft, placeOrder } from "./account-commands.ts";
import { depositCash, resetAccount } from "./cash-commands.ts";
import { decimal, ZERO } from "./decimal.ts";
import type { BrokerReport } from "./execution.ts";
import { invariants } from "./invariants.ts";
import { deposit } from "./ledger.ts";

const d = (text: string) => decimal(text);

const BUY: Draft = {
  id: "a",
  clientOrderId: "mine",
  terms: {
    symbol: "F",
    assetType: "stock",
    side: "buy",
    type: "limit",
    quantity: d("10"),
    notional: null,
    limitPrice: d("10"),
    stopPrice: null,
    timeInForce: "day",
  },
  feeRate: ZERO,
  reservation: { amount: d("100"), quantity: ZERO, price: d("10"), sentAs: null },
  denial: null,
};
const FILL: BrokerReport = {
  orderId: "a",
  brokerOrderId: "v",
  event: "fill",
  execution: {
    id: "x",
    quantity: d("10"),
    price: d("9"),
    fee: d("1"),
    feeAsset: "USD",
    liquidity: null,
  },
  reason: null,
  venueStatus: "",
  at: new Date(0),
};
const working = placeOrder(openAccount(d("100")), BUY).account;
const holding = applyReport(working, FILL).account;

describe("a deposit", () => {
  it("adds to cash and to what was put in", () => {
    const richer = depositCash(holding, d("5.5"));
    expect(richer).toMatchObject({ cash: "14.5", netDeposits: "105.5" });
    expect(richer.journal.at(-1)).toMatchObject({ event: "deposit", seq: 5 });
    expect(richer.ledger.at(-1)).toEqual({ seq: 5, kind: "deposit", entries: deposit(d("5.5")) });
    expect(invariants(richer)).toEqual([]);
  });

  it("of nothing leaves no trace", () => {
    expect(depositCash(holding, ZERO)).toBe(holding);
  });

  it("lifts an overdraft", () => {
    const late: BrokerReport = {
      ...FILL,
      execution: FILL.execution && { ...FILL.execution, id: "y" },
    };
    const short = applyReport(holding, late).account;
    expect(short).toMatchObject({ cash: "-82", overdrawn: true });
    const funded = depositCash(short, d("82"));
    expect(funded).toMatchObject({ cash: "0", overdrawn: false });
    expect(funded.journal.at(-1)?.event).toBe("reinstated");
  });
});

describe("a reset", () => {
  it("leaves nothing but its cash, and counts from there", () => {
    const { kind, account } = resetAccount(holding, d("50"));
    expect(kind).toBe("reset");
    expect(account).toMatchObject({ cash: "50", netDeposits: "50", realized: "0", fees: "0" });
    expect(account.positions.size).toBe(0);
    expect(account.journal.slice(-2).map(({ event }) => event)).toEqual(["reset", "deposit"]);
    expect(account.ledger.at(-2)).toMatchObject({
      kind: "reset",
      entries: [
        { account: "cash", amount: "-9" },
        { account: "adjustment", amount: "9" },
        { account: "qty:F", amount: "-10" },
        { account: "adjustment", asset: "F", amount: "10" },
      ],
    });
    expect(invariants(account)).toEqual([]);
  });

  it("may leave nothing at all", () => {
    const { account } = resetAccount(resetAccount(holding, ZERO).account, ZERO);
    expect(account).toMatchObject({ cash: "0", netDeposits: "0" });
    expect(account.ledger.at(-1)?.seq).toBe(account.journal.length - 1);
    expect(invariants(account)).toEqual([]);
  });

  it("waits for open orders to end", () => {
    expect(resetAccount(working, d("50"))).toEqual({ account: working, kind: "open_orders" });
    const draft = { ...BUY, id: "b", clientOrderId: null };
    const busy = placeOrder(depositCash(holding, d("100")), draft).account;
    expect(resetAccount(busy, d("50"))).toEqual({ account: busy, kind: "open_orders" });
  });

  it("keeps orders and their ids, and books what still fills of them", () => {
    const { account } = resetAccount(holding, d("50"));
    expect(placeOrder(account, { ...BUY, id: "b" }).kind).toBe("replayed");
    const late = applyReport(account, {
      ...FILL,
      event: "partial_fill",
      execution: FILL.execution && { ...FILL.execution, id: "y", quantity: d("2") },
    }).account;
    expect(late).toMatchObject({ cash: "31", fees: "1", realized: "0" });
    expect(late.positions.get("F")).toMatchObject({ quantity: "2", cost: "18" });
    expect(invariants(late)).toEqual([]);
  });
});
