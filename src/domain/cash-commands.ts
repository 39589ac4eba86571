/** Money that comes and goes without an order. Pure. */

import { type Account, append, post, settle } from "./account.ts";
import { type Decimal, isZero, ZERO } from "./decimal.ts";
import { balances, deposit, reset } from "./ledger.ts";
import { isOpen } from "./order.ts";

export interface Reset {
  readonly account: Account;
  /** `open_orders`: nothing has changed. */
  readonly kind: "reset" | "open_orders";
}

/** Adds `amount`; one that is zero leaves no trace. */
export function depositCash(account: Account, amount: Decimal): Account {
  if (isZero(amount)) return account;
  return settle(post(append(account, "deposit"), "deposit", deposit(amount)));
}

/** Starts over with `cash`: nothing is held any more, and what was earned, paid and put in before counts no more. */
export function resetAccount(account: Account, cash: Decimal): Reset {
  const isBusy = [...account.orders.values()].some(({ status }) => isOpen(status));
  if (isBusy) return { account, kind: "open_orders" };
  const standing = balances(account.ledger.flatMap(({ entries }) => entries));
  const emptied = post(append(account, "reset"), "reset", reset(standing));
  const fresh: Account = {
    ...emptied,
    realized: ZERO,
    fees: ZERO,
    netDeposits: ZERO,
    positions: new Map(),
    closedPositions: [],
    before: { trades: emptied.trades.length, ledger: emptied.ledger.length },
  };
  return { account: settle(depositCash(fresh, cash)), kind: "reset" };
}
