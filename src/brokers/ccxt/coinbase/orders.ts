import type { coinbase } from "#ccxt";
import { isZero } from "../../../domain/decimal.ts";
import type {
  Broker,
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
import type { CoinbaseClient } from "./client.ts";
import { refusedByKind, toCreateOrder } from "./create-order.ts";
import { fillsOf, findOrder, listOpen } from "./find.ts";
import { isDuplicate, toRejectionReason } from "./refusal.ts";
import { standingOf, toOrderAtVenue, toOrderReports } from "./translate.ts";
import { type CoinbaseMarket, wireCanceled, wireSubmitted } from "./wire.ts";

/** Coinbase edits an order in place, under its old id. A replace as we keep it is two orders with an id each. */
const CANNOT_REPLACE = "Coinbase can't replace an order by another: cancel it and place a new one";

/** These leave nothing to cancel, or ask for what was asked for already. */
const CANCELED_ALREADY = "DUPLICATE_CANCEL_REQUEST";

/** Coinbase counts by the second. */
const PER_SECOND = 30;

export function createCoinbaseOrders(
  client: CoinbaseClient,
  requestsPerMinute: number,
  now: () => Date,
): Broker {
  return {
    venue: "coinbase",
    costs: {
      perMinute: requestsPerMinute,
      burst: PER_SECOND,
      order: 1,
      // The order and its fills, or the lists in which it would be by our id.
      lookUp: 3,
      openOrders: 3,
    },
    updates: null,
    cannotReplace: CANNOT_REPLACE,

    async submit(order): Promise<SubmitAnswer> {
      const message = refusedByKind(order);
      if (message !== null) return { kind: "rejected", reason: "venue_rejected", message };
      const prepared = await prepare(client, order, order.symbol);
      if (prepared.kind === "rejected") return prepared;
      const { exchange } = prepared;
      const call = toCreateOrder(exchange, order);
      try {
        // An id that it has had before is answered with that order, and places none.
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
        let { brokerOrderId } = order;
        if (brokerOrderId === null) {
          const found = await findOrder(exchange, order);
          if (found === null) return { kind: "not_found" };
          brokerOrderId = found.order_id;
        }
        const refused = await cancelById(exchange, brokerOrderId);
        if (refused === null) return { kind: "requested" };
        // Its reasons are many; what became of the order says more.
        const found = await findOrder(exchange, { ...order, brokerOrderId });
        if (found === null) return { kind: "not_found" };
        if (standingOf(found) === "open") return { kind: "unknown", cause: refused };
        return { kind: "not_cancelable", message: `the order is ${found.status}` };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async replace() {
      return { kind: "rejected", reason: "venue_rejected", message: CANNOT_REPLACE };
    },

    async lookUp(order): Promise<LookUpAnswer> {
      try {
        const { exchange } = await client.ready();
        const found = await findOrder(exchange, order);
        if (found === null) return { kind: "not_found" };
        const fills = isZero(found.filled_size) ? [] : await fillsOf(exchange, found.order_id);
        const reports = toOrderReports(order.id, found, fills);
        return { kind: "found", brokerOrderId: found.order_id, reports };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async openOrders(): Promise<OpenOrdersAnswer> {
      try {
        const { exchange, markets } = await client.ready();
        const symbols = symbolsById(markets);
        const open = await listOpen(exchange);
        const orders = open.map((order) => toOrderAtVenue(order, symbols));
        return { kind: "listed", orders };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },
  };
}

/** Why it was refused; null where it was taken. */
async function cancelById(exchange: coinbase, brokerOrderId: string): Promise<string | null> {
  const request = { order_ids: [brokerOrderId] };
  const answer = await exchange.v3PrivatePostBrokerageOrdersBatchCancel(request);
  const [result] = wireCanceled.parse(answer).results;
  if (result === undefined || result.success) return null;
  const { failure_reason: reason } = result;
  return reason === CANCELED_ALREADY ? null : (reason ?? "refused");
}

/** Refused as a repetition: an earlier request that we took for lost has arrived. */
async function landed(exchange: coinbase, { id, symbol }: OrderToSubmit): Promise<SubmitAnswer> {
  try {
    const found = await findOrder(exchange, { id, symbol, brokerOrderId: null });
    if (found !== null) return accepted(found.order_id, found.created_time);
    return { kind: "unknown", cause: "taken before, not found yet" };
  } catch (error) {
    return { kind: "unknown", cause: describe(error) };
  }
}

const symbolsById = (markets: ReadonlyMap<string, CoinbaseMarket>): ReadonlyMap<string, string> =>
  new Map([...markets.values()].map(({ id, symbol }) => [id, symbol]));
