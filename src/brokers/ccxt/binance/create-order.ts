import type { binance } from "#ccxt";
import { decimal, floorTo } from "../../../domain/decimal.ts";
import type { OrderToSubmit } from "../../broker.ts";
import { type CreateOrderCall, createOrderCall, hasLimit } from "../create-order.ts";
import { exactIn } from "../exact.ts";
import { toCcxtSymbol } from "./symbols.ts";
import type { BinanceMarket } from "./wire.ts";

const VENUE_TYPES = {
  market: "MARKET",
  limit: "LIMIT",
  stop: "STOP_LOSS",
  stop_limit: "STOP_LOSS_LIMIT",
} as const;

export const isTypeTaken = (market: BinanceMarket, { type }: OrderToSubmit): boolean =>
  market.info.orderTypes.includes(VENUE_TYPES[type]);

/**
 * The arguments of ccxt's `createOrder`. A notional is cut to the price step, as ccxt does; the rest stays free.
 */
export function toCreateOrder(
  exchange: Pick<binance, "amountToPrecision" | "priceToPrecision">,
  market: BinanceMarket,
  order: OrderToSubmit,
): CreateOrderCall {
  const symbol = toCcxtSymbol(order.symbol);
  const exact = exactIn(exchange, symbol);
  const { notional, stopPrice } = order;
  return createOrderCall(symbol, order, exact, {
    newClientOrderId: order.id,
    // `day` is not known there: the platform cancels such orders at their time.
    ...(hasLimit(order) ? { timeInForce: TIMES[order.timeInForce] } : {}),
    ...(stopPrice === null ? {} : { stopPrice: exact.price(stopPrice) }),
    ...(notional === null ? {} : { cost: floorTo(notional, decimal(market.precision.price)) }),
  });
}

const TIMES = { day: "GTC", gtc: "GTC", ioc: "IOC", fok: "FOK" } as const;
