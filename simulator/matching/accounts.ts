/** The one account that each venue keeps for its client: balances by asset, free and held, and what shares cost. */

import {
  add,
  type Decimal,
  decimal,
  divide,
  isZero,
  max,
  mul,
  ONE,
  round,
  sub,
  ZERO,
} from "../../src/domain/decimal.ts";
import type { Instrument } from "../market/instruments.ts";
import type { Execution, VenueOrder } from "./order.ts";

/** Plain data. */
export interface Account {
  readonly id: string;
  readonly balances: Record<string, { free: Decimal; held: Decimal }>;
  /** Cost of what is held, by base asset, in the quote currency. */
  readonly costs: Record<string, Decimal>;
}

export interface Accounts {
  readonly alpaca: Account;
  readonly binance: Account;
}

/** Fresh accounts with `cash` each, in dollars and in USDT, and coins for about a tenth of it apiece. */
export function openAccounts(
  instruments: readonly Instrument[],
  cash: Decimal,
  alpacaId: string,
): Accounts {
  const alpaca: Account = { id: alpacaId, balances: {}, costs: {} };
  const binance: Account = { id: "100001", balances: {}, costs: {} };
  alpaca.balances.USD = { free: cash, held: ZERO };
  binance.balances.USDT = { free: cash, held: ZERO };
  for (const { venue, baseAsset, basePrice } of instruments) {
    if (venue !== "binance") continue;
    const coins = max(ONE, divide(cash, mul(basePrice, decimal("10")), 0));
    binance.balances[baseAsset] = { free: coins, held: ZERO };
  }
  return { alpaca, binance };
}

export function balanceOf(account: Account, asset: string): { free: Decimal; held: Decimal } {
  account.balances[asset] ??= { free: ZERO, held: ZERO };
  return account.balances[asset];
}

export const totalOf = (account: Account, asset: string): Decimal => {
  const { free, held } = balanceOf(account, asset);
  return add(free, held);
};

const heldAsset = (order: VenueOrder, instrument: Instrument): string =>
  order.terms.side === "buy" ? instrument.quoteAsset : instrument.baseAsset;

/** Changes what is set aside for the order to `amount`. */
export function hold(
  account: Account,
  order: VenueOrder,
  instrument: Instrument,
  amount: Decimal,
): void {
  const balance = balanceOf(account, heldAsset(order, instrument));
  const more = sub(amount, order.held);
  balance.free = sub(balance.free, more);
  balance.held = add(balance.held, more);
  order.held = amount;
}

/** Moves both sides of an execution and its fee; call with nothing held for the order. */
export function settle(account: Account, instrument: Instrument, execution: Execution): void {
  const { side, quantity, price, fee, feeAsset } = execution;
  const value = mul(quantity, price);
  const base = balanceOf(account, instrument.baseAsset);
  const quote = balanceOf(account, instrument.quoteAsset);
  const cost = account.costs[instrument.baseAsset] ?? ZERO;
  const before = totalOf(account, instrument.baseAsset);
  if (side === "buy") {
    base.free = add(base.free, quantity);
    quote.free = sub(quote.free, value);
    account.costs[instrument.baseAsset] = add(cost, value);
  } else {
    base.free = sub(base.free, quantity);
    quote.free = add(quote.free, value);
    const removed = isZero(before) ? ZERO : divide(mul(cost, quantity), before, 8);
    account.costs[instrument.baseAsset] = round(sub(cost, removed), 8);
  }
  const charged = balanceOf(account, feeAsset);
  charged.free = sub(charged.free, fee);
}
