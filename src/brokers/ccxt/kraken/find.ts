/** Asking Kraken for orders and their trades. Answers are read as they came: ccxt takes one that makes no sense for empty. */

import type { kraken } from "#ccxt";
import type { BrokerOrderRef } from "../../broker.ts";
import { isNonceInvalid, isUnknownOrder } from "./refusal.ts";
import type { KrakenOrder } from "./translate.ts";
import {
  type WireOrder,
  type WireTrade,
  wireClosedOrders,
  wireOpenOrders,
  wireQueriedOrders,
  wireQueriedTrades,
} from "./wire.ts";

const TRADES_PER_REQUEST = 20;
/** Each request counts against a budget that all look-ups share. */
const TRADES_MAX = 200;

/** In whatever state; null where Kraken knows none. Throws where it does not tell. */
export async function findOrder(
  exchange: kraken,
  { id, brokerOrderId }: BrokerOrderRef,
): Promise<KrakenOrder | null> {
  if (brokerOrderId !== null) return queryOrder(exchange, brokerOrderId);
  // Open ones first: an order that ends in between is then among the closed ones.
  return (await findOpen(exchange, id)) ?? (await findClosed(exchange, id));
}

async function queryOrder(exchange: kraken, txid: string): Promise<KrakenOrder | null> {
  try {
    const answer = await again(() => exchange.privatePostQueryOrders({ txid, trades: true }));
    const order = wireQueriedOrders().parse(answer).result[txid];
    return order === undefined ? null : { id: txid, order };
  } catch (error) {
    if (isUnknownOrder(error)) return null;
    throw error;
  }
}

async function findOpen(exchange: kraken, orderId: string): Promise<KrakenOrder | null> {
  const request = { cl_ord_id: orderId, trades: true };
  const answer = await again(() => exchange.privatePostOpenOrders(request));
  return only(wireOpenOrders().parse(answer).result.open, orderId);
}

/** Kraken lists 50 at a time, so only a list that was cut down to our id proves that there is none. */
async function findClosed(exchange: kraken, orderId: string): Promise<KrakenOrder | null> {
  const request = { cl_ord_id: orderId, trades: true };
  const answer = await again(() => exchange.privatePostClosedOrders(request));
  const { closed, count } = wireClosedOrders().parse(answer).result;
  const found = only(closed, orderId);
  const listed = Object.keys(closed).length;
  if (found === null && (listed > 0 || (count ?? 0) > 0)) {
    throw new RangeError("closed orders were not told apart by our id");
  }
  return found;
}

function only(orders: Readonly<Record<string, WireOrder>>, orderId: string): KrakenOrder | null {
  const found = Object.entries(orders).filter(([, { cl_ord_id }]) => cl_ord_id === orderId);
  if (found.length > 1) throw new RangeError(`${found.length} orders have our id`);
  const [entry] = found;
  return entry === undefined ? null : { id: entry[0], order: entry[1] };
}

export async function listOpen(exchange: kraken): Promise<Readonly<Record<string, WireOrder>>> {
  const answer = await again(() => exchange.privatePostOpenOrders({}));
  return wireOpenOrders().parse(answer).result.open;
}

/** The trades that an order names, by id. */
export async function tradesOf(
  exchange: kraken,
  { id, order }: KrakenOrder,
): Promise<ReadonlyMap<string, WireTrade>> {
  const ids = order.trades ?? [];
  if (ids.length > TRADES_MAX) throw new RangeError(`${ids.length} trades are too many to ask for`);
  const trades = new Map<string, WireTrade>();
  for (let from = 0; from < ids.length; from += TRADES_PER_REQUEST) {
    const txid = ids.slice(from, from + TRADES_PER_REQUEST).join(",");
    const answer = await again(() => exchange.privatePostQueryTrades({ txid }));
    for (const [tradeId, trade] of Object.entries(wireQueriedTrades().parse(answer).result)) {
      if (trade.ordertxid === id) trades.set(tradeId, trade);
    }
  }
  return trades;
}

/** What only reads is asked once more if another isolate's request came in between with a later nonce. */
async function again<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!isNonceInvalid(error)) throw error;
    return ask();
  }
}
