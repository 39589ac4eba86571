/** Between Kraken's words and ours. Pure. */

import { abs, compare, type Decimal, decimal, equals, sub, sum } from "../../../domain/decimal.ts";
import type { BrokerReport } from "../../../domain/execution.ts";
import type { Instrument } from "../../../domain/instrument.ts";
import type { OrderAtVenue } from "../../broker.ts";
import { toOrderId } from "../../client-id.ts";
import { toInstrument } from "../instrument.ts";
import { type OrderState, type PlacedExecution, toReports } from "../order-state.ts";
import type { KrakenMarket, WireOrder, WireTrade } from "./wire.ts";

export interface KrakenOrder {
  readonly id: string;
  readonly order: WireOrder;
}

const STANDINGS: Readonly<Record<string, OrderState["standing"] | undefined>> = {
  pending: "open",
  open: "open",
  closed: "filled",
  canceled: "canceled",
  expired: "expired",
};

/** Throws for a status that we do not know. */
export function standingOf({ status }: WireOrder): OrderState["standing"] {
  const standing = STANDINGS[status];
  if (standing === undefined) throw new RangeError(`unknown status: ${status}`);
  return standing;
}

/** `trades` are the order's, by id. */
export function toOrderReports(
  orderId: string,
  { id, order }: KrakenOrder,
  trades: ReadonlyMap<string, WireTrade>,
  market: Pick<KrakenMarket, "base">,
): BrokerReport[] {
  const isByValue = hasFlag(order, "viqc");
  const feeAsset = hasFlag(order, "fcib") ? market.base : "USD";
  return toReports({
    orderId,
    brokerOrderId: id,
    venueStatus: order.status,
    standing: standingOf(order),
    isTriggered: isTriggered(order),
    reason: order.reason ?? null,
    openedAt: order.opentm,
    updatedAt: order.closetm ?? order.opentm,
    executions: [...trades].map((trade) => toExecution(trade, feeAsset)).sort(byTime),
    filled: isByValue ? null : order.vol_exec,
    isComplete: isWhole(order, [...trades.values()], isByValue),
  });
}

/** `symbols` are ours, by Kraken's names of the pairs. */
export function toOrderAtVenue(
  { id, order }: KrakenOrder,
  symbols: ReadonlyMap<string, string>,
): OrderAtVenue {
  const { pair } = order.descr;
  return {
    orderId: toOrderId(order.cl_ord_id ?? ""),
    brokerOrderId: id,
    symbol: symbols.get(pair) ?? pair,
    filled: order.vol_exec,
    event: order.status === "pending" ? "accepted" : "new",
    isTriggered: isTriggered(order),
    venueStatus: order.status,
    at: order.opentm,
  };
}

const isTriggered = ({ misc }: WireOrder): boolean => misc?.split(",").includes("stopped") === true;

function toExecution([id, trade]: readonly [string, WireTrade], feeAsset: string): PlacedExecution {
  const { vol: quantity, price, fee, maker, time: at } = trade;
  const liquidity = maker == null ? null : maker ? "maker" : "taker";
  return { execution: { id, quantity, price, fee, feeAsset, liquidity }, at };
}

const byTime = (a: PlacedExecution, b: PlacedExecution): number =>
  a.at.getTime() - b.at.getTime() || (a.execution.id < b.execution.id ? -1 : 1);

/** Below the least that a trade can be worth; Kraken cuts the costs it tells. */
const COST_TOLERANCE = decimal("0.01");

/** An order by value may count what it has filled in dollars: its trades must then cost that. */
function isWhole(order: WireOrder, trades: readonly WireTrade[], isByValue: boolean): boolean {
  const filled = order.vol_exec;
  if (equals(sum(trades.map(({ vol }) => vol)), filled)) return true;
  return isByValue && isNear(sum(trades.map(({ cost }) => cost)), filled);
}

const isNear = (a: Decimal, b: Decimal): boolean => compare(abs(sub(a, b)), COST_TOLERANCE) < 0;

const hasFlag = ({ oflags }: WireOrder, flag: string): boolean =>
  oflags?.split(",").includes(flag) === true;

/** Null for markets whose name we cannot carry. */
export const toKrakenInstrument = (market: KrakenMarket): Instrument | null =>
  toInstrument("kraken", market.symbol, market, true);
