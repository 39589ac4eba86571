import { type Decimal, decimal } from "../domain/decimal.ts";
import type { Refusal } from "../domain/errors.ts";

type Facts = Readonly<Record<string, unknown>>;

/** A refusal from the facts that are kept with an order; `orderId` where it was kept. */
export function toRefusal(facts: Facts, orderId?: string): Refusal {
  const kept = orderId === undefined ? {} : { orderId };
  const exact = (name: string): Decimal => decimal(String(facts[name]));
  switch (facts.code) {
    case "insufficient_buying_power":
      return {
        code: facts.code,
        required: exact("required"),
        available: exact("available"),
        ...kept,
      };
    case "insufficient_quantity":
      return {
        code: facts.code,
        symbol: String(facts.symbol),
        required: exact("required"),
        available: exact("available"),
        heldBy: facts.held_by as string[],
        ...kept,
      };
    case "price_outside_universe":
      return { code: facts.code, price: exact("price"), cap: exact("cap"), ...kept };
    case "notional_below_minimum":
      return { code: facts.code, value: exact("value"), minimum: exact("minimum"), ...kept };
    case "stop_price_in_market":
      return {
        code: facts.code,
        stopPrice: exact("stop_price"),
        marketPrice: exact("market_price"),
        ...kept,
      };
    case "asset_not_tradable":
      return { code: facts.code, symbol: String(facts.symbol), ...kept };
    case "account_restricted":
    case "broker_busy":
    case "trading_suspended":
      return { code: facts.code, ...kept };
    default:
      throw new Error(`no refusal is kept with the code ${facts.code}`);
  }
}
