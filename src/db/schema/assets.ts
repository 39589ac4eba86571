import { sql } from "drizzle-orm";
import { boolean, index, pgTable, text } from "drizzle-orm/pg-core";
import { exact, moment } from "../columns.ts";
import * as enums from "../enums.ts";

export const assets = pgTable(
  "assets",
  {
    symbol: text("symbol").primaryKey(),
    assetType: enums.assetType("asset_type").notNull(),
    name: text("name").notNull(),
    /** The name's words in lower case, a space before each: what a search by name looks into. */
    searchName: text("search_name")
      .notNull()
      .generatedAlwaysAs(sql`' ' || lower(regexp_replace(name, '[^a-zA-Z0-9]+', ' ', 'g'))`),
    exchange: text("exchange").notNull(),
    venue: enums.venue("venue").notNull(),
    quoteCurrency: text("quote_currency").notNull(),
    /** Null for stocks: the step depends on the price. */
    priceIncrement: exact("price_increment"),
    quantityIncrement: exact("quantity_increment").notNull(),
    minQuantity: exact("min_quantity"),
    fractionable: boolean("fractionable").notNull(),
    tradable: boolean("tradable").notNull(),
    inUniverse: boolean("in_universe").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    index("assets_venue_idx").on(t.venue, t.symbol),
    // Prefixes, whatever the database's collation is.
    index("assets_symbol_prefix_idx").on(t.symbol.op("text_pattern_ops")),
    index("assets_name_prefix_idx").on(t.searchName.op("text_pattern_ops")),
    index("assets_name_trigram_idx").using("gin", t.searchName.op("gin_trgm_ops")),
  ],
);
