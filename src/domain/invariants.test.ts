import { describe, expect, it } from "vitest";
import {
  type Account,
  type LedgerTransaction,
  openAccount,
  orderOf,
  positionOf,
  storePosition,
} from "./account.ts";
import { applyReport, type Draft, placeOrder } from "./account-commands.ts";
import { decimal, ZERO } from "./decimal.ts";
import { invariants } from "./invariants.ts";
import { deposit } from "./ledger.ts";
import { NO_POSITION } from "./position.ts";

const d = (text: string) => decimal(text);

const BUY: Draft = {
  id: "a",
  clientOrderId: null,
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

const SELL: Draft = {
  ...BUY,
  id: "b",
  terms: { ...BUY.terms, side: "sell", quantity: d("4") },
  reservation: { amount: ZERO, quantity: d("4"), price: null, sentAs: null },
};

const filled = (account: Account, orderId: string, id: string, fill: object): Account =>
  applyReport(account, {
    orderId,
    brokerOrderId: "v",
    event: "partial_fill",
    execution: {
      id,
      quantity: d("4"),
      price: d("10"),
      fee: d("1"),
      feeAsset: "USD",
      liquidity: null,
      ...fill,
    },
    reason: null,
    venueStatus: "",
    at: new Date(0),
  }).account;

/** Four of ten bought. */
const SOUND = filled(placeOrder(openAccount(d("1000")), BUY).account, "a", "x", {});
const TWO = { quantity: d("2"), price: d("12") };
const PART_SOLD = filled(placeOrder(SOUND, SELL).account, "b", "y", TWO);
const ALL_SOLD = filled(PART_SOLD, "b", "z", TWO);

const withOrder = (change: object): Account => ({
  ...SOUND,
  orders: new Map([["a", { ...orderOf(SOUND, "a"), ...change }]]),
});
const withTransaction = (transaction: LedgerTransaction, change: object = {}): Account => ({
  ...SOUND,
  ...change,
  ledger: [...SOUND.ledger, transaction],
});
const held = (change: object): Account =>
  storePosition(SOUND, "F", { ...positionOf(SOUND, "F"), ...change });

describe("an account is found unsound where", () => {
  it("nothing is wrong: never", () => {
    expect(invariants(SOUND)).toEqual([]);
    expect(invariants(openAccount(ZERO))).toEqual([]);
    expect(PART_SOLD).toMatchObject({ realized: "4", closedPositions: [] });
    expect(invariants(PART_SOLD)).toEqual([]);
    expect(ALL_SOLD).toMatchObject({ realized: "8", closedPositions: [{ realized: "8" }] });
    expect(invariants(ALL_SOLD)).toEqual([]);
  });

  it.each<[string, Account, string]>([
    [
      "a transaction does not balance",
      withTransaction({ seq: 1, kind: "deposit", entries: deposit(d("1")).slice(0, 1) }),
      "1 deposit at 1: Error: entries in USD are off by 1",
    ],
    [
      "something is negative",
      withTransaction({ seq: 1, kind: "deposit", entries: deposit(d("-2000")) }),
      "2 cash is -1101",
    ],
    [
      "a reservation is negative, overdrawn or not",
      withTransaction(
        {
          seq: 1,
          kind: "release",
          entries: [{ account: "cash_reserved", asset: "USD", amount: d("-99") }],
        },
        { overdrawn: true },
      ),
      "2 cash_reserved is -39",
    ],
    [
      "orders hold other cash",
      withOrder({ reservedAmount: d("1") }),
      "3 cash_reserved: 60 stored, 1 computed",
    ],
    [
      "orders hold other units",
      withOrder({ reservedQuantity: d("1") }),
      "3 reserved of F: 0 stored, 1 computed",
    ],
    [
      "orders hold units of what there is no position in",
      withOrder({ symbol: "T", reservedQuantity: d("1") }),
      "3 reserved of T: 0 stored, 1 computed",
    ],
    [
      "a position is held for no order",
      held({ reserved: d("1") }),
      "3 reserved of F: 1 stored, 0 computed",
    ],
    [
      "a closed order holds cash",
      withOrder({ status: "canceled" }),
      "3 cash held by closed orders: 60 stored, 0 computed",
    ],
    [
      "no open order holds what is held",
      withOrder({ status: "canceled" }),
      "3 cash_reserved: 60 stored, 0 computed",
    ],
    [
      "a closed order holds units",
      withOrder({ status: "canceled", reservedQuantity: d("2") }),
      "3 units held by closed orders: 2 stored, 0 computed",
    ],
    [
      "a position is not what the ledger says",
      storePosition(SOUND, "F", NO_POSITION),
      "8 qty:F is 4 without a position",
    ],
    [
      "a quantity is not what the ledger says",
      held({ quantity: d("5") }),
      "4 F: 5 stored, 4 computed",
    ],
    [
      "what is held of a position is not what the ledger says",
      held({ reserved: d("1") }),
      "4 reserved F: 1 stored, 0 computed",
    ],
    [
      "money has come from nowhere",
      { ...SOUND, realized: d("1") },
      "5 money: 999 stored, 1000 computed",
    ],
    [
      "an order has filled without trades",
      { ...SOUND, trades: [] },
      "6 filled of a: 4 stored, 0 computed",
    ],
    [
      "an order's fees are not those of its trades",
      withOrder({ fees: d("2") }),
      "6 fees of a: 2 stored, 1 computed",
    ],
    [
      "the journal has a hole",
      { ...SOUND, journal: SOUND.journal.slice(1) },
      "7 the journal has a hole before 2",
    ],
    [
      "two transactions belong to an event",
      withTransaction({ seq: 3, kind: "release", entries: [] }),
      "7 event 3 has not exactly one transaction",
    ],
    [
      "a transaction belongs to no event",
      withTransaction({ seq: 5, kind: "release", entries: [] }),
      "7 event 5 has not exactly one transaction",
    ],
    ["its cash is another", { ...SOUND, cash: d("1") }, "8 cash: 1 stored, 959 computed"],
    [
      "its reserved cash is another",
      { ...SOUND, cashReserved: d("1") },
      "8 cash_reserved: 1 stored, 60 computed",
    ],
    [
      "a balance cannot be rebuilt",
      { ...SOUND, netDeposits: d("1") },
      "8 net_deposits: 1 stored, 1000 computed",
    ],
    [
      "its gains are not those of its positions",
      { ...SOUND, realized: d("1") },
      "8 realized: 1 stored, 0 computed",
    ],
    [
      "its fees are not those of its trades",
      { ...SOUND, fees: d("2") },
      "8 fees: 2 stored, 1 computed",
    ],
    [
      "an order has had another number of events",
      withOrder({ version: 9 }),
      "8 order a: partially_filled v9, its journal says partially_filled v2",
    ],
    [
      "an order is not what its events say",
      withOrder({ status: "new" }),
      "8 order a: new v2, its journal says partially_filled v2",
    ],
  ])("%s", (_name, account, line) => {
    expect(invariants(account)).toContain(line);
  });

  it("what is free is negative, unless it is overdrawn", () => {
    const short = withTransaction({ seq: 4, kind: "deposit", entries: deposit(d("-2000")) });
    expect(invariants({ ...short, overdrawn: true })).not.toContain("2 cash is -1101");
  });
});
