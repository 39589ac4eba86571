/** Between Coinbase's words and ours. Pure. */

import {
  abs,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  sub,
  sum,
  ZERO,
} from "../../../domain/decimal.ts";
import type { BrokerReport } from "../../../domain/execution.ts";
import type { Instrument } from "../../../domain/instrument.ts";
import type { OrderAtVenue } from "../../broker.ts";
import { toOrderId } from "../../client-id.ts";
import { toInstrument } from "../instrument.ts";
import { type OrderState, type PlacedExecution, toReports } from "../order-state.ts";
import type { CoinbaseMarket, WireFill, WireOrder } from "./wire.ts";

const STANDINGS: Readonly<Record<string, OrderState["standing"] | undefined>> = {
  PENDING: "open",
  QUEUED: "open",
  OPEN: "open",
  CANCEL_QUEUED: "open",
  EDIT_QUEUED: "open",
  FILLED: "filled",
  CANCELLED: "canceled",
  EXPIRED: "expired",
  FAILED: "rejected",
};

/** Throws for a status that we do not know. */
export function standingOf({ status, filled_size }: WireOrder): OrderState["standing"] {
  const standing = STANDINGS[status];
  if (standing === undefined) throw new RangeError(`unknown status: ${status}`);
  // What has traded was taken.
  return standing === "rejected" && !isZero(filled_size) ? "canceled" : standing;
}

/** `fills` are the order's regular ones. */
export function toOrderReports(
  orderId: string,
  order: WireOrder,
  fills: readonly WireFill[],
): BrokerReport[] {
  const executions = fills.map(toExecution).sort(byTime);
  const isByValue = fills.some(({ size_in_quote }) => size_in_quote === true);
  return toReports({
    orderId,
    brokerOrderId: order.order_id,
    venueStatus: order.status,
    standing: standingOf(order),
    isTriggered: isTriggered(order),
    reason: order.reject_message || order.cancel_message || null,
    openedAt: order.created_time,
    updatedAt: order.last_update_time ?? executions.at(-1)?.at ?? order.created_time,
    executions,
    filled: isByValue ? null : order.filled_size,
    isComplete: isWhole(order, executions, isByValue ? UNITS_TOLERANCE : ZERO),
  });
}

/** `symbols` are ours, by the ids of the products. */
export function toOrderAtVenue(
  order: WireOrder,
  symbols: ReadonlyMap<string, string>,
): OrderAtVenue {
  const { product_id, status } = order;
  return {
    orderId: toOrderId(order.client_order_id ?? ""),
    brokerOrderId: order.order_id,
    symbol: symbols.get(product_id) ?? product_id,
    filled: order.filled_size,
    event: status === "PENDING" || status === "QUEUED" ? "accepted" : "new",
    isTriggered: isTriggered(order),
    venueStatus: status,
    at: order.created_time,
  };
}

const isTriggered = ({ trigger_status }: WireOrder): boolean => trigger_status === "STOP_TRIGGERED";

/** Far below any step; fills by value are divided here and there, and rounded. */
const UNITS_PLACES = 18;
const UNITS_TOLERANCE = decimal("0.00000001");

function toExecution(fill: WireFill): PlacedExecution {
  const { trade_id: id, price, size, trade_time: at } = fill;
  return {
    execution: {
      id,
      quantity: fill.size_in_quote === true ? divide(size, price, UNITS_PLACES) : size,
      price,
      fee: fill.commission,
      // Dollars and dollar coins trade in one book, at par.
      feeAsset: fill.product_id.replace(/^.*-/, "").replace(/^USDC$/, "USD"),
      liquidity: toLiquidity(fill.liquidity_indicator),
    },
    at,
  };
}

function toLiquidity(indicator: string | null | undefined): "maker" | "taker" | null {
  if (indicator === "MAKER") return "maker";
  return indicator === "TAKER" ? "taker" : null;
}

const byTime = (a: PlacedExecution, b: PlacedExecution): number =>
  a.at.getTime() - b.at.getTime() || (a.execution.id < b.execution.id ? -1 : 1);

/** Whether the executions are all that the order tells of, in number and in quantity. */
function isWhole(
  { number_of_fills: count, filled_size: filled }: WireOrder,
  executions: readonly PlacedExecution[],
  tolerance: Decimal,
): boolean {
  if (count != null && count !== executions.length) return false;
  const told = sum(executions.map(({ execution }) => execution.quantity));
  return compare(abs(sub(told, filled)), tolerance) <= 0;
}

/** Null for markets whose name we cannot carry. */
export function toCoinbaseInstrument(market: CoinbaseMarket): Instrument | null {
  const instrument = toInstrument("coinbase", market.symbol, market, market.tradable);
  return instrument && { ...instrument, name: market.name };
}
