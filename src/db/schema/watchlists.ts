import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { moment } from "../columns.ts";
import { users } from "./identity.ts";

export const watchlists = pgTable(
  "watchlists",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("watchlists_name_key").on(t.userId, sql`lower(${t.name})`),
    index("watchlists_user_idx").on(t.userId, t.id),
  ],
);

export const watchlistSymbols = pgTable(
  "watchlist_symbols",
  {
    watchlistId: uuid("watchlist_id")
      .notNull()
      .references(() => watchlists.id, { onDelete: "cascade" }),
    /** In the order in which its owner has them. */
    position: integer("position").notNull(),
    symbol: text("symbol").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.watchlistId, t.position] }),
    uniqueIndex("watchlist_symbols_symbol_key").on(t.symbol, t.watchlistId),
  ],
);
