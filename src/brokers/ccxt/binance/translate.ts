/** Between Binance's words and ours. Pure. */

import { add, equals, ZERO } from "../../../domain/decimal.ts";
import type { BrokerReport } from "../../../domain/execution.ts";
import type { Instrument } from "../../../domain/instrument.ts";
import type { OrderAtVenue, RejectionReason, SubmitAnswer } from "../../broker.ts";
import { toOrderId } from "../../client-id.ts";
import { toInstrument } from "../instrument.ts";
import { marksReplacement } from "./replace-mark.ts";
import { feeMarketOf, fromMarketId, toBrokerOrderId, toFeeAsset } from "./symbols.ts";
import type { BinanceMarket, WireExecutionReport, WireOrder, WireTrade } from "./wire.ts";

/** The answers that say nothing of whether the request was carried out. */
const AMBIGUOUS = new Set([-1000, -1001, -1006, -1007]);
const UNAUTHORIZED = new Set([-1002, -1022, -2014, -2015]);
const BUSY = new Set([-1003, -1015]);

/** Why Binance refused a submit with this answer; null where the order may have been taken all the same. */
export function toRejectionReason(
  status: number,
  code: number | null,
  message: string,
): RejectionReason | null {
  // 403 is the firewall's word for too many requests.
  if (status === 429 || status === 418 || status === 403) return "broker_busy";
  if (code !== null && BUSY.has(code)) return "broker_busy";
  if (status < 400 || status >= 500 || status === 408) return null;
  if (code !== null && AMBIGUOUS.has(code)) return null;
  if (status === 401 || (code !== null && UNAUTHORIZED.has(code))) return "broker_unauthorized";
  if (/insufficient balance/i.test(message)) return "venue_insufficient_funds";
  if (/market is closed/i.test(message)) return "venue_market_closed";
  if (code === -1111 || /PRICE_FILTER|LOT_SIZE/.test(message)) return "venue_increment";
  if (code === -1121 || /not permitted|disabled|not whitelisted/i.test(message)) {
    return "venue_not_tradable";
  }
  return "venue_rejected";
}

export const isAmbiguous = (code: number): boolean => AMBIGUOUS.has(code);

/** Whether a refused submit says that an open order already has this id. */
export const isDuplicate = (code: number | null, message: string): boolean =>
  code === -2010 && /duplicate order/i.test(message);

export function toSubmitAnswer(order: WireOrder): SubmitAnswer {
  if (order.info.status === "REJECTED") {
    return { kind: "rejected", reason: "venue_rejected", message: "rejected by the exchange" };
  }
  return {
    kind: "accepted",
    brokerOrderId: toBrokerOrderId(order.info.symbol, order.id),
    // Fills and an immediate end come as reports.
    event: "new",
    at: new Date(order.timestamp ?? order.lastUpdateTimestamp ?? 0),
  };
}

export function toOrderAtVenue(order: WireOrder): OrderAtVenue {
  const { id, clientOrderId, filled, timestamp, info } = order;
  return {
    orderId: toOrderId(clientOrderId),
    brokerOrderId: toBrokerOrderId(info.symbol, id),
    symbol: fromMarketId(info.symbol) ?? info.symbol,
    filled,
    event: "new",
    isTriggered: isStop(info.type ?? "") && info.isWorking === true,
    venueStatus: info.status,
    at: new Date(timestamp ?? 0),
  };
}

const FINISHED: Readonly<Record<string, BrokerReport["event"] | undefined>> = {
  CANCELED: "canceled",
  EXPIRED: "expired",
  EXPIRED_IN_MATCH: "expired",
  REJECTED: "rejected",
};

/** Null for steps that change nothing of ours. */
export function toReport(report: WireExecutionReport): BrokerReport | null {
  const event = eventOf(report);
  if (event === null) return null;
  const isFill = event === "fill" || event === "partial_fill";
  const isEnd = event === "canceled" || event === "expired" || event === "replaced";
  return {
    ...(isEnd && report.z !== null ? { cumulative: report.z } : {}),
    orderId: report.x === "CANCELED" && report.C ? report.C : report.c,
    brokerOrderId: toBrokerOrderId(report.s, report.i),
    event,
    execution: isFill
      ? {
          id: report.t,
          quantity: report.l,
          price: report.L,
          fee: report.n ?? ZERO,
          feeAsset: toFeeAsset(report.N ?? "USDT"),
          ...feeMarketOf(report.s, report.N ?? "USDT"),
          liquidity: report.m == null ? null : report.m ? "maker" : "taker",
        }
      : null,
    reason: event === "rejected" ? (report.r ?? null) : null,
    venueStatus: report.X,
    at: new Date(report.T),
  };
}

function eventOf({ x, X, o, w, c }: WireExecutionReport): BrokerReport["event"] | null {
  switch (x) {
    case "NEW":
      return isStop(o) && w === true ? "triggered" : "new";
    case "CANCELED":
      return marksReplacement(c) ? "replaced" : "canceled";
    case "TRADE":
      return X === "FILLED" ? "fill" : "partial_fill";
    default:
      // Ends come as their own type, or as TRADE_PREVENTION with the end as the status.
      return FINISHED[x] ?? FINISHED[X] ?? null;
  }
}

const isStop = (type: string): boolean => type.startsWith("STOP_LOSS");

/**
 * The reports that bring an order up to date from its state and its executions (in order of time). While executions are
 * missing, the end is held back, and with it the release of what the order reserves: a later look-up brings both.
 * `isReplaced`: another order stands in its place, which its own state does not tell from a cancel.
 */
export function toReports(
  order: WireOrder,
  trades: readonly WireTrade[],
  isReplaced = false,
): BrokerReport[] {
  const venueStatus = order.info.status;
  const updatedAt = new Date(order.lastUpdateTimestamp ?? order.timestamp ?? 0);
  const common = {
    orderId: order.clientOrderId,
    brokerOrderId: toBrokerOrderId(order.info.symbol, order.id),
    execution: null,
    reason: null,
    venueStatus,
  };
  const reports: BrokerReport[] = [];
  const end = isReplaced && venueStatus === "CANCELED" ? "replaced" : FINISHED[venueStatus];
  // An expiry needs `new` before it; fills, cancels and rejections may follow an unknown submit at once.
  if (venueStatus === "NEW" || (end === "expired" && trades.length === 0)) {
    reports.push({ ...common, event: "new", at: new Date(order.timestamp ?? updatedAt) });
    // Once it has executions, they say so.
    if (isStop(order.info.type ?? "") && order.info.isWorking === true) {
      reports.push({ ...common, event: "triggered", at: updatedAt });
    }
  }

  let cumulative = ZERO;
  for (const trade of trades) {
    cumulative = add(cumulative, trade.amount);
    reports.push({
      ...common,
      event: venueStatus === "FILLED" && equals(cumulative, order.filled) ? "fill" : "partial_fill",
      execution: {
        id: trade.id,
        quantity: trade.amount,
        price: trade.price,
        fee: trade.fee.cost,
        feeAsset: toFeeAsset(trade.fee.currency),
        ...feeMarketOf(order.info.symbol, trade.fee.currency),
        liquidity: trade.takerOrMaker ?? null,
      },
      at: new Date(trade.timestamp),
    });
  }

  if (end !== undefined && equals(cumulative, order.filled)) {
    reports.push({ ...common, event: end, at: updatedAt });
  }
  return reports;
}

/** Null for markets whose name we cannot carry. */
export const toBinanceInstrument = (market: BinanceMarket): Instrument | null =>
  toInstrument(
    "binance",
    fromMarketId(market.id),
    market,
    market.info.orderTypes.includes("LIMIT"),
  );
