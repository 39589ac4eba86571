import { ApiError } from "@alpacahq/alpaca-trade-api";
import { equals, isZero, sum } from "../../domain/decimal.ts";
import type {
  Broker,
  BrokerOrderRef,
  CancelAnswer,
  LookUpAnswer,
  SubmitAnswer,
} from "../broker.ts";
import { causeOf } from "../cause.ts";
import type { AlpacaClient } from "./client.ts";
import {
  isDuplicate,
  toOrderRequest,
  toRejectionReason,
  toReports,
  toSubmitAnswer,
} from "./translate.ts";
import { type WireFill, type WireOrder, wireFills, wireOrder } from "./wire.ts";

const FILLS_PAGE = 100;
// Other orders' executions stand between: past this, an order that is still incomplete waits for the next look-up.
const FILLS_PAGES_MAX = 10;
const CLOCKS_APART_MS = 2_000;

export function createAlpacaOrders(client: AlpacaClient): Omit<Broker, "updates"> {
  async function find(orderId: string): Promise<WireOrder | null> {
    try {
      return wireOrder.parse(await client.orderByClientId(orderId));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /** The executions of `order`, oldest first, as far as the account's activities show them yet. */
  async function fillsOf(order: WireOrder): Promise<WireFill[]> {
    const started = order.submitted_at ?? order.created_at;
    const ended = order.filled_at ?? order.updated_at ?? order.created_at;
    const range = {
      after: new Date(started.getTime() - CLOCKS_APART_MS),
      until: new Date(ended.getTime() + CLOCKS_APART_MS),
      pageSize: FILLS_PAGE,
    };
    const found: WireFill[] = [];
    let pageToken: string | undefined;
    for (let page = 0; page < FILLS_PAGES_MAX; page++) {
      const fills = wireFills.parse(
        await client.fills(pageToken === undefined ? range : { ...range, pageToken }),
      );
      found.push(...fills.filter((fill) => fill.order_id === order.id));
      pageToken = fills.at(-1)?.id;
      const complete = equals(sum(found.map((fill) => fill.qty)), order.filled_qty);
      if (complete || fills.length < FILLS_PAGE || pageToken === undefined) break;
    }
    return found;
  }

  return {
    venue: "alpaca",

    async submit(order): Promise<SubmitAnswer> {
      try {
        return toSubmitAnswer(wireOrder.parse(await client.postOrder(toOrderRequest(order))));
      } catch (error) {
        if (!(error instanceof ApiError)) return { kind: "unknown", cause: causeOf(error) };
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
        if (!(error instanceof ApiError)) return { kind: "unknown", cause: causeOf(error) };
        if (error.status === 404) return { kind: "not_found" };
        if (error.status === 422) return { kind: "not_cancelable", message: error.message };
        return { kind: "unknown", cause: `HTTP ${error.status}` };
      }
    },

    async lookUp({ id }: BrokerOrderRef): Promise<LookUpAnswer> {
      try {
        const order = await find(id);
        if (order === null) return { kind: "not_found" };
        const fills = isZero(order.filled_qty) ? [] : await fillsOf(order);
        return { kind: "found", brokerOrderId: order.id, reports: toReports(order, fills) };
      } catch (error) {
        const cause = error instanceof ApiError ? `HTTP ${error.status}` : causeOf(error);
        return { kind: "unknown", cause };
      }
    },
  };

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
