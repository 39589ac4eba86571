import { sql } from "drizzle-orm";
import { check, date, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { exact, moment } from "../columns.ts";

/** Bars of days that are over, adjusted for splits. */
export const dailyBars = pgTable(
  "daily_bars",
  {
    symbol: text("symbol").notNull(),
    /** In New York for stocks, in UTC for pairs. */
    day: date("day", { mode: "string" }).notNull(),
    open: exact("open").notNull(),
    high: exact("high").notNull(),
    low: exact("low").notNull(),
    close: exact("close").notNull(),
    volume: exact("volume").notNull(),
  },
  (t) => [primaryKey({ columns: [t.symbol, t.day] })],
);

/** From which day through which all bars of a symbol are in `daily_bars`: a day without one had no trade. */
export const dailyBarSpans = pgTable(
  "daily_bar_spans",
  {
    symbol: text("symbol").primaryKey(),
    /** Null until the first bars are there. */
    fromDay: date("from_day", { mode: "string" }),
    throughDay: date("through_day", { mode: "string" }),
    /** When the venue was last asked for it by the daily job, well or not: whoever waits longest is next. */
    triedAt: moment("tried_at").notNull(),
  },
  (t) => [
    check(
      "daily_bar_spans_days_check",
      sql`(${t.fromDay} is null) = (${t.throughDay} is null) and ${t.fromDay} <= ${t.throughDay}`,
    ),
  ],
);
