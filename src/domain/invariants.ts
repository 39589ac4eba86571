/** What holds of an account after every step (trading rules §2). Pure. */

import type { Account, AccountOrder } from "./account.ts";
import { add, type Decimal, equals, isNegative, sub, sum, ZERO } from "./decimal.ts";
import { assertBalanced, balanceOf, balances, type Entry, isOfUser } from "./ledger.ts";
import { isOpen } from "./order.ts";

/** Each broken invariant as a line with both numbers; empty for a sound account. */
export function invariants(account: Account): string[] {
  const standing = balances(account.ledger.flatMap(({ entries }) => entries));
  return [
    ...unbalanced(account),
    ...negative(account, standing),
    ...reservations(account),
    ...holdings(account, standing),
    ...money(account),
    ...trades(account),
    ...journal(account),
    ...projections(account, standing),
  ];
}

function unbalanced({ ledger }: Account): string[] {
  return ledger.flatMap(({ seq, kind, entries }) => {
    try {
      assertBalanced(entries);
      return [];
    } catch (error) {
      return [`1 ${kind} at ${seq}: ${error}`];
    }
  });
}

/** What is held for orders is never negative; what is free is not unless the account is overdrawn. */
function negative({ overdrawn }: Account, standing: readonly Entry[]): string[] {
  return standing
    .filter(({ account, amount }) => isOfUser(account) && isNegative(amount))
    .filter(({ account }) => !overdrawn || account.includes("reserved"))
    .map(({ account, amount }) => `2 ${account} is ${amount}`);
}

function reservations(account: Account): string[] {
  const open = [...account.orders.values()].filter(({ status }) => isOpen(status));
  const closed = [...account.orders.values()].filter(({ status }) => !isOpen(status));
  return [
    ...differing("3 cash_reserved", account.cashReserved, sumOf(open, "reservedAmount")),
    ...symbolsOf(account).flatMap((symbol) =>
      differing(
        `3 reserved of ${symbol}`,
        account.positions.get(symbol)?.reserved ?? ZERO,
        sumOf(
          open.filter((order) => order.symbol === symbol),
          "reservedQuantity",
        ),
      ),
    ),
    ...differing("3 cash held by closed orders", sumOf(closed, "reservedAmount"), ZERO),
    ...differing("3 units held by closed orders", sumOf(closed, "reservedQuantity"), ZERO),
  ];
}

function holdings({ positions }: Account, standing: readonly Entry[]): string[] {
  return [...positions].flatMap(([symbol, { quantity, reserved }]) => {
    const inOrders = balanceOf(standing, `qty_reserved:${symbol}`);
    return [
      ...differing(`4 ${symbol}`, quantity, add(balanceOf(standing, `qty:${symbol}`), inOrders)),
      ...differing(`4 reserved ${symbol}`, reserved, inOrders),
    ];
  });
}

function money({ cash, netDeposits, realized, fees, positions }: Account): string[] {
  const cost = sum([...positions.values()].map((position) => position.cost));
  return differing("5 money", add(cash, cost), sub(add(netDeposits, realized), fees));
}

function trades(account: Account): string[] {
  return [...account.orders.values()].flatMap(({ id, filledQuantity, fees }) => {
    const ofOrder = account.trades.filter(({ orderId }) => orderId === id);
    return [
      ...differing(`6 filled of ${id}`, filledQuantity, sumOf(ofOrder, "quantity")),
      ...differing(`6 fees of ${id}`, fees, sumOf(ofOrder, "feeUsd")),
    ];
  });
}

function journal({ journal: events, ledger }: Account): string[] {
  const hole = events.find(({ seq }, index) => seq !== index + 1);
  const seqs = ledger.map(({ seq }) => seq);
  const strange = seqs.find((seq, index) => seq > events.length || seqs.indexOf(seq) !== index);
  return [
    ...(hole === undefined ? [] : [`7 the journal has a hole before ${hole.seq}`]),
    ...(strange === undefined ? [] : [`7 event ${strange} has not exactly one transaction`]),
  ];
}

/** What answers are read from, once more from the journal, the ledger and the trades. */
function projections(account: Account, standing: readonly Entry[]): string[] {
  const reserved = balanceOf(standing, "cash_reserved");
  const positions = [...account.positions.values(), ...account.closedPositions];
  const held = standing.filter((entry) => entry.account.startsWith("qty"));
  const sinceReset = balances(
    account.ledger.slice(account.before.ledger).flatMap(({ entries }) => entries),
  );
  const gone = held.filter(({ asset }) => !account.positions.has(asset));
  return [
    ...differing("8 cash", account.cash, add(balanceOf(standing, "cash"), reserved)),
    ...differing("8 cash_reserved", account.cashReserved, reserved),
    ...differing(
      "8 net_deposits",
      account.netDeposits,
      sub(ZERO, balanceOf(sinceReset, "external")),
    ),
    ...differing("8 realized", account.realized, sumOf(positions, "realized")),
    ...differing(
      "8 fees",
      account.fees,
      sumOf(account.trades.slice(account.before.trades), "feeUsd"),
    ),
    ...gone.map(({ account: name, amount }) => `8 ${name} is ${amount} without a position`),
    ...[...account.orders.values()].flatMap((order) => lifeOf(account, order)),
  ];
}

/** An order is what its last event says, and has had as many as its version counts. */
function lifeOf({ journal: events }: Account, { id, status, version }: AccountOrder): string[] {
  const own = events.filter(({ orderId }) => orderId === id);
  const last = own.at(-1)?.status;
  return last === status && own.length === version
    ? []
    : [`8 order ${id}: ${status} v${version}, its journal says ${last} v${own.length}`];
}

const symbolsOf = ({ orders, positions }: Account): string[] => [
  ...new Set([...positions.keys(), ...[...orders.values()].map(({ symbol }) => symbol)]),
];

function sumOf<Key extends string>(
  items: readonly Readonly<Record<Key, Decimal>>[],
  key: Key,
): Decimal {
  return sum(items.map((item) => item[key]));
}

function differing(what: string, stored: Decimal, computed: Decimal): string[] {
  return equals(stored, computed) ? [] : [`${what}: ${stored} stored, ${computed} computed`];
}
