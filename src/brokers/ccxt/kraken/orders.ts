import type { kraken } from "#ccxt";
import type {
  Broker,
  BrokerOrderRef,
  CancelAnswer,
  LookUpAnswer,
  OpenOrdersAnswer,
  OrderToSubmit,
  SubmitAnswer,
} from "../../broker.ts";
import { accepted } from "../accepted.ts";
import { describe } from "../describe.ts";
import { VenueRefusal } from "../http.ts";
import { prepare } from "../prepare.ts";
import type { KrakenClient } from "./client.ts";
import { refusedByKind, toCreateOrder } from "./create-order.ts";
import { findOrder, listOpen, tradesOf } from "./find.ts";
import { isDuplicate, isUnknownOrder, toRejectionReason } from "./refusal.ts";
import { standingOf, toOrderAtVenue, toOrderReports } from "./translate.ts";
import { type KrakenMarket, wireCanceled, wireSubmitted } from "./wire.ts";

/**
 * Kraken amends an order in place, under its old id; its older edit gives the new order no id of ours. Neither is a replace
 * as we keep them, by two orders with an id each.
 */
const CANNOT_REPLACE = "Kraken can't replace an order by another: cancel it and place a new one";

/** What Kraken's count may come to before it refuses, in all tiers about the same. */
const COUNT_MAX = 20;

export function createKrakenOrders(
  client: KrakenClient,
  requestsPerMinute: number,
  now: () => Date,
): Broker {
  return {
    venue: "kraken",
    // A look-up asks for the order and its trades, or for the open orders and the closed ones.
    costs: { perMinute: requestsPerMinute, burst: COUNT_MAX, order: 0, lookUp: 2, openOrders: 1 },
    updates: null,
    cannotReplace: CANNOT_REPLACE,

    async submit(order): Promise<SubmitAnswer> {
      const message = refusedByKind(order);
      if (message !== null) return { kind: "rejected", reason: "venue_rejected", message };
      const prepared = await prepare(client, order, order.symbol);
      if (prepared.kind === "rejected") return prepared;
      const { exchange } = prepared;
      const call = toCreateOrder(exchange, order, now());
      try {
        const { id } = wireSubmitted.parse(await exchange.createOrder(...call));
        return accepted(id, now());
      } catch (error) {
        if (isDuplicate(error)) return landed(exchange, order);
        const reason = error instanceof VenueRefusal ? toRejectionReason(error) : null;
        if (!(error instanceof VenueRefusal) || reason === null) {
          return { kind: "unknown", cause: describe(error) };
        }
        return { kind: "rejected", reason, message: error.message };
      }
    },

    async cancel(order): Promise<CancelAnswer> {
      try {
        const { exchange } = await client.ready();
        if (await canceled(exchange, order)) return { kind: "requested" };
        // Kraken has one answer for an order that has ended and for one that never was.
        const found = await findOrder(exchange, order);
        if (found === null) return { kind: "not_found" };
        const { status } = found.order;
        if (standingOf(found.order) === "open") return { kind: "unknown", cause: status };
        return { kind: "not_cancelable", message: `the order is ${status}` };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async replace() {
      return { kind: "rejected", reason: "venue_rejected", message: CANNOT_REPLACE };
    },

    async lookUp(order): Promise<LookUpAnswer> {
      try {
        const { exchange, markets } = await client.ready();
        const found = await findOrder(exchange, order);
        if (found === null) return { kind: "not_found" };
        const trades = await tradesOf(exchange, found);
        const base = order.symbol.slice(0, order.symbol.indexOf("/"));
        const market = markets.get(order.symbol) ?? { base };
        const reports = toOrderReports(order.id, found, trades, market);
        return { kind: "found", brokerOrderId: found.id, reports };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    // Kraken lists them in one answer, however many.
    async openOrders(): Promise<OpenOrdersAnswer> {
      try {
        const { exchange, markets } = await client.ready();
        const symbols = symbolsByPair(markets);
        const open = Object.entries(await listOpen(exchange));
        const orders = open.map(([id, order]) => toOrderAtVenue({ id, order }, symbols));
        return { kind: "listed", orders };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },
  };
}

async function canceled(exchange: kraken, { id, brokerOrderId }: BrokerOrderRef): Promise<boolean> {
  const target = brokerOrderId === null ? { cl_ord_id: id } : { txid: brokerOrderId };
  try {
    const { result } = wireCanceled.parse(await exchange.privatePostCancelOrder(target));
    return result.count > 0 || result.pending === true;
  } catch (error) {
    if (isUnknownOrder(error)) return false;
    throw error;
  }
}

/** Refused as a repetition: an earlier request that we took for lost has arrived. */
async function landed(exchange: kraken, { id, symbol }: OrderToSubmit): Promise<SubmitAnswer> {
  try {
    const found = await findOrder(exchange, { id, symbol, brokerOrderId: null });
    if (found !== null) return accepted(found.id, found.order.opentm);
    return { kind: "unknown", cause: "taken before, not found yet" };
  } catch (error) {
    return { kind: "unknown", cause: describe(error) };
  }
}

const symbolsByPair = (markets: ReadonlyMap<string, KrakenMarket>): ReadonlyMap<string, string> =>
  new Map([...markets.values()].map(({ altname, symbol }) => [altname, symbol]));
