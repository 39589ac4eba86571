import { isZero } from "../../domain/decimal.ts";
import type {
  Broker,
  BrokerOrderRef,
  CancelAnswer,
  LookUpAnswer,
  OpenOrdersAnswer,
  OrderAtVenue,
  ReplaceAnswer,
  SubmitAnswer,
} from "../broker.ts";
import { causeOf } from "../cause.ts";
import { type AlpacaClient, isApiError } from "./client.ts";
import { FillsSearch } from "./fills-search.ts";
import {
  isDuplicate,
  REJECTED_LATER,
  stands,
  toOrderAtVenue,
  toOrderRequest,
  toRejectionReason,
  toReplaceRequest,
  toReports,
  toSubmitAnswer,
} from "./translate.ts";
import { type WireOrder, wireOpenOrders, wireOrder } from "./wire.ts";

const ORDERS_PAGE = 500;
const ORDERS_PAGES_MAX = 20;

export function createAlpacaOrders(
  client: AlpacaClient,
  requestsPerMinute: number,
): Omit<Broker, "updates"> {
  const search = new FillsSearch(client);

  async function find(orderId: string): Promise<WireOrder | null> {
    try {
      return wireOrder().parse(await client.orderByClientId(orderId));
    } catch (error) {
      if (isApiError(error) && error.status === 404) return null;
      throw error;
    }
  }

  return {
    venue: "alpaca",
    // A look-up asks for the order and, where it has filled, for its executions.
    costs: { perMinute: requestsPerMinute, order: 1, lookUp: 2, openOrders: 1 },

    async submit(order): Promise<SubmitAnswer> {
      try {
        return toSubmitAnswer(wireOrder().parse(await client.postOrder(toOrderRequest(order))));
      } catch (error) {
        if (!isApiError(error)) return { kind: "unknown", cause: causeOf(error) };
        const { status, message } = error;
        if (isDuplicate(status, message)) return landed(order.id);
        const reason = toRejectionReason(status, message);
        if (reason === null) return { kind: "unknown", cause: `HTTP ${status}` };
        return { kind: "rejected", reason, message };
      }
    },

    async cancel({ id, brokerOrderId }: BrokerOrderRef): Promise<CancelAnswer> {
      try {
        const target = brokerOrderId ?? (await find(id))?.id;
        if (target === undefined) return { kind: "not_found" };
        await client.cancelOrder(target);
        return { kind: "requested" };
      } catch (error) {
        if (!isApiError(error)) return { kind: "unknown", cause: causeOf(error) };
        if (error.status === 404) return { kind: "not_found" };
        if (error.status === 422) return { kind: "not_cancelable", message: error.message };
        return { kind: "unknown", cause: `HTTP ${error.status}` };
      }
    },

    async replace(old, replacement): Promise<ReplaceAnswer> {
      if (replacement.quantity === null) {
        const message = "orders by notional cannot be replaced";
        return { kind: "rejected", reason: "venue_rejected", message };
      }
      let target: string | undefined;
      try {
        target = old.brokerOrderId ?? (await find(old.id))?.id;
      } catch {
        // Nothing has been asked for yet.
        return {
          kind: "rejected",
          reason: "broker_busy",
          message: "the order was not found in time",
        };
      }
      if (target === undefined) {
        return { kind: "rejected", reason: "venue_rejected", message: "order not found" };
      }
      try {
        const answer = await client.replaceOrder(target, toReplaceRequest(replacement));
        return toReplaceAnswer(wireOrder().parse(answer));
      } catch (error) {
        if (!isApiError(error)) return { kind: "unknown", cause: causeOf(error) };
        const { status, message } = error;
        if (isDuplicate(status, message)) return arrived(replacement.id);
        const reason = toRejectionReason(status, message);
        if (reason === null) return { kind: "unknown", cause: `HTTP ${status}` };
        return { kind: "rejected", reason, message };
      }
    },

    async lookUp({ id, replacedBy }: BrokerOrderRef): Promise<LookUpAnswer> {
      try {
        const order = await find(id);
        if (order === null) return { kind: "not_found" };
        const fills = isZero(order.filled_qty) ? [] : await search.of(order);
        const isRefused = replacedBy != null && stands(order) && (await isRejected(replacedBy));
        const reports = toReports(order, fills, isRefused);
        return { kind: "found", brokerOrderId: order.id, reports };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async openOrders(): Promise<OpenOrdersAnswer> {
      const orders: OrderAtVenue[] = [];
      let afterOrderId: string | undefined;
      try {
        for (let page = 0; page < ORDERS_PAGES_MAX; page++) {
          const range = afterOrderId === undefined ? {} : { afterOrderId };
          const found = wireOpenOrders().parse(
            await client.openOrders({ limit: ORDERS_PAGE, ...range }),
          );
          orders.push(...found.map(toOrderAtVenue));
          afterOrderId = found.at(-1)?.id;
          if (found.length < ORDERS_PAGE) return { kind: "listed", orders };
        }
        return { kind: "unknown", cause: `more than ${orders.length} open orders` };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },
  };

  async function isRejected(orderId: string): Promise<boolean> {
    return (await find(orderId))?.status === "rejected";
  }

  // As for a submit: an earlier request that was taken for lost.
  async function arrived(orderId: string): Promise<ReplaceAnswer> {
    const answer = await landed(orderId);
    if (answer.kind !== "accepted") return answer;
    return { kind: "requested", brokerOrderId: answer.brokerOrderId };
  }

  // Refused as a repetition: an earlier request that we took for lost has arrived.
  async function landed(orderId: string): Promise<SubmitAnswer> {
    try {
      const order = await find(orderId);
      if (order !== null) return toSubmitAnswer(order);
      return { kind: "unknown", cause: "taken before, not found yet" };
    } catch (error) {
      return { kind: "unknown", cause: causeOf(error) };
    }
  }
}

function toReplaceAnswer({ id, status }: WireOrder): ReplaceAnswer {
  if (status !== "rejected") return { kind: "requested", brokerOrderId: id };
  return { kind: "rejected", reason: "venue_rejected", message: REJECTED_LATER };
}

const describe = (error: unknown): string =>
  isApiError(error) ? `HTTP ${error.status}` : causeOf(error);
