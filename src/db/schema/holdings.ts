import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { exact, moment, money } from "../columns.ts";
import * as enums from "../enums.ts";
import { users } from "./identity.ts";

export const portfolios = pgTable(
  "portfolios",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** USD, what is reserved included. */
    cashBalance: money("cash_balance").notNull().default(sql`0`),
    cashReserved: money("cash_reserved").notNull().default(sql`0`),
    /** Snapshots of moving prices, with `valued_at`; answers compute them afresh. */
    cryptoBalance: money("crypto_balance").notNull().default(sql`0`),
    totalValue: money("total_value").notNull().default(sql`0`),
    unrealizedPnl: money("unrealized_pnl").notNull().default(sql`0`),
    valuedAt: moment("valued_at"),
    realizedPnl: money("realized_pnl").notNull().default(sql`0`),
    fees: money("fees").notNull().default(sql`0`),
    netDeposits: money("net_deposits").notNull().default(sql`0`),
    /** Head of the account's journal. */
    lastSeq: bigint("last_seq", { mode: "number" }).notNull().default(0),
    suspendTrade: boolean("suspend_trade").notNull().default(false),
    closingOnly: boolean("closing_only").notNull().default(false),
    overdrawn: boolean("overdrawn").notNull().default(false),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("portfolios_user_key").on(t.userId),
    check("portfolios_reserved_check", sql`${t.cashReserved} >= 0`),
    check("portfolios_free_check", sql`${t.overdrawn} or ${t.cashBalance} >= ${t.cashReserved}`),
  ],
);

export const positions = pgTable(
  "positions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    symbol: text("symbol").notNull(),
    assetType: enums.assetType("asset_type").notNull(),
    quantity: exact("quantity").notNull(),
    quantityReserved: exact("quantity_reserved").notNull().default(sql`0`),
    /** USD paid for what is held; the truth behind the average. */
    costBasis: money("cost_basis").notNull(),
    averageEntryPrice: exact("average_entry_price").generatedAlwaysAs(
      sql`case when quantity > 0 then round(cost_basis / quantity, 8) end`,
    ),
    /** A snapshot; answers compute it from a market price. */
    unrealizedPnl: money("unrealized_pnl").notNull().default(sql`0`),
    realizedPnl: money("realized_pnl").notNull().default(sql`0`),
    fees: money("fees").notNull().default(sql`0`),
    openedAt: moment("opened_at").notNull(),
    closedAt: moment("closed_at"),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("positions_open_key").on(t.userId, t.symbol).where(sql`closed_at is null`),
    index("positions_user_idx").on(t.userId, t.id),
    // What anybody holds, symbol by symbol.
    index("positions_held_idx").on(t.symbol).where(sql`closed_at is null`),
    check("positions_reserved_check", sql`${t.quantityReserved} >= 0`),
  ],
);
