/** Orders as a bot asks for them. Prices come from the venue's own quotes; what is sent is text on the venue's steps. */

import type { Json } from "./bot-client.ts";
import { TRADED, type Traded } from "./instruments.ts";
import type { Step } from "./plan.ts";
import type { VenueQuote } from "./venue-control.ts";

export type Make = (step: Step, quote: VenueQuote) => Json;

const VALUE_MIN = 20;
const VALUE_SPAN = 180;

export const marketBuy: Make = (step, quote) => ({
  ...base(step, "buy", "market"),
  quantity: quantityFor(step, Number(quote.ask)),
});

/** Above the ask: it takes what is there and rests with the remainder. */
export const takingBuy: Make = (step, quote) =>
  limit(step, Number(quote.ask) * (1 + 0.002 * step.pick));

export const restingBuy: Make = (step, quote) =>
  limit(step, Number(quote.bid) * (0.999 - 0.03 * step.pick));

export const stopBuy: Make = (step, quote) => {
  const stop = Number(quote.ask) * (1.001 + 0.01 * step.pick);
  const limited = step.size < 0.5;
  return {
    ...base(step, "buy", limited ? "stop_limit" : "stop"),
    quantity: quantityFor(step, stop),
    stop_price: price(step.traded, stop),
    ...(limited ? { limit_price: price(step.traded, stop * 1.01) } : {}),
  };
};

/** Part of a holding, by market or at a limit; undefined where the holding is too small to sell. */
export function sell(step: Step, position: Json): Json | undefined {
  const traded = TRADED.find(({ symbol }) => symbol === position.symbol);
  const worth = Number(position.current_price);
  if (traded === undefined || !(worth > 0)) return undefined;
  const share = Number(position.quantity_available) * (step.size < 0.4 ? 1 : step.size);
  const quantity = floor(share, traded.quantityScale);
  if (Number(quantity) * worth < 6) return undefined;
  const order = { symbol: traded.symbol, side: "sell", quantity };
  if (step.pick < 0.5) return { ...order, type: "market" };
  return {
    ...order,
    type: "limit",
    limit_price: price(traded, worth * (0.997 + 0.02 * step.size)),
  };
}

/** Another price or quantity for an open limit order. */
export function changed(step: Step, order: Json): Json {
  const traded = TRADED.find(({ symbol }) => symbol === order.symbol);
  if (traded === undefined) throw new Error(`${order.symbol} is not among what is traded`);
  const nearer = Number(order.limit_price) * (0.995 + 0.01 * step.pick);
  const more = Number(order.quantity) * (0.8 + 0.5 * step.size);
  return {
    limit_price: price(traded, nearer),
    ...(step.size < 0.5 ? {} : { quantity: floor(more + 1, traded.quantityScale) }),
  };
}

/** Several at once of these need more than there is. */
export function spending(step: Step, quote: VenueQuote, free: number): Json | undefined {
  const { traded } = step;
  const at = Number(quote.bid) * 0.97;
  const quantity = floor((free * 0.45) / at, traded.quantityScale);
  if (Number(quantity) * at < 20) return undefined;
  return { ...base(step, "buy", "limit"), quantity, limit_price: price(traded, at) };
}

function limit(step: Step, at: number): Json {
  return {
    ...base(step, "buy", "limit"),
    quantity: quantityFor(step, at),
    limit_price: price(step.traded, at),
  };
}

const base = ({ traded: { symbol } }: Step, side: string, type: string): Json => ({
  symbol,
  side,
  type,
});

const quantityFor = ({ size, traded }: Step, at: number): string =>
  floor((VALUE_MIN + VALUE_SPAN * size) / at + 1, traded.quantityScale);

const price = ({ priceScale }: Traded, value: number): string => value.toFixed(priceScale);

function floor(value: number, scale: number): string {
  const factor = 10 ** scale;
  return (Math.floor(value * factor) / factor).toFixed(scale);
}
