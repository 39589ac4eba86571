import { type Decimal, greaterThan, lessThan } from "../../src/domain/decimal.ts";
import type { OrderTerms } from "./order.ts";

/** Whether a trade at `price` makes a waiting order work. */
export function isTriggered(terms: OrderTerms, price: Decimal): boolean {
  if (terms.stop === null) return false;
  const upwards = (terms.side === "buy") === (terms.trigger === "stop");
  return upwards ? !lessThan(price, terms.stop) : !greaterThan(price, terms.stop);
}
