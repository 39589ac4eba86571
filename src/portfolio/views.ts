import * as z from "zod";
import "../http/describable.ts";
import { BAR_INTERVALS } from "../domain/bar.ts";
import { type Decimal, formatMoney, sub } from "../domain/decimal.ts";
import { ORDER_SIDES } from "../domain/order.ts";
import { decimalOut } from "../http/decimal-text.ts";
import { type View, view } from "../http/view.ts";
import type { History } from "./history.ts";
import type { MarkedPosition } from "./marking.ts";
import type { Position, Trade } from "./ports.ts";
import type { Overview } from "./service.ts";

const moment = view(() => z.iso.datetime());
const assetType = view(() => z.enum(["stock", "crypto"]));

export const portfolioView = view(() =>
  z
    .object({
      id: z.uuid(),
      cash_balance: decimalOut("100000.00"),
      cash_reserved: decimalOut("0.00"),
      buying_power: decimalOut("100000.00"),
      crypto_balance: decimalOut("0.00"),
      stock_market_value: decimalOut("0.00"),
      total_value: decimalOut("100000.00"),
      last_equity: decimalOut("100000.00").openapi({
        description: "At the last close: of the stock market, of coins at midnight UTC.",
      }),
      unrealized_pnl: decimalOut("0.00"),
      realized_pnl: decimalOut("0.00"),
      fees: decimalOut("0.00"),
      net_deposits: decimalOut("100000.00"),
      day_pnl: decimalOut("0.00"),
      day_pnl_pct: decimalOut("0").nullable(),
      positions_count: z.int(),
      open_orders_count: z.int(),
      prices_as_of: moment().nullable(),
      stale_symbols: z.array(z.string()),
      as_of_seq: z.int(),
      created_at: moment(),
      updated_at: moment(),
    })
    .openapi("Portfolio"),
);

export const positionView = view(() =>
  z
    .object({
      id: z.uuid(),
      symbol: z.string(),
      asset_type: assetType(),
      side: z.enum(["long", "short"]),
      quantity: decimalOut("100"),
      quantity_available: decimalOut("100"),
      quantity_reserved: decimalOut("0"),
      dust: decimalOut("0")
        .nullable()
        .openapi({ description: "Below the venue's step: stays when the rest is sold." }),
      average_entry_price: decimalOut().nullable(),
      cost_basis: decimalOut("1025.00"),
      current_price: decimalOut().nullable(),
      price_source: z.enum(["last_trade", "mid", "previous_close"]).nullable(),
      price_as_of: moment().nullable(),
      stale: z.boolean(),
      market_value: decimalOut("1025.00").nullable(),
      unrealized_pnl: decimalOut("0.00").nullable(),
      unrealized_pnl_pct: decimalOut("0").nullable(),
      day_pnl: decimalOut("0.00").nullable(),
      realized_pnl: decimalOut("0.00"),
      fees: decimalOut("0.00"),
      opened_at: moment(),
      closed_at: moment().nullable(),
      updated_at: moment(),
    })
    .openapi("Position"),
);

export const positionListView = view(() =>
  z.object({ positions: z.array(positionView()) }).openapi("PositionList"),
);

export const tradeView = view(() =>
  z
    .object({
      id: z.uuid(),
      order_id: z.uuid(),
      symbol: z.string(),
      asset_type: assetType(),
      side: z.enum(ORDER_SIDES),
      quantity: decimalOut("100"),
      price: decimalOut(),
      value: decimalOut("1025.00"),
      fee: decimalOut("0"),
      fee_asset: z.string(),
      fee_usd: decimalOut("0.00"),
      liquidity: z.enum(["maker", "taker"]).nullable(),
      execution_id: z.string(),
      executed_at: moment(),
      voided_at: moment().nullable().openapi({ description: "When the venue took it back." }),
      seq: z.int(),
    })
    .openapi("Trade"),
);

export const historyView = view(() =>
  z
    .object({
      interval: z.enum(BAR_INTERVALS),
      base_value: decimalOut("100000.00").openapi({
        description:
          "At the start of the period; zero where the account began, or was reset, after it.",
      }),
      points: z.array(
        z.object({
          timestamp: moment(),
          equity: decimalOut("100000.00"),
          profit_loss: decimalOut("0.00").openapi({
            description: "Equity less the base value and the net deposits.",
          }),
          profit_loss_pct: decimalOut("0").nullable(),
          net_deposits: decimalOut("0.00").openapi({
            description: "Since the start of the period.",
          }),
        }),
      ),
    })
    .openapi("PortfolioHistory"),
);

export const tradeListView = view(() =>
  z
    .object({ trades: z.array(tradeView()), next_page_token: z.string().nullable() })
    .openapi("TradeList"),
);

const money = <T extends Decimal | null>(amount: T) =>
  (amount === null ? null : formatMoney(amount)) as T;

export function toPortfolioView(overview: Overview): View<typeof portfolioView> {
  const { positions } = overview;
  return {
    id: overview.id,
    cash_balance: money(overview.cashBalance),
    cash_reserved: money(overview.cashReserved),
    buying_power: money(sub(overview.cashBalance, overview.cashReserved)),
    crypto_balance: money(overview.cryptoMarketValue),
    stock_market_value: money(overview.stockMarketValue),
    total_value: money(overview.totalValue),
    last_equity: money(overview.lastEquity),
    unrealized_pnl: money(overview.unrealizedPnl),
    realized_pnl: money(overview.realizedPnl),
    fees: money(overview.fees),
    net_deposits: money(overview.netDeposits),
    day_pnl: money(overview.dayPnl),
    day_pnl_pct: overview.dayPnlPct,
    positions_count: positions.length,
    open_orders_count: overview.openOrders,
    prices_as_of: overview.pricesAsOf?.toISOString() ?? null,
    stale_symbols: positions.filter(({ stale }) => stale).map(({ symbol }) => symbol),
    as_of_seq: overview.lastSeq,
    created_at: overview.createdAt.toISOString(),
    updated_at: overview.updatedAt.toISOString(),
  };
}

/** A position as the ledger knows it, without a market price: what an event of the journal carries. */
export function toBookedPositionView(position: Position) {
  return {
    id: position.id,
    symbol: position.symbol,
    asset_type: position.assetType,
    side: position.quantity.startsWith("-") ? ("short" as const) : ("long" as const),
    quantity: position.quantity,
    quantity_available: sub(position.quantity, position.quantityReserved),
    quantity_reserved: position.quantityReserved,
    average_entry_price: money(position.averageEntryPrice),
    cost_basis: money(position.costBasis),
    realized_pnl: money(position.realizedPnl),
    fees: money(position.fees),
    opened_at: position.openedAt.toISOString(),
    closed_at: position.closedAt?.toISOString() ?? null,
    updated_at: position.updatedAt.toISOString(),
  };
}

export function toPositionView(position: MarkedPosition): View<typeof positionView> {
  const { mark, value } = position;
  return {
    ...toBookedPositionView(position),
    dust: position.dust ?? null,
    current_price: money(mark?.price ?? null),
    price_source: mark?.source ?? null,
    price_as_of: mark?.at.toISOString() ?? null,
    stale: position.stale,
    market_value: money(value?.marketValue ?? null),
    unrealized_pnl: money(value?.unrealizedPnl ?? null),
    unrealized_pnl_pct: value?.unrealizedPnlPct ?? null,
    day_pnl: money(position.dayPnl),
  };
}

export function toTradeView(trade: Trade): View<typeof tradeView> {
  return {
    id: trade.id,
    order_id: trade.orderId,
    symbol: trade.symbol,
    asset_type: trade.assetType,
    side: trade.side,
    quantity: trade.quantity,
    price: money(trade.price),
    value: money(trade.value),
    fee: trade.fee,
    fee_asset: trade.feeAsset,
    fee_usd: money(trade.feeUsd),
    liquidity: trade.liquidity,
    execution_id: trade.executionId,
    executed_at: trade.executedAt.toISOString(),
    voided_at: trade.voidedAt?.toISOString() ?? null,
    seq: trade.seq,
  };
}

export function toHistoryView(history: History): View<typeof historyView> {
  return {
    interval: history.interval,
    base_value: money(history.baseValue),
    points: history.points.map((point) => ({
      timestamp: new Date(point.atMs).toISOString(),
      equity: money(point.equity),
      profit_loss: money(point.profitLoss),
      profit_loss_pct: point.profitLossPct,
      net_deposits: money(point.deposited),
    })),
  };
}
