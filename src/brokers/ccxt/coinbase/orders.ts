import type { coinbase } from "#ccxt";
import { isZero } from "../../../domain/decimal.ts";
import type { Broker, BrokerOrderRef } from "../../broker.ts";
import {
  type CancelTry,
  createPolledOrders,
  type FoundOrder,
  type PolledExchange,
} from "../polled-orders.ts";
import type { CoinbaseClient } from "./client.ts";
import { toCreateOrder, unsupported } from "./create-order.ts";
import { fillsOf, findOrder, listOpen } from "./find.ts";
import { isDuplicate, toRejectionReason } from "./refusal.ts";
import { standingOf, toOrderAtVenue, toOrderReports } from "./translate.ts";
import { type CoinbaseMarket, type WireOrder, wireCanceled } from "./wire.ts";

/** Coinbase counts by the second. */
const PER_SECOND = 30;

const coinbaseKind = (
  requestsPerMinute: number,
): PolledExchange<coinbase, CoinbaseMarket, WireOrder> => ({
  venue: "coinbase",
  costs: {
    perMinute: requestsPerMinute,
    burst: PER_SECOND,
    order: 1,
    // The order and its fills, or the lists in which it would be by our id.
    lookUp: 3,
    openOrders: 3,
  },
  // It edits an order in place, under its old id. A replace as we keep it is two orders with an id each.
  cannotReplace: "Coinbase can't replace an order by another: cancel it and place a new one",
  unsupported,
  isDuplicate,
  toRejectionReason,
  // An id that it has had before is answered with that order, and places none.
  toCreateOrder,

  async cancel(exchange, order) {
    const { brokerOrderId } = order;
    if (brokerOrderId !== null) return cancelById(exchange, brokerOrderId);
    const found = await findOrder(exchange, order);
    return found === null ? { kind: "not_found" } : cancelById(exchange, found.order_id);
  },

  async find(exchange, order) {
    const found = await findOrder(exchange, order);
    return found && toFound(found);
  },

  async reports({ exchange }, { id }, { wire }) {
    const fills = isZero(wire.filled_size) ? [] : await fillsOf(exchange, wire.order_id);
    return toOrderReports(id, wire, fills);
  },

  async openOrders({ exchange, markets }) {
    const symbols = new Map([...markets.values()].map(({ id, symbol }) => [id, symbol]));
    const open = await listOpen(exchange);
    return open.map((order) => toOrderAtVenue(order, symbols));
  },
});

export const createCoinbaseOrders = (
  client: CoinbaseClient,
  requestsPerMinute: number,
  now: () => Date,
): Broker => createPolledOrders(client, coinbaseKind(requestsPerMinute), now);

const toFound = (order: WireOrder): FoundOrder<WireOrder> => ({
  brokerOrderId: order.order_id,
  placedAt: order.created_time,
  standing: () => standingOf(order),
  status: order.status,
  wire: order,
});

/** These leave nothing to cancel, or ask for what was asked for already. */
const CANCELED_ALREADY = "DUPLICATE_CANCEL_REQUEST";

async function cancelById(
  exchange: coinbase,
  brokerOrderId: NonNullable<BrokerOrderRef["brokerOrderId"]>,
): Promise<CancelTry> {
  const request = { order_ids: [brokerOrderId] };
  const answer = await exchange.v3PrivatePostBrokerageOrdersBatchCancel(request);
  const [result] = wireCanceled().parse(answer).results;
  const isTaken =
    result === undefined || result.success || result.failure_reason === CANCELED_ALREADY;
  if (isTaken) return { kind: "requested" };
  return { kind: "refused", cause: result.failure_reason ?? "refused" };
}
