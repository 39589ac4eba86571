/** Asking Coinbase for orders and their fills. Answers are read as they came: ccxt takes one that makes no sense for empty. */

import type { coinbase } from "#ccxt";
import { madeAtMs } from "../../../domain/id.ts";
import type { BrokerOrderRef } from "../../broker.ts";
import { isUnknownOrder } from "./refusal.ts";
import {
  type WireFill,
  type WireOrder,
  wireFillPage,
  wireGotOrder,
  wireOrderPage,
} from "./wire.ts";

const PAGE = 250;
const PAGES_MAX = 8;
/** Coinbase lists no more open orders than this, and does not say that there are more. */
const OPEN_MAX = 1_000;
/** More than two clocks ever differ by, and a submit is on its way. */
const AROUND_MS = 10 * 60_000;

type Filter = Readonly<Record<string, string | readonly string[]>>;

/** In whatever state; null where Coinbase knows none. Throws where it does not tell. */
export async function findOrder(
  exchange: coinbase,
  { id, brokerOrderId }: BrokerOrderRef,
): Promise<WireOrder | null> {
  return brokerOrderId === null ? findByOurId(exchange, id) : getOrder(exchange, brokerOrderId);
}

async function getOrder(exchange: coinbase, orderId: string): Promise<WireOrder | null> {
  try {
    const request = { order_id: orderId };
    const answer = await exchange.v3PrivateGetBrokerageOrdersHistoricalOrderId(request);
    return wireGotOrder().parse(answer).order;
  } catch (error) {
    if (isUnknownOrder(error)) return null;
    throw error;
  }
}

/**
 * Coinbase can't be asked by our id. Its lists have it: of the open orders, and of all that were made about the time when
 * ours was. Only two whole lists prove that there is none. Open ones first: an order that ends in between is then in the
 * other list.
 */
async function findByOurId(exchange: coinbase, orderId: string): Promise<WireOrder | null> {
  const isOurs = ({ client_order_id }: WireOrder) => client_order_id === orderId;
  const open = await listOrders(exchange, { order_status: "OPEN" });
  const found = open.find(isOurs);
  if (found !== undefined) return found;
  refuseCut(open);
  const madeMs = madeAtMs(orderId);
  const made = await listOrders(exchange, {
    start_date: new Date(madeMs - AROUND_MS).toISOString(),
    end_date: new Date(madeMs + AROUND_MS).toISOString(),
  });
  return made.find(isOurs) ?? null;
}

/** All that may still trade. Each list is asked for after the one that its orders come from. */
export async function listOpen(exchange: coinbase): Promise<WireOrder[]> {
  const queued = await listOrders(exchange, { order_status: ["PENDING", "QUEUED"] });
  const open = await listOrders(exchange, { order_status: "OPEN" });
  refuseCut(open);
  const ending = await listOrders(exchange, { order_status: ["CANCEL_QUEUED", "EDIT_QUEUED"] });
  const byId = new Map([...queued, ...open, ...ending].map((order) => [order.order_id, order]));
  return [...byId.values()];
}

function refuseCut(open: readonly WireOrder[]): void {
  if (open.length >= OPEN_MAX) throw new RangeError(`${open.length} open orders may not be all`);
}

/** Whole, or it throws. */
async function listOrders(exchange: coinbase, filter: Filter): Promise<WireOrder[]> {
  const orders: WireOrder[] = [];
  let after: Filter = {};
  for (let page = 0; page < PAGES_MAX; page++) {
    const request = { ...filter, limit: String(PAGE), ...after };
    const answer = wireOrderPage().parse(
      await exchange.v3PrivateGetBrokerageOrdersHistoricalBatch(request),
    );
    orders.push(...answer.orders);
    if (!answer.has_next) return orders;
    if (!answer.cursor) break;
    after = { cursor: answer.cursor };
  }
  throw new RangeError(`more than ${orders.length} orders`);
}

/** Its regular fills, whole, or it throws. */
export async function fillsOf(exchange: coinbase, orderId: string): Promise<WireFill[]> {
  const fills: WireFill[] = [];
  let after: Filter = {};
  for (let page = 0; page < PAGES_MAX; page++) {
    const request = { order_ids: [orderId], limit: String(PAGE), ...after };
    const answer = wireFillPage().parse(
      await exchange.v3PrivateGetBrokerageOrdersHistoricalFills(request),
    );
    fills.push(...answer.fills);
    // Without a word of whether there are more: what has no next page, or nothing on it, was the last.
    if (!answer.cursor || answer.fills.length === 0) {
      return fills.filter((fill) => fill.order_id === orderId && fill.trade_type === "FILL");
    }
    after = { cursor: answer.cursor };
  }
  throw new RangeError(`more than ${fills.length} fills`);
}
