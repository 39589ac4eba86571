import type { kraken } from "#ccxt";
import type { Broker, BrokerOrderRef } from "../../broker.ts";
import { createPolledOrders, type FoundOrder, type PolledExchange } from "../polled-orders.ts";
import type { KrakenClient } from "./client.ts";
import { toCreateOrder, unsupported } from "./create-order.ts";
import { findOrder, listOpen, tradesOf } from "./find.ts";
import { isDuplicate, isUnknownOrder, toRejectionReason } from "./refusal.ts";
import { type KrakenOrder, standingOf, toOrderAtVenue, toOrderReports } from "./translate.ts";
import { type KrakenMarket, wireCanceled } from "./wire.ts";

/** What Kraken's count may come to before it refuses, in all tiers about the same. */
const COUNT_MAX = 20;

const krakenKind = (
  requestsPerMinute: number,
  now: () => Date,
): PolledExchange<kraken, KrakenMarket, KrakenOrder> => ({
  venue: "kraken",
  // A look-up asks for the order and its trades, or for the open orders and the closed ones.
  costs: { perMinute: requestsPerMinute, burst: COUNT_MAX, order: 0, lookUp: 2, openOrders: 1 },
  // It amends an order in place, under its old id; its older edit gives the new order no id of ours. Neither is a replace as
  // we keep them, by two orders with an id each.
  cannotReplace: "Kraken can't replace an order by another: cancel it and place a new one",
  unsupported,
  isDuplicate,
  toRejectionReason,
  toCreateOrder: (exchange, order) => toCreateOrder(exchange, order, now()),

  // Kraken has one answer for an order that has ended and for one that never was.
  async cancel(exchange, order) {
    if (await canceled(exchange, order)) return { kind: "requested" };
    return { kind: "refused", cause: "no open order of that name" };
  },

  async find(exchange, order) {
    const found = await findOrder(exchange, order);
    return found && toFound(found);
  },

  async reports({ exchange, markets }, { id, symbol }, { wire }) {
    const trades = await tradesOf(exchange, wire);
    const market = markets.get(symbol) ?? { base: symbol.slice(0, symbol.indexOf("/")) };
    return toOrderReports(id, wire, trades, market);
  },

  // Kraken lists them in one answer, however many.
  async openOrders({ exchange, markets }) {
    const symbols = new Map([...markets.values()].map(({ altname, symbol }) => [altname, symbol]));
    const open = Object.entries(await listOpen(exchange));
    return open.map(([id, order]) => toOrderAtVenue({ id, order }, symbols));
  },
});

export const createKrakenOrders = (
  client: KrakenClient,
  requestsPerMinute: number,
  now: () => Date,
): Broker => createPolledOrders(client, krakenKind(requestsPerMinute, now), now);

const toFound = (wire: KrakenOrder): FoundOrder<KrakenOrder> => ({
  brokerOrderId: wire.id,
  placedAt: wire.order.opentm,
  standing: () => standingOf(wire.order),
  status: wire.order.status,
  wire,
});

async function canceled(exchange: kraken, { id, brokerOrderId }: BrokerOrderRef): Promise<boolean> {
  const target = brokerOrderId === null ? { cl_ord_id: id } : { txid: brokerOrderId };
  try {
    const { result } = wireCanceled().parse(await exchange.privatePostCancelOrder(target));
    return result.count > 0 || result.pending === true;
  } catch (error) {
    if (isUnknownOrder(error)) return false;
    throw error;
  }
}
