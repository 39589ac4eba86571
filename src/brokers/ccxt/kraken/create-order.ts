import type { kraken } from "#ccxt";
import type { OrderToSubmit } from "../../broker.ts";
import { exactIn } from "../exact.ts";

type Exchange = Pick<kraken, "amountToPrecision" | "priceToPrecision" | "costToPrecision">;

/**
 * Kraken's engine refuses what reaches it later than this; it takes 2 to 60 s from its own clock. With it, a submit of
 * unknown fate can't come to life after it was given up as lost.
 */
const DEADLINE_MS = 20_000;

/** What Kraken does not have, in words for the client; null where it takes the order. */
export const refusedByKind = ({ timeInForce }: OrderToSubmit): string | null =>
  timeInForce === "fok" ? "Kraken has no fill-or-kill orders" : null;

/** The arguments of ccxt's `createOrder`. */
export function toCreateOrder(
  exchange: Exchange,
  order: OrderToSubmit,
  now: Date,
): Parameters<kraken["createOrder"]> {
  const { amount, price, cost } = exactIn(exchange, order.symbol);
  const { quantity, notional, limitPrice, stopPrice } = order;
  const isLimit = order.type === "limit" || order.type === "stop_limit";
  return [
    order.symbol,
    isLimit ? "limit" : "market",
    order.side,
    quantity === null ? undefined : amount(quantity),
    isLimit && limitPrice !== null ? price(limitPrice) : undefined,
    {
      clientOrderId: order.id,
      // The fee is paid in dollars, as it is reserved. By default it depends on the side.
      oflags: "fciq",
      deadline: toSeconds(new Date(now.getTime() + DEADLINE_MS)),
      // `day` is not known there: the platform cancels such orders at their time.
      ...(order.type === "limit"
        ? { timeInForce: order.timeInForce === "ioc" ? "IOC" : "GTC" }
        : {}),
      ...(stopPrice === null ? {} : { stopLossPrice: price(stopPrice) }),
      ...(notional === null ? {} : { cost: cost(notional) }),
    },
  ];
}

const toSeconds = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, "Z");
