import type { coinbase } from "#ccxt";
import type { OrderToSubmit } from "../../broker.ts";
import { exactIn } from "../exact.ts";

type Exchange = Pick<coinbase, "amountToPrecision" | "priceToPrecision" | "costToPrecision">;

/** What Coinbase does not have, in words for the client; null where it takes the order. ccxt would throw for both. */
export function refusedByKind({ type, side, quantity }: OrderToSubmit): string | null {
  if (type === "stop") return "Coinbase has no stop orders without a limit";
  if (type === "market" && side === "buy" && quantity !== null) {
    return "Coinbase has no market buys by quantity";
  }
  return null;
}

/** The arguments of ccxt's `createOrder`. */
export function toCreateOrder(
  exchange: Exchange,
  order: OrderToSubmit,
): Parameters<coinbase["createOrder"]> {
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
      // By this name only: ccxt drops its own `clientOrderId` here, and makes one up.
      client_order_id: order.id,
      // `day` is not known there: the platform cancels such orders at their time.
      ...(order.type === "limit" ? { timeInForce: TIMES[order.timeInForce] } : {}),
      ...(stopPrice === null
        ? {}
        : // ccxt's default is that of a take profit.
          { stopPrice: price(stopPrice), stop_direction: STOP_DIRECTIONS[order.side] }),
      ...(notional === null ? {} : { cost: cost(notional) }),
    },
  ];
}

const TIMES = { day: "GTC", gtc: "GTC", ioc: "IOC", fok: "FOK" } as const;
const STOP_DIRECTIONS = {
  buy: "STOP_DIRECTION_STOP_UP",
  sell: "STOP_DIRECTION_STOP_DOWN",
} as const;
