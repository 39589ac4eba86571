import type { kraken } from "#ccxt";
import type { OrderToSubmit, SentTerms, Unsupported } from "../../broker.ts";
import { type CreateOrderCall, createOrderCall } from "../create-order.ts";
import { exactIn } from "../exact.ts";

type Exchange = Pick<kraken, "amountToPrecision" | "priceToPrecision" | "costToPrecision">;

/**
 * Kraken's engine refuses what reaches it later than this; it takes 2 to 60 s from its own clock. With it, a submit of
 * unknown fate can't come to life after it was given up as lost.
 */
const DEADLINE_MS = 20_000;

export const unsupported = ({ timeInForce }: SentTerms): Unsupported | null =>
  timeInForce === "fok"
    ? { term: "time_in_force", message: "Kraken has no fill-or-kill orders" }
    : null;

/** The arguments of ccxt's `createOrder`. */
export function toCreateOrder(
  exchange: Exchange,
  order: OrderToSubmit,
  now: Date,
): CreateOrderCall {
  const exact = exactIn(exchange, order.symbol);
  const { notional, stopPrice } = order;
  return createOrderCall(order.symbol, order, exact, {
    clientOrderId: order.id,
    // The fee is paid in dollars, as it is reserved. By default it depends on the side.
    oflags: "fciq",
    deadline: toSeconds(new Date(now.getTime() + DEADLINE_MS)),
    // `day` is not known there: the platform cancels such orders at their time.
    ...(order.type === "limit" ? { timeInForce: order.timeInForce === "ioc" ? "IOC" : "GTC" } : {}),
    ...(stopPrice === null ? {} : { stopLossPrice: exact.price(stopPrice) }),
    ...(notional === null ? {} : { cost: exact.cost(notional) }),
  });
}

const toSeconds = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, "Z");
