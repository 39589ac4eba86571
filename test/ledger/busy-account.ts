/** An account in whose life everything has happened once. */

import { createAccountRepository } from "../../src/account/repository.ts";
import { decimal, mul, ZERO } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import type { Order, OrderTerms, SentAs } from "../../src/domain/order.ts";
import { reservationFor } from "../../src/domain/reservation.ts";
import type { TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "../orders/account.ts";

const STOCK: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10.00" };
const COIN: Wish = {
  symbol: "DOGE/USD",
  side: "buy",
  quantity: "100",
  limitPrice: "0.30",
  feeRate: "0.0025",
};

export async function openBusyAccount(database: TestDatabase): Promise<Account> {
  const account = await openAccount(database, "1000");
  await beforeReset(account);
  await account.portfolios.reset(account.principal, { amount: decimal("900"), key: "r" }, now());
  await account.portfolios.deposit(account.principal, { amount: decimal("100"), key: "d" }, now());
  await buysAndSells(account);
  await endings(account);
  await replaces(account);
  await configures(account);
  await lateFills(account);
  return account;
}

const now = () => new Date();

async function beforeReset(account: Account): Promise<void> {
  const bought = await account.working(STOCK);
  await account.report(bought, reportOf(bought, "fill", account.execution("10", "9.5", "0.1")));
  const sold = await account.working({ ...STOCK, side: "sell", quantity: "4", limitPrice: "11" });
  await account.report(sold, reportOf(sold, "fill", account.execution("4", "11")));
}

async function buysAndSells(account: Account): Promise<void> {
  const parts = await account.working(STOCK);
  await account.report(
    parts,
    reportOf(parts, "partial_fill", account.execution("3", "9.99", "0.01")),
    reportOf(parts, "fill", account.execution("7", "10", "0.02")),
  );
  // The venue keeps its fee in coins, or in a third asset.
  const coins = await account.working(COIN);
  await account.report(
    coins,
    reportOf(coins, "partial_fill", account.execution("60", "0.2987", "0.15", "DOGE")),
    reportOf(coins, "fill", account.execution("40", "0.3", "0.0001", "BNB")),
  );
  const some = await account.working({ ...COIN, side: "sell", quantity: "33", limitPrice: "0.31" });
  await account.report(some, reportOf(some, "fill", account.execution("33", "0.3111", "0.026")));
  // All of it, so that the position closes; and another one after it.
  const all = await account.working({ ...STOCK, side: "sell", limitPrice: "10.5" });
  await account.report(all, reportOf(all, "fill", account.execution("10", "10.5")));
  const again = await account.working({ ...STOCK, quantity: "20", limitPrice: "8" });
  await account.report(again, reportOf(again, "fill", account.execution("20", "7.77")));
  const notional = await placed(account, { type: "market", quantity: null, notional: "25" });
  await account.report(
    notional,
    reportOf(notional, "partial_fill", account.execution("2", "8")),
    reportOf(notional, "fill", account.execution("1.1", "8")),
  );
}

async function endings(account: Account): Promise<void> {
  const canceled = await account.working({ ...STOCK, quantity: "2", limitPrice: "5" });
  await account.orders.requestCancel(account.principal, canceled.id, now());
  await account.report(canceled, reportOf(canceled, "canceled"));
  const kept = await account.working({ ...STOCK, side: "sell", quantity: "5", limitPrice: "20" });
  await account.orders.requestCancel(account.principal, kept.id, now());
  await account.orders.recordCancel(kept, { kind: "refused", message: "too late" }, now());
  const expired = await account.working({ ...COIN, quantity: "10", limitPrice: "0.1" });
  await account.report(expired, reportOf(expired, "expired"));
  const rejected = await account.place({ ...STOCK, quantity: "1", clientOrderId: "mine" });
  if (rejected.kind !== "placed") throw new Error(rejected.kind);
  const refusal = { kind: "rejected", reason: "venue_wash_trade", message: "wash" } as const;
  await account.orders.recordAnswer(rejected.order, refusal, now());
  await account.place({ ...STOCK, quantity: "1000000" });
  const stop = await placed(account, { type: "stop", quantity: "3", stopPrice: "9" });
  await account.report(stop, reportOf(stop, "new"), reportOf(stop, "triggered"));
  const busted = account.execution("1", "9");
  await account.report(stop, reportOf(stop, "partial_fill", busted));
  const corrected = account.execution("1", "8.9");
  await account.report(stop, { ...reportOf(stop, "restated", corrected), restates: busted.id });
  const collared = await placed(account, {
    type: "market",
    quantity: "4",
    sentAs: { type: "limit", timeInForce: "ioc", limitPrice: decimal("8.32") },
  });
  await account.report(
    collared,
    reportOf(collared, "partial_fill", account.execution("1", "8.3")),
    reportOf(collared, "expired"),
  );
}

async function replaces(account: Account): Promise<void> {
  const swapped = await account.working({ ...STOCK, quantity: "6", limitPrice: "6" });
  const pair = await replace(account, swapped, "8", "6.5");
  // The old one fills on meanwhile.
  const meanwhile = account.execution("2", "6");
  await account.report(swapped, reportOf(swapped, "partial_fill", meanwhile));
  const answer = {
    kind: "replaced",
    brokerOrderId: "venue-2",
    oldFilled: ZERO,
    at: now(),
  } as const;
  await account.orders.recordReplace(pair, answer, now());
  // And what it still tells after the swap is paid for by the new one.
  await account.report(swapped, reportOf(swapped, "partial_fill", account.execution("1", "6")));
  const stands = await account.working({ ...STOCK, quantity: "5", limitPrice: "6" });
  const refused = await replace(account, stands, "4", "6");
  const no = { kind: "rejected", reason: "venue_rejected", message: "no" } as const;
  await account.orders.recordReplace(refused, no, now());
  // One that still waits, with a fill since.
  const waiting = await account.working({ ...STOCK, quantity: "5", limitPrice: "5" });
  await replace(account, waiting, "7", "5");
  await account.report(waiting, reportOf(waiting, "partial_fill", account.execution("1", "5")));
}

async function configures({ db, principal }: Account): Promise<void> {
  const accounts = createAccountRepository(db);
  await accounts.configure(principal, { suspendTrade: true, closingOnly: null }, now());
  await accounts.configure(principal, { suspendTrade: false, closingOnly: true }, now());
  await accounts.configure(principal, { suspendTrade: null, closingOnly: false }, now());
}

/** Restricted by one, and back after a deposit. */
async function lateFills(account: Account): Promise<void> {
  const late = await account.working({ ...STOCK, quantity: "1", limitPrice: "1" });
  await account.report(late, reportOf(late, "canceled"));
  await account.report(late, reportOf(late, "fill", account.execution("900", "1")));
  const { amount } = { amount: decimal("2000") };
  await account.portfolios.deposit(account.principal, { amount, key: null }, now());
}

interface Terms {
  readonly type: OrderTerms["type"];
  readonly quantity: string | null;
  readonly notional?: string;
  readonly stopPrice?: string;
  readonly sentAs?: SentAs;
}

/** A buy of stock that is no limit order. */
async function placed(account: Account, terms: Terms): Promise<Order> {
  const quantity = terms.quantity === null ? null : decimal(terms.quantity);
  const price = decimal(terms.stopPrice ?? "8.32");
  const result = await account.orders.place(
    {
      id: newId(),
      principal: account.principal,
      clientOrderId: null,
      terms: {
        symbol: "F",
        assetType: "stock",
        side: "buy",
        type: terms.type,
        quantity,
        notional: terms.notional === undefined ? null : decimal(terms.notional),
        limitPrice: null,
        stopPrice: terms.stopPrice === undefined ? null : decimal(terms.stopPrice),
        timeInForce: "day",
      },
      venue: "alpaca",
      feeRate: ZERO,
      reservation: {
        amount:
          quantity === null
            ? decimal(terms.notional ?? "0")
            : reservationFor(quantity, price, ZERO),
        quantity: ZERO,
        price: quantity === null ? null : price,
        sentAs: terms.sentAs ?? null,
      },
      denial: null,
    },
    now(),
  );
  if (result.kind !== "placed") throw new Error(result.kind);
  return result.order;
}

async function replace(account: Account, order: Order, quantity: string, limitPrice: string) {
  const old = await account.read(order);
  const terms = { ...old, quantity: decimal(quantity), limitPrice: decimal(limitPrice) };
  const result = await account.orders.requestReplace(
    account.principal,
    {
      id: newId(),
      old,
      clientOrderId: null,
      terms,
      reservation: {
        amount: mul(terms.quantity, terms.limitPrice),
        quantity: ZERO,
        price: terms.limitPrice,
        sentAs: null,
      },
    },
    now(),
  );
  if (result.kind !== "requested") throw new Error(result.kind);
  return result;
}
