/** What ccxt hands us of any exchange. */

import * as z from "zod";
import { later } from "../../domain/later.ts";
import { optionalDecimal } from "../wire-number.ts";

export const epochMs = later(() => z.number().int());

const limits = later(() =>
  z.object({ min: z.string().nullish(), max: z.string().nullish() }).nullish(),
);

/** A market of ccxt, cut down to what its spot methods read. Kept as JSON between loads. */
export const wireMarket = later(() =>
  z.object({
    id: z.string(),
    symbol: z.string(),
    base: z.string(),
    quote: z.string(),
    baseId: z.string(),
    quoteId: z.string(),
    type: z.literal("spot"),
    spot: z.literal(true),
    active: z.boolean(),
    /** `cost`: of a market buy by its value, where that is not the price's. */
    precision: z.object({ amount: z.string(), price: z.string(), cost: z.string().optional() }),
    limits: z.object({ amount: limits(), cost: limits() }),
  }),
);

export const marketsFileOf = <Market extends z.ZodType>(market: Market) =>
  z.object({ atMs: z.number(), markets: z.array(market) });

export const wireTicker = later(() =>
  z.object({
    symbol: z.string(),
    timestamp: epochMs().nullish(),
    bid: optionalDecimal(),
    bidVolume: optionalDecimal(),
    ask: optionalDecimal(),
    askVolume: optionalDecimal(),
    last: optionalDecimal(),
    open: optionalDecimal(),
    high: optionalDecimal(),
    low: optionalDecimal(),
    baseVolume: optionalDecimal(),
    previousClose: optionalDecimal(),
  }),
);

export type WireMarket = z.infer<ReturnType<typeof wireMarket>>;
export type WireTicker = z.infer<ReturnType<typeof wireTicker>>;

/** What is left of ccxt's order where the exchange answers with no more. */
export const wireSubmitted = later(() => z.object({ id: z.string().min(1) }));
