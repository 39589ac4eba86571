/** Accounts with a past: what their orders did, written by the functions that write it for everybody. */

import { newId } from "../../src/domain/id.ts";
import { createWatchlistRepository } from "../../src/watchlists/repository.ts";
import { type Account, openAccount, reportOf, type Wish } from "../../test/orders/account.ts";
import type { BenchDatabase } from "../platform.ts";

const CASH = "1000000";
const DAY_MS = 86_400_000;
const LISTS_MAX = 20;
/** Nobody has chosen it, so that no link asks it about orders of which it has never heard. */
const ELSEWHERE = "kraken";

/** Ten orders: bought and sold, in one execution and in two, in full and in part, canceled, run out, still open. */
export async function openTrader(
  database: BenchDatabase,
  symbols: readonly [string, string, string],
  seed: number,
): Promise<Account> {
  const account = await openAccount(database, CASH);
  const [first, second, third] = symbols;
  const lot = 10 + seed;
  const price = `${3 + (seed % 7)}.${10 + seed}`;
  const wish = (symbol: string, side: Wish["side"], quantity: number): Wish => ({
    symbol,
    side,
    quantity: String(quantity),
    limitPrice: price,
  });
  const coins: Wish = {
    ...wish("DOGE/USD", "buy", 40 * lot),
    exchange: ELSEWHERE,
    feeRate: "0.004",
  };

  await fill(account, wish(first, "buy", lot), [lot - 4, 4]);
  await fill(account, wish(second, "buy", 20), [20]);
  await fill(account, wish(third, "buy", lot), [lot]);
  await fill(account, wish(first, "sell", 4), [4]);
  await fill(account, wish(second, "sell", 20), [20]);
  await fill(account, wish(third, "buy", 2 * lot), [2 * lot]);
  await fill(account, coins, [40 * lot], "0.37");
  await end(account, wish(first, "buy", lot), "canceled");
  await end(account, wish(second, "buy", lot), "expired");
  await account.working(coins);
  await keepList(account, symbols);
  return account;
}

/** An order a symbol and day, newest last; what it holds, of every symbol, and the orders, of which each fifth was canceled. */
export async function openInvestor(
  database: BenchDatabase,
  symbols: readonly string[],
  orders: number,
): Promise<{ readonly account: Account; readonly orderIds: readonly string[] }> {
  const startMs = Date.now() - orders * DAY_MS;
  let day = 0;
  const account = await openAccount(database, CASH, () => new Date(startMs + day * DAY_MS));
  const orderIds: string[] = [];
  for (day = 1; day <= orders; day += 1) {
    const symbol = symbols[day % symbols.length] ?? "";
    const wish: Wish = { symbol, side: "buy", quantity: "3", limitPrice: "4.50" };
    const isCanceled = day > symbols.length && day % 5 === 0;
    const order = await (isCanceled ? end(account, wish, "canceled") : fill(account, wish, [3]));
    orderIds.push(order);
  }
  await keepList(account, symbols);
  return { account, orderIds };
}

async function fill(
  account: Account,
  wish: Wish,
  quantities: readonly number[],
  fee = "0",
): Promise<string> {
  const order = await account.working(wish);
  const last = quantities.length - 1;
  for (const [index, quantity] of quantities.entries()) {
    const execution = account.execution(String(quantity), wish.limitPrice, fee);
    const event = index === last ? "fill" : "partial_fill";
    await account.report(order, reportOf(order, event, execution));
  }
  return order.id;
}

async function end(account: Account, wish: Wish, event: "canceled" | "expired"): Promise<string> {
  const order = await account.working(wish);
  await account.report(order, reportOf(order, event));
  return order.id;
}

async function keepList({ db, principal }: Account, symbols: readonly string[]): Promise<void> {
  const list = { id: newId(), name: "Watched", symbols: [...symbols] };
  const saved = await createWatchlistRepository(db).create(principal, list, LISTS_MAX, new Date());
  if (saved.kind !== "saved") throw new Error(saved.kind);
}
