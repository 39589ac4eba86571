/** The entries of every kind of ledger transaction (trading rules §2), balanced for each asset. Pure. */

import { add, type Decimal, isZero, neg, sub, sum, ZERO } from "./decimal.ts";

/** Of the user: `cash`, `cash_reserved`, `qty:F`, `qty_reserved:F`. Of the system: the others. */
export type LedgerAccount =
  | "cash"
  | "cash_reserved"
  | `qty:${string}`
  | `qty_reserved:${string}`
  | "external"
  | "venue"
  | "fees"
  | "adjustment";

export interface Entry {
  readonly account: LedgerAccount;
  /** `USD` or a symbol. */
  readonly asset: string;
  readonly amount: Decimal;
}

export const USD = "USD";

const usd = (account: LedgerAccount, amount: Decimal): Entry => ({ account, asset: USD, amount });
const units = (account: LedgerAccount, asset: string, amount: Decimal): Entry => ({
  account,
  asset,
  amount,
});

export const deposit = (amount: Decimal): Entry[] => [
  usd("cash", amount),
  usd("external", neg(amount)),
];

/** What an order holds: cash of a buy, units of a sell. */
export const reserve = (symbol: string, amount: Decimal, quantity: Decimal): Entry[] => [
  usd("cash", neg(amount)),
  usd("cash_reserved", amount),
  units(`qty:${symbol}`, symbol, neg(quantity)),
  units(`qty_reserved:${symbol}`, symbol, quantity),
];

export const release = (symbol: string, amount: Decimal, quantity: Decimal): Entry[] =>
  reserve(symbol, neg(amount), neg(quantity));

export interface FillAmounts {
  readonly symbol: string;
  readonly quantity: Decimal;
  readonly value: Decimal;
  /** USD. */
  readonly fee: Decimal;
  /** What the fill takes off the reservation: USD of a buy, units of a sell. */
  readonly released: Decimal;
}

export const fillOfBuy = ({ symbol, quantity, value, fee, released }: FillAmounts): Entry[] => [
  usd("cash_reserved", neg(released)),
  usd("venue", value),
  usd("fees", fee),
  usd("cash", sub(released, add(value, fee))),
  units(`qty:${symbol}`, symbol, quantity),
  units("venue", symbol, neg(quantity)),
];

export const fillOfSell = ({ symbol, quantity, value, fee, released }: FillAmounts): Entry[] => [
  units(`qty_reserved:${symbol}`, symbol, neg(released)),
  units(`qty:${symbol}`, symbol, sub(released, quantity)),
  units("venue", symbol, quantity),
  usd("cash", sub(value, fee)),
  usd("venue", neg(value)),
  usd("fees", fee),
];

/** Units that the venue kept of what was bought. */
export const feeInUnits = (symbol: string, quantity: Decimal): Entry[] => [
  units(`qty:${symbol}`, symbol, neg(quantity)),
  units("fees", symbol, quantity),
];

/** A fee that the venue took in an asset of the operator's: its worth goes from the user to the operator. */
export const feeInThirdAsset = (worth: Decimal): Entry[] => [
  usd("cash", neg(worth)),
  usd("adjustment", worth),
];

/** Empties every account of the user. The deposit that follows is a transaction of its own. */
export function reset(standing: Iterable<Entry>): Entry[] {
  return [...standing]
    .filter(({ account }) => isOfUser(account))
    .flatMap((entry) => [
      { ...entry, amount: neg(entry.amount) },
      { ...entry, account: "adjustment" as const },
    ]);
}

export const isOfUser = (account: LedgerAccount): boolean => /^(cash|qty)/.test(account);

/** The sum of every account, zeros left out, in the order of first appearance. */
export function balances(entries: Iterable<Entry>): Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const key = `${entry.account} ${entry.asset}`;
    const before = sums.get(key)?.amount ?? ZERO;
    sums.set(key, { ...entry, amount: add(before, entry.amount) });
  }
  return [...sums.values()].filter(({ amount }) => !isZero(amount));
}

export function balanceOf(standing: readonly Entry[], account: LedgerAccount): Decimal {
  return sum(standing.filter((entry) => entry.account === account).map(({ amount }) => amount));
}

/** Throws where the entries do not sum to zero for an asset. */
export function assertBalanced(entries: readonly Entry[]): void {
  for (const [asset, ofAsset] of Map.groupBy(entries, (entry) => entry.asset)) {
    const total = sum(ofAsset.map(({ amount }) => amount));
    if (!isZero(total)) throw new Error(`entries in ${asset} are off by ${total}`);
  }
}
