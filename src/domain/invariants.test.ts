import { describe, expect, it } from "vitest";
import { type Account, openAccount, orderOf, storePosition } from "./account.ts";
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

/** Four of ten bought. */
const SOUND: Account = applyReport(placeOrder(openAccount(d("1000")), BUY).account, {
  orderId: "a",
  brokerOrderId: "v",
  event: "partial_fill",
  execution: {
    id: "x",
    quantity: d("4"),
    price: d("10"),
    fee: d("1"),
    feeAsset: "USD",
    liquidity: null,
  },
  reason: null,
  venueStatus: "",
  at: new Date(0),
}).account;

const withOrder = (change: object): Account => ({
  ...SOUND,
  orders: new Map([["a", { ...orderOf(SOUND, "a"), ...change }]]),
});

describe("an account is found unsound where", () => {
  it("nothing is wrong: never", () => {
    expect(invariants(SOUND)).toEqual([]);
    expect(invariants(openAccount(ZERO))).toEqual([]);
  });

  it.each<[string, Account, RegExp]>([
    [
      "a transaction does not balance",
      {
        ...SOUND,
        ledger: [
          ...SOUND.ledger,
          { seq: 1, kind: "deposit", entries: deposit(d("1")).slice(0, 1) },
        ],
      },
      /^1 deposit at 1: .*USD are off by 1/,
    ],
    [
      "something is negative",
      {
        ...SOUND,
        ledger: [...SOUND.ledger, { seq: 1, kind: "deposit", entries: deposit(d("-2000")) }],
      },
      /^2 cash is -/,
    ],
    [
      "a reservation is negative, overdrawn or not",
      {
        ...SOUND,
        overdrawn: true,
        ledger: [
          ...SOUND.ledger,
          {
            seq: 1,
            kind: "release",
            entries: [{ account: "cash_reserved", asset: "USD", amount: d("-99") }],
          },
        ],
      },
      /^2 cash_reserved is -39/,
    ],
    [
      "orders hold other cash",
      withOrder({ reservedAmount: d("1") }),
      /^3 cash_reserved: 60 stored, 1 computed/,
    ],
    [
      "orders hold other units",
      withOrder({ reservedQuantity: d("1") }),
      /^3 reserved of F: 0 stored, 1 /,
    ],
    [
      "a closed order holds cash",
      withOrder({ status: "canceled" }),
      /^3 cash held by closed orders: 60/,
    ],
    [
      "a position is not what the ledger says",
      storePosition(SOUND, "F", NO_POSITION),
      /^8 qty:F is 4 without/,
    ],
    [
      "a quantity is not what the ledger says",
      storePosition(SOUND, "F", { ...NO_POSITION, quantity: d("5"), cost: d("40") }),
      /^4 F: 5 stored, 4 computed/,
    ],
    [
      "money has come from nowhere",
      { ...SOUND, realized: d("1") },
      /^5 money: 999 stored, 1000 computed/,
    ],
    [
      "an order has filled without trades",
      { ...SOUND, trades: [] },
      /^6 filled of a: 4 stored, 0 computed/,
    ],
    [
      "the journal has a hole",
      { ...SOUND, journal: SOUND.journal.slice(1) },
      /^7 the journal has a hole before 2/,
    ],
    [
      "two transactions belong to an event",
      { ...SOUND, ledger: [...SOUND.ledger, { seq: 3, kind: "release", entries: [] }] },
      /^7 event 3 has not exactly one/,
    ],
    [
      "a balance cannot be rebuilt",
      { ...SOUND, netDeposits: d("1") },
      /^8 net_deposits: 1 stored, 1000 /,
    ],
    [
      "an order is not what its events say",
      withOrder({ version: 9 }),
      /^8 order a: partially_filled v9/,
    ],
  ])("%s", (_name, account, line) => {
    expect(invariants(account).some((found) => line.test(found))).toBe(true);
  });
});
