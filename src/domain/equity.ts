/** What an account was worth over time: its ledger at each moment, times the prices of that moment. Pure. */

import {
  add,
  type Decimal,
  divide,
  isPositive,
  parseDecimal,
  places,
  sub,
  ZERO,
} from "./decimal.ts";

export interface PriceAt {
  /** From when on it holds, epoch ms. */
  readonly atMs: number;
  readonly price: Decimal;
}

export interface LedgerChange {
  /** It has happened by then, epoch ms. */
  readonly byMs: number;
  /** `USD` or a symbol. */
  readonly asset: string;
  readonly amount: Decimal;
  /** How much of it was paid in, USD. */
  readonly deposited: Decimal;
}

export interface EquityInput {
  /** Ascending. */
  readonly times: readonly number[];
  /** After all changes, by asset. */
  readonly balances: ReadonlyMap<string, Decimal>;
  readonly changes: readonly LedgerChange[];
  /** By symbol, ascending. What is held before the first of them counts at that one. */
  readonly prices: ReadonlyMap<string, readonly PriceAt[]>;
}

export interface EquityAt {
  readonly atMs: number;
  /** USD at eight decimals. */
  readonly equity: Decimal;
  /** USD, since before the first change. */
  readonly deposited: Decimal;
}

export interface GainedAt extends EquityAt {
  readonly profitLoss: Decimal;
  /** Fraction of what was there and came in, six decimals; null where that is nothing. */
  readonly profitLossPct: Decimal | null;
}

const USD = "USD";

// Amounts are counted in whole units, of 10^-18: a year of hours of a hundred symbols is a million products.
const PLACES = 18;
const MONEY_PLACES = 8;
const MONEY_UNITS = 10n ** BigInt(PLACES - MONEY_PLACES);
const PRODUCT_UNITS = 10n ** BigInt(2 * PLACES - MONEY_PLACES);

/** The worth at each of `times`; each holding's is rounded as a position's is. */
export function equityOver({ times, balances, changes, prices }: EquityInput): EquityAt[] {
  const ordered = changes.toSorted((a, b) => a.byMs - b.byMs);
  const holdings = openingHoldings(balances, ordered, prices);
  let cash = openingCash(balances, ordered);
  let deposited = ZERO;
  let next = 0;
  return times.map((atMs) => {
    for (; next < ordered.length; next += 1) {
      const change = ordered[next];
      if (change === undefined || change.byMs > atMs) break;
      deposited = add(deposited, change.deposited);
      if (change.asset === USD) cash += unitsOf(change.amount);
      else holdings.get(change.asset)?.change(unitsOf(change.amount));
    }
    let equity = cash / MONEY_UNITS;
    for (const holding of holdings.values()) equity += holding.worthAt(atMs);
    return { atMs, equity: moneyOf(equity), deposited };
  });
}

/** What of each point is gain: deposits are none. `base` is what was there before the first change. */
export function gainsOver(points: readonly EquityAt[], base: Decimal): GainedAt[] {
  return points.map((point) => {
    const invested = add(base, point.deposited);
    const profitLoss = sub(point.equity, invested);
    const profitLossPct = isPositive(invested) ? divide(profitLoss, invested, 6) : null;
    return { ...point, profitLoss, profitLossPct };
  });
}

class HoldingOverTime {
  readonly #prices: readonly { readonly atMs: number; readonly units: bigint }[];
  #quantity: bigint;
  #nth = 0;
  #worth: bigint | null = null;

  constructor(quantity: bigint, prices: readonly PriceAt[]) {
    this.#quantity = quantity;
    this.#prices = prices.map(({ atMs, price }) => ({ atMs, units: unitsOf(price) }));
  }

  change(units: bigint): void {
    this.#quantity += units;
    this.#worth = null;
  }

  /** Times must not go back. */
  worthAt(atMs: number): bigint {
    while ((this.#prices[this.#nth + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) {
      this.#nth += 1;
      this.#worth = null;
    }
    this.#worth ??= rounded(this.#quantity * (this.#prices[this.#nth]?.units ?? 0n));
    return this.#worth;
  }
}

function openingHoldings(
  balances: EquityInput["balances"],
  changes: readonly LedgerChange[],
  prices: EquityInput["prices"],
): Map<string, HoldingOverTime> {
  const opening = new Map<string, bigint>();
  for (const [asset, balance] of balances) if (asset !== USD) opening.set(asset, unitsOf(balance));
  for (const { asset, amount } of changes)
    if (asset !== USD) opening.set(asset, (opening.get(asset) ?? 0n) - unitsOf(amount));
  return new Map(
    [...opening].map(([symbol, units]) => [
      symbol,
      new HoldingOverTime(units, prices.get(symbol) ?? []),
    ]),
  );
}

function openingCash(balances: EquityInput["balances"], changes: readonly LedgerChange[]): bigint {
  return changes
    .filter(({ asset }) => asset === USD)
    .reduce((cash, { amount }) => cash - unitsOf(amount), unitsOf(balances.get(USD) ?? ZERO));
}

/** Halves away from zero. */
function rounded(product: bigint): bigint {
  const half = PRODUCT_UNITS / 2n;
  return (product + (product < 0n ? -half : half)) / PRODUCT_UNITS;
}

function unitsOf(amount: Decimal): bigint {
  const missing = PLACES - places(amount);
  if (missing < 0) throw new RangeError(`${amount} is finer than a ledger's amount`);
  return BigInt(amount.replace(".", "") + "0".repeat(missing));
}

function moneyOf(units: bigint): Decimal {
  const digits = String(units < 0n ? -units : units).padStart(MONEY_PLACES + 1, "0");
  const text = `${digits.slice(0, -MONEY_PLACES)}.${digits.slice(-MONEY_PLACES)}`;
  const amount = parseDecimal(units < 0n ? `-${text}` : text);
  if (amount === undefined) throw new RangeError(`${text} is beyond any amount of ours`);
  return amount;
}
