import { type Decimal, decimal, greaterThan, isZero, lessThan, mul } from "../domain/decimal.ts";

const OUT_ABOVE = decimal("1.1");

/**
 * Whether an instrument belongs to the platform's universe: in below the cap, out above 110 % of it, and in between as
 * before, so that nothing flaps. A cap of zero turns the rule off; without a price it stays as it was.
 */
export function belongsToUniverse(price: Decimal | null, cap: Decimal, belonged: boolean): boolean {
  if (isZero(cap)) return true;
  if (price === null) return belonged;
  if (lessThan(price, cap)) return true;
  return belonged && !greaterThan(price, mul(cap, OUT_ABOVE));
}
