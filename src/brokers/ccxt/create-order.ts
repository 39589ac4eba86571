import type { binance } from "#ccxt";
import type { OrderToSubmit } from "../broker.ts";
import type { Exact } from "./exact.ts";

/** The arguments of ccxt's `createOrder`, of whichever exchange. */
export type CreateOrderCall = Parameters<binance["createOrder"]>;

export const hasLimit = ({ type }: Pick<OrderToSubmit, "type">): boolean =>
  type === "limit" || type === "stop_limit";

/** `params` is what each exchange names in its own way. */
export function createOrderCall(
  ccxtSymbol: string,
  order: OrderToSubmit,
  { amount, price }: Exact,
  params: CreateOrderCall[5],
): CreateOrderCall {
  const { side, quantity, limitPrice } = order;
  const isLimit = hasLimit(order);
  return [
    ccxtSymbol,
    isLimit ? "limit" : "market",
    side,
    quantity === null ? undefined : amount(quantity),
    isLimit && limitPrice !== null ? price(limitPrice) : undefined,
    params,
  ];
}
