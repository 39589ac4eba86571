import * as z from "zod";
import "../http/describable.ts";
import { decimalText } from "../http/decimal-text.ts";
import { limitQuery, pageQuery } from "../http/paging.ts";
import { CALENDAR_DAYS_MAX } from "./calendar.ts";
import type { MoverQuery, MoverSide } from "./movers.ts";

const SYMBOLS_MAX = 100;
const SEARCH_TEXT_MAX = 64;
const RESULTS_MAX = 50;
/** As far back as the rules of the calendar hold without exceptions that it does not know. */
const CALENDAR_FIRST = "2015-01-01";
const CALENDAR_LAST = "2099-12-31";

const symbolText = z.string().min(1).max(32);

export const symbolParam = z.object({
  symbol: symbolText.openapi({
    description: "In any spelling: `F`, `DOGE/USD` (as `DOGE%2FUSD`), `DOGE-USD`, `dogeusd`.",
    example: "F",
  }),
});

export const quotesQuery = z.object({
  symbols: z
    .string()
    .transform((text) => [...new Set(text.split(",").map((symbol) => symbol.trim()))])
    .pipe(z.array(symbolText).min(1).max(SYMBOLS_MAX))
    .openapi({
      type: "string",
      description: `Symbols, separated by commas; at most ${SYMBOLS_MAX}.`,
      example: "F,DOGE/USD",
    }),
});

export const assetTypeText = z.enum(["stock", "crypto"]);

export const assetsQuery = z.object({ asset_type: assetTypeText.optional(), ...pageQuery() });

export const clockQuery = z.object({ asset_type: assetTypeText.default("stock") });

const calendarDay = z.iso
  .date()
  .refine((day) => day >= CALENDAR_FIRST && day <= CALENDAR_LAST, {
    error: `must be from ${CALENDAR_FIRST} to ${CALENDAR_LAST}`,
  })
  .openapi({ type: "string", format: "date", example: "2026-11-27" });

export const calendarQuery = z.object({
  start: calendarDay
    .optional()
    .openapi({ description: "The first date, in New York; today without it." }),
  end: calendarDay.optional().openapi({
    description: `The last date, at most ${CALENDAR_DAYS_MAX} days in all; a month without it.`,
  }),
});

export const searchQuery = z.object({
  q: z.string().trim().min(1).max(SEARCH_TEXT_MAX).openapi({
    description:
      "A symbol, the beginning of one, or words of a name; from three letters on also the inside of a word.",
    example: "ford",
  }),
  asset_type: assetTypeText.optional(),
  in_universe: z.enum(["true", "false", "any"]).default("true").openapi({
    description: "What the platform trades; `any` finds the rest of the venues' lists, too.",
  }),
  max_price: decimalText({
    description: "Leaves out what costs more, and what has no known price.",
  }).optional(),
  limit: limitQuery(RESULTS_MAX),
});

export const moversQuery = z.object({
  asset_type: assetTypeText.optional(),
  min_price: decimalText({ sign: "not_negative" }).optional(),
  max_price: decimalText().optional(),
  min_volume: decimalText({
    sign: "not_negative",
    description: "Of the session, in units; leaves out what has no known volume.",
  }).optional(),
  limit: limitQuery(RESULTS_MAX),
});

/** The symbol after which a page begins. */
export const assetCursor = z.string();

export function toMoverQuery(side: MoverSide, query: z.infer<typeof moversQuery>): MoverQuery {
  return {
    side,
    assetType: query.asset_type,
    minPrice: query.min_price,
    maxPrice: query.max_price,
    minVolume: query.min_volume,
    limit: query.limit,
  };
}
