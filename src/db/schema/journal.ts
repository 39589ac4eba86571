import { sql } from "drizzle-orm";
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { exact, moment } from "../columns.ts";
import * as enums from "../enums.ts";
import { users } from "./identity.ts";

export const accountEvents = pgTable(
  "account_events",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    seq: bigint("seq", { mode: "number" }).notNull(),
    kind: enums.eventKind("kind").notNull(),
    event: text("event").notNull(),
    orderId: uuid("order_id"),
    status: enums.orderStatus("status"),
    at: moment("at").notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.seq] }),
    index("account_events_order_idx").on(t.orderId, t.seq).where(sql`order_id is not null`),
    index("account_events_cash_idx").on(t.userId, t.seq).where(sql`kind = 'cash'`),
  ],
);

export const ledgerTransactions = pgTable(
  "ledger_transactions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    seq: bigint("seq", { mode: "number" }).notNull(),
    kind: text("kind").notNull(),
    orderId: uuid("order_id"),
    tradeId: uuid("trade_id"),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("ledger_transactions_seq_key").on(t.userId, t.seq),
    index("ledger_transactions_time_idx").on(t.userId, t.createdAt),
  ],
);

export const ledgerEntries = pgTable(
  "ledger_entries",
  {
    transactionId: uuid("transaction_id")
      .notNull()
      .references(() => ledgerTransactions.id),
    ordinal: integer("ordinal").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** `cash`, `cash_reserved`, `qty:F`, `qty_reserved:F`; `external`, `venue`, `fees`, `adjustment`. */
    account: text("account").notNull(),
    asset: text("asset").notNull(),
    amount: exact("amount").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.transactionId, t.ordinal] }),
    index("ledger_entries_user_idx").on(t.userId, t.account),
  ],
);

export const auditLog = pgTable(
  "audit_log",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id"),
    at: moment("at").notNull(),
    action: text("action").notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (t) => [index("audit_log_user_idx").on(t.userId, t.id)],
);
