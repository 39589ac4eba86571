import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { SentAs } from "../../domain/order.ts";
import { exact, moment, money } from "../columns.ts";
import * as enums from "../enums.ts";
import { users } from "./identity.ts";

export const orders = pgTable(
  "orders",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    clientOrderId: text("client_order_id"),
    symbol: text("symbol").notNull(),
    assetType: enums.assetType("asset_type").notNull(),
    side: enums.orderSide("side").notNull(),
    type: enums.orderType("type").notNull(),
    quantity: exact("quantity"),
    notional: money("notional"),
    limitPrice: exact("limit_price"),
    stopPrice: exact("stop_price"),
    timeInForce: enums.timeInForce("time_in_force").notNull(),
    filledQuantity: exact("filled_quantity").notNull().default(sql`0`),
    /** The unrounded sum of quantity × price of its executions. */
    filledValue: exact("filled_value").notNull().default(sql`0`),
    filledAvgPrice: exact("filled_avg_price").generatedAlwaysAs(
      sql`case when filled_quantity > 0 then round(filled_value / filled_quantity, 8) end`,
    ),
    /** What the venue said had filled in all, where that was more than was booked: it still owes us executions. */
    venueFilled: exact("venue_filled"),
    status: enums.orderStatus("status").notNull(),
    /** What a pending status returns to when the venue refuses the change. */
    statusBefore: enums.orderStatus("status_before"),
    rejectionReason: text("rejection_reason"),
    /** The facts of our own refusal, replayed to a repeated request. */
    refusal: jsonb("refusal").$type<Record<string, unknown>>(),
    cancelReason: text("cancel_reason"),
    /** What a unit of the rest reserves, before the fee. */
    reservePrice: exact("reserve_price"),
    feeRate: exact("fee_rate").notNull().default(sql`0`),
    reservedAmount: money("reserved_amount").notNull().default(sql`0`),
    reservedQuantity: exact("reserved_quantity").notNull().default(sql`0`),
    fees: money("fees").notNull().default(sql`0`),
    broker: enums.venue("broker").notNull(),
    brokerOrderId: text("broker_order_id"),
    sentAs: jsonb("sent_as").$type<SentAs>(),
    /** The share of a holding that the order was to close, 1 being all; its quantity followed from what was held then. */
    closeShare: exact("close_share"),
    replaces: uuid("replaces"),
    /** The total that was asked for in a replace; `quantity` is what was left of it. */
    replaceTotal: exact("replace_total"),
    replacedBy: uuid("replaced_by"),
    version: integer("version").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    submittedAt: moment("submitted_at"),
    triggeredAt: moment("triggered_at"),
    filledAt: moment("filled_at"),
    cancelledAt: moment("cancelled_at"),
    expiredAt: moment("expired_at"),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("orders_client_order_id_key").on(t.userId, t.clientOrderId),
    index("orders_user_idx").on(t.userId, t.id),
    index("orders_open_idx")
      .on(t.broker, t.id)
      .where(
        sql`status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace') or venue_filled > filled_quantity`,
      ),
    index("orders_user_open_idx")
      .on(t.userId, t.symbol)
      .where(
        sql`status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace')`,
      ),
    check("orders_size_check", sql`${t.quantity} > 0 or ${t.notional} > 0`),
    check("orders_filled_check", sql`${t.filledQuantity} >= 0`),
    check("orders_reserved_check", sql`${t.reservedAmount} >= 0 and ${t.reservedQuantity} >= 0`),
    check(
      "orders_closed_holds_nothing_check",
      sql`${t.status} in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace') or (${t.reservedAmount} = 0 and ${t.reservedQuantity} = 0)`,
    ),
  ],
);

export const trades = pgTable(
  "trades",
  {
    id: uuid("id").primaryKey(),
    orderId: uuid("order_id")
      .notNull()
      .references(() => orders.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    symbol: text("symbol").notNull(),
    assetType: enums.assetType("asset_type").notNull(),
    side: enums.orderSide("side").notNull(),
    quantity: exact("quantity").notNull(),
    price: exact("price").notNull(),
    /** USD, rounded on the order's cumulative value. */
    value: money("value").notNull(),
    fee: exact("fee").notNull().default(sql`0`),
    feeAsset: text("fee_asset").notNull(),
    /** USD a unit of a fee that was neither in USD nor in what was bought; null too where nobody knew. */
    feeMark: exact("fee_mark"),
    feeUsd: money("fee_usd").notNull().default(sql`0`),
    liquidity: enums.liquidity("liquidity"),
    /** Of a sale, before its fee. */
    realizedPnl: money("realized_pnl").notNull().default(sql`0`),
    broker: enums.venue("broker").notNull(),
    brokerOrderId: text("broker_order_id").notNull(),
    executionId: text("execution_id").notNull(),
    executedAt: moment("executed_at").notNull(),
    /** When the venue took the execution back; it counts no more. */
    voidedAt: moment("voided_at"),
    seq: bigint("seq", { mode: "number" }).notNull(),
  },
  (t) => [
    uniqueIndex("trades_execution_key").on(t.broker, t.brokerOrderId, t.executionId),
    index("trades_user_idx").on(t.userId, t.id),
    index("trades_order_idx").on(t.orderId),
    check("trades_quantity_check", sql`${t.quantity} > 0`),
  ],
);
