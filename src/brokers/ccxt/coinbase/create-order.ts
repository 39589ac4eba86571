import type { coinbase } from "#ccxt";
import type { OrderToSubmit, SentTerms, Unsupported } from "../../broker.ts";
import { type CreateOrderCall, createOrderCall } from "../create-order.ts";
import { exactIn } from "../exact.ts";

type Exchange = Pick<coinbase, "amountToPrecision" | "priceToPrecision" | "costToPrecision">;

export function unsupported({ type, side, quantity }: SentTerms): Unsupported | null {
  if (type === "stop") {
    return { term: "type", message: "Coinbase has no stop orders without a limit" };
  }
  if (type === "market" && side === "buy" && quantity !== null) {
    return { term: "type", message: "Coinbase has no market buys by quantity" };
  }
  return null;
}

/** The arguments of ccxt's `createOrder`. */
export function toCreateOrder(exchange: Exchange, order: OrderToSubmit): CreateOrderCall {
  const exact = exactIn(exchange, order.symbol);
  const { notional, stopPrice } = order;
  return createOrderCall(order.symbol, order, exact, {
    // By this name only: ccxt drops its own `clientOrderId` here, and makes one up.
    client_order_id: order.id,
    // `day` is not known there: the platform cancels such orders at their time.
    ...(order.type === "limit" ? { timeInForce: TIMES[order.timeInForce] } : {}),
    ...(stopPrice === null
      ? {}
      : // ccxt's default is that of a take profit.
        { stopPrice: exact.price(stopPrice), stop_direction: STOP_DIRECTIONS[order.side] }),
    ...(notional === null ? {} : { cost: exact.cost(notional) }),
  });
}

const TIMES = { day: "GTC", gtc: "GTC", ioc: "IOC", fok: "FOK" } as const;
const STOP_DIRECTIONS = {
  buy: "STOP_DIRECTION_STOP_UP",
  sell: "STOP_DIRECTION_STOP_DOWN",
} as const;
