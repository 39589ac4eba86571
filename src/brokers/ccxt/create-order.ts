import type { binance } from "#ccxt";
import { type Decimal, decimal, equals, floorTo } from "../../domain/decimal.ts";
import type { OrderToSubmit } from "../broker.ts";
import { toCcxtSymbol } from "./symbols.ts";
import type { WireMarket } from "./wire.ts";

type CreateOrder = Parameters<binance["createOrder"]>;

const VENUE_TYPES = {
  market: "MARKET",
  limit: "LIMIT",
  stop: "STOP_LOSS",
  stop_limit: "STOP_LOSS_LIMIT",
} as const;

export const isTypeTaken = (market: WireMarket, { type }: OrderToSubmit): boolean =>
  market.info.orderTypes.includes(VENUE_TYPES[type]);

/**
 * The arguments of ccxt's `createOrder`. ccxt truncates amounts and rounds prices without a word: what would not go out as
 * it was asked for is a bug of ours, and throws. A notional is cut to the price step, as ccxt does; the rest stays free.
 */
export function toCreateOrder(
  exchange: Pick<binance, "amountToPrecision" | "priceToPrecision">,
  market: WireMarket,
  order: OrderToSubmit,
): CreateOrder {
  const symbol = toCcxtSymbol(order.symbol);
  const sentExactly = (asked: Decimal, sent: string): string => {
    if (!equals(asked, decimal(sent))) {
      throw new RangeError(`${order.symbol}: ${asked} would be sent as ${sent}`);
    }
    return asked;
  };
  const amount = (asked: Decimal) => sentExactly(asked, exchange.amountToPrecision(symbol, asked));
  const price = (asked: Decimal) => sentExactly(asked, exchange.priceToPrecision(symbol, asked));

  const isLimit = order.type === "limit" || order.type === "stop_limit";
  const { quantity, notional, limitPrice, stopPrice } = order;
  return [
    symbol,
    isLimit ? "limit" : "market",
    order.side,
    quantity === null ? undefined : amount(quantity),
    isLimit && limitPrice !== null ? price(limitPrice) : undefined,
    {
      newClientOrderId: order.id,
      // `day` is not known there: the platform cancels such orders at their time.
      ...(isLimit ? { timeInForce: TIMES[order.timeInForce] } : {}),
      ...(stopPrice === null ? {} : { stopPrice: price(stopPrice) }),
      ...(notional === null ? {} : { cost: floorTo(notional, decimal(market.precision.price)) }),
    },
  ];
}

const TIMES = { day: "GTC", gtc: "GTC", ioc: "IOC", fok: "FOK" } as const;
