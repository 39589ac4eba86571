/** Exact decimals. Money, prices and quantities never pass through a float. */

import Big from "big.js";

declare const decimalBrand: unique symbol;

/**
 * A finite decimal as plain text: optional minus, no exponent, no leading or trailing zeros, never "-0".
 * Being text, it crosses JSON, RPC, KV and Postgres unchanged; the brand keeps bare strings and numbers out.
 */
export type Decimal = string & { readonly [decimalBrand]: true };

// Far beyond any amount of ours (requests are held to 30 digits), so that every result can be read back.
const PLAIN = /^-?\d{1,100}(\.\d{1,100})?$/;

// Enough for any quotient we take: quotients are rounded to a stated number of places right after.
Big.DP = 40;
Big.RM = Big.roundHalfUp;

/** Reads plain decimal text such as "10.50". Refuses exponents, signs other than minus, and anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  return PLAIN.test(text) ? toDecimal(new Big(text)) : undefined;
}

/** A decimal from trusted text or a safe integer; throws on anything else. Venue floats come as their shortest text. */
export function decimal(value: string | number): Decimal {
  const parsed = parseDecimal(typeof value === "number" ? numberText(value) : value);
  if (parsed === undefined) throw new RangeError(`not a plain decimal: ${value}`);
  return parsed;
}

/** The shortest text that names the number, without exponent: what a vendor's JSON number meant to say. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
  return new Big(value).toFixed();
}

export const ZERO = decimal("0");
export const ONE = decimal("1");

export const add = (a: Decimal, b: Decimal): Decimal => toDecimal(new Big(a).plus(b));
export const sub = (a: Decimal, b: Decimal): Decimal => toDecimal(new Big(a).minus(b));
export const mul = (a: Decimal, b: Decimal): Decimal => toDecimal(new Big(a).times(b));
export const neg = (a: Decimal): Decimal => toDecimal(new Big(a).times(-1));
export const abs = (a: Decimal): Decimal => toDecimal(new Big(a).abs());

/** -1, 0 or 1. */
export const compare = (a: Decimal, b: Decimal): -1 | 0 | 1 => new Big(a).cmp(b);
export const equals = (a: Decimal, b: Decimal): boolean => compare(a, b) === 0;
export const lessThan = (a: Decimal, b: Decimal): boolean => compare(a, b) < 0;
export const greaterThan = (a: Decimal, b: Decimal): boolean => compare(a, b) > 0;
export const isZero = (a: Decimal): boolean => a === ZERO;
export const isPositive = (a: Decimal): boolean => compare(a, ZERO) > 0;
export const isNegative = (a: Decimal): boolean => compare(a, ZERO) < 0;
export const min = (a: Decimal, b: Decimal): Decimal => (lessThan(a, b) ? a : b);
export const max = (a: Decimal, b: Decimal): Decimal => (lessThan(a, b) ? b : a);
export const sum = (values: readonly Decimal[]): Decimal => values.reduce(add, ZERO);

/** Halves away from zero, as Postgres rounds numeric. */
export function round(a: Decimal, places: number): Decimal {
  return toDecimal(new Big(a).round(places, Big.roundHalfUp));
}

/** Away from zero. */
export function roundUp(a: Decimal, places: number): Decimal {
  return toDecimal(new Big(a).round(places, Big.roundUp));
}

/** Towards zero. */
export function truncate(a: Decimal, places: number): Decimal {
  return toDecimal(new Big(a).round(places, Big.roundDown));
}

/** `a / b`, halves away from zero at `places`. Throws when `b` is zero. */
export function divide(a: Decimal, b: Decimal, places: number): Decimal {
  return toDecimal(new Big(a).div(b).round(places, Big.roundHalfUp));
}

/** The greatest multiple of `step` that is not above `a`; `a` and `step` are not negative. */
export function floorTo(a: Decimal, step: Decimal): Decimal {
  return toDecimal(new Big(a).div(step).round(0, Big.roundDown).times(step));
}

export function isMultipleOf(a: Decimal, step: Decimal): boolean {
  return new Big(a).mod(step).eq(0);
}

/** How many digits stand after the point. */
export function places(a: Decimal): number {
  return a.includes(".") ? a.length - a.indexOf(".") - 1 : 0;
}

/** The text shown for money: at least two decimals. */
export function formatMoney(a: Decimal): string {
  const missing = 2 - places(a);
  if (missing <= 0) return a;
  return missing === 2 ? `${a}.00` : `${a}0`;
}

/** The library writes a negative zero without its sign. */
function toDecimal(value: Big): Decimal {
  return value.toFixed() as Decimal;
}
