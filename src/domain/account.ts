/** A whole account as plain values: the reference that the database is held against. Pure. */

import { add, type Decimal, isPositive, isZero, lessThan, neg, sub, sum, ZERO } from "./decimal.ts";
import type { Refusal } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { type FillableOrder, statusAfter } from "./fill.ts";
import { assertBalanced, deposit, type Entry } from "./ledger.ts";
import type { OrderEvent, OrderStatus, SentAs } from "./order.ts";
import { hold, isEmpty, isShort, NO_POSITION, type Position } from "./position.ts";

export interface AccountOrder extends FillableOrder {
  readonly id: string;
  readonly clientOrderId: string | null;
  readonly refusal: Refusal | null;
  readonly rejectionReason: string | null;
  readonly cancelReason: string | null;
  readonly brokerOrderId: string | null;
  readonly sentAs: SentAs | null;
  readonly triggered: boolean;
  /** How many events it has had. */
  readonly version: number;
}

export interface AccountTrade extends Execution {
  readonly orderId: string;
  readonly brokerOrderId: string | null;
  /** USD at eight decimals. */
  readonly value: Decimal;
  /** What the fee cost the user. */
  readonly feeUsd: Decimal;
  readonly feeMark: Decimal | null;
}

export interface AccountEvent {
  readonly seq: number;
  readonly event:
    | OrderEvent
    | "opened"
    | "configured"
    | "deposit"
    | "reset"
    | "restricted"
    | "reinstated";
  readonly orderId: string | null;
  readonly status: OrderStatus | null;
}

export interface LedgerTransaction {
  /** Of the event it belongs to. */
  readonly seq: number;
  readonly kind: "deposit" | "reserve" | "fill" | "release" | "reset";
  readonly entries: readonly Entry[];
}

export interface Account {
  /** USD, what is reserved included. */
  readonly cash: Decimal;
  readonly cashReserved: Decimal;
  /** This and the next two since the last reset. */
  readonly realized: Decimal;
  readonly fees: Decimal;
  readonly netDeposits: Decimal;
  /** A late fill took more than there was. */
  readonly overdrawn: boolean;
  /** By the operator, who alone lifts it. */
  readonly restricted: boolean;
  readonly suspended: boolean;
  readonly closingOnly: boolean;
  /** By symbol. */
  readonly positions: ReadonlyMap<string, Position>;
  /** Since the last reset. */
  readonly closedPositions: readonly Position[];
  /** By id, in the order of placing. */
  readonly orders: ReadonlyMap<string, AccountOrder>;
  readonly trades: readonly AccountTrade[];
  readonly journal: readonly AccountEvent[];
  readonly ledger: readonly LedgerTransaction[];
  /** How many trades and transactions there were up to the last reset, its own included. */
  readonly before: { readonly trades: number; readonly ledger: number };
}

/** An account whose first deposit is `cash`; none where that is zero. */
export function openAccount(cash: Decimal): Account {
  const opened = append(
    {
      cash: ZERO,
      cashReserved: ZERO,
      realized: ZERO,
      fees: ZERO,
      netDeposits: ZERO,
      overdrawn: false,
      restricted: false,
      suspended: false,
      closingOnly: false,
      positions: new Map(),
      closedPositions: [],
      orders: new Map(),
      trades: [],
      journal: [],
      ledger: [],
      before: { trades: 0, ledger: 0 },
    },
    "opened",
  );
  return isPositive(cash) ? post(append(opened, "deposit"), "deposit", deposit(cash)) : opened;
}

export function orderOf(account: Account, id: string): AccountOrder {
  const order = account.orders.get(id);
  if (order === undefined) throw new Error(`the account has no order ${id}`);
  return order;
}

export const positionOf = (account: Account, symbol: string): Position =>
  account.positions.get(symbol) ?? NO_POSITION;

export const storeOrder = (account: Account, order: AccountOrder): Account => ({
  ...account,
  orders: new Map(account.orders).set(order.id, order),
});

/** Journals one event of an order, given as it is after the event. */
export function recordEvent(account: Account, order: AccountOrder, event: OrderEvent): Account {
  const stored = storeOrder(account, { ...order, version: order.version + 1 });
  return append(stored, event, order);
}

/** Moves an order by the table of transitions; throws where it has no such step. */
export function moveOrder(account: Account, order: AccountOrder, event: OrderEvent): Account {
  const status = statusAfter(order.status, event, order.statusBefore);
  const statusBefore = status === "pending_cancel" ? order.status : null;
  return recordEvent(account, { ...order, status, statusBefore }, event);
}

/** A position that holds nothing and owes nothing is closed. */
export function storePosition(account: Account, symbol: string, position: Position): Account {
  const positions = new Map(account.positions);
  if (!isEmpty(position)) return { ...account, positions: positions.set(symbol, position) };
  const closed = positions.delete(symbol)
    ? [...account.closedPositions, position]
    : account.closedPositions;
  return { ...account, positions, closedPositions: closed };
}

export function holdUnits(account: Account, symbol: string, quantity: Decimal): Account {
  if (isZero(quantity)) return account;
  return storePosition(account, symbol, hold(positionOf(account, symbol), quantity));
}

/** Posts one transaction for the newest event, and moves the cash with it. One that moves nothing is not written. */
export function post(
  account: Account,
  kind: LedgerTransaction["kind"],
  entries: readonly Entry[],
): Account {
  assertBalanced(entries);
  const moving = entries.filter(({ amount }) => !isZero(amount));
  if (moving.length === 0) return account;
  const moved = (name: Entry["account"]): Decimal =>
    sum(moving.filter((entry) => entry.account === name).map(({ amount }) => amount));
  const reserved = moved("cash_reserved");
  return {
    ...account,
    cash: add(account.cash, add(moved("cash"), reserved)),
    cashReserved: add(account.cashReserved, reserved),
    netDeposits: add(account.netDeposits, neg(moved("external"))),
    ledger: [...account.ledger, { seq: account.journal.length, kind, entries: moving }],
  };
}

/** Whether it may only sell: for either of the two causes. */
export const isRestricted = ({ overdrawn, restricted }: Account): boolean =>
  overdrawn || restricted;

/** Restricts an account that has less than it owes, and lifts that once it is back above. After anything has moved. */
export function settle(account: Account): Account {
  const overdrawn =
    lessThan(account.cash, account.cashReserved) || [...account.positions.values()].some(isShort);
  if (overdrawn === account.overdrawn) return account;
  const settled = { ...account, overdrawn };
  if (account.restricted) return settled;
  return append(settled, overdrawn ? "restricted" : "reinstated");
}

export const freeCash = ({ cash, cashReserved }: Account): Decimal => sub(cash, cashReserved);

export function append(
  account: Account,
  event: AccountEvent["event"],
  order?: AccountOrder,
): Account {
  const entry: AccountEvent = {
    seq: account.journal.length + 1,
    event,
    orderId: order?.id ?? null,
    status: order?.status ?? null,
  };
  return { ...account, journal: [...account.journal, entry] };
}
