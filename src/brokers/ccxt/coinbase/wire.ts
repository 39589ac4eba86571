/** What ccxt hands us of Coinbase, mostly as it came. */

import * as z from "zod";
import { later } from "../../../domain/later.ts";
import { wireDecimal, wireTime } from "../../wire-number.ts";
import { wireMarket } from "../wire.ts";

export const coinbaseMarket = later(() =>
  wireMarket().extend({
    /** Takes orders of either side. */
    tradable: z.boolean(),
    /** `Dogecoin`. */
    name: z.string(),
  }),
);

/** As ccxt reads a product. */
export const listedMarket = later(() =>
  wireMarket().extend({
    info: z.object({
      base_name: z.string().nullish(),
      quote_increment: z.string().nullish(),
      status: z.string().nullish(),
      is_disabled: z.boolean().nullish(),
      cancel_only: z.boolean().nullish(),
      post_only: z.boolean().nullish(),
      view_only: z.boolean().nullish(),
    }),
  }),
);

export const wireProducts = later(() =>
  z.object({
    products: z.array(z.unknown()),
    pagination: z.object({ has_next: z.boolean(), next_cursor: z.string() }).nullish(),
  }),
);

/** Decimal text, of which nothing is none. */
const amount = later(() =>
  z
    .union([z.string(), z.number()])
    .transform((text) => (text === "" ? "0" : text))
    .pipe(wireDecimal()),
);

export const wireOrder = later(() =>
  z.object({
    order_id: z.string().min(1),
    client_order_id: z.string().nullish(),
    product_id: z.string(),
    status: z.string(),
    created_time: wireTime(),
    last_update_time: wireTime().nullish(),
    /** In the base asset. */
    filled_size: amount(),
    number_of_fills: z.coerce.number().int().nullish(),
    /** `STOP_TRIGGERED` of a stop that has been elected. */
    trigger_status: z.string().nullish(),
    reject_message: z.string().nullish(),
    cancel_message: z.string().nullish(),
  }),
);

export const wireGotOrder = later(() => z.object({ order: wireOrder() }));
export const wireOrderPage = later(() =>
  z.object({
    orders: z.array(wireOrder()),
    has_next: z.boolean(),
    cursor: z.string().nullish(),
  }),
);

export const wireFill = later(() =>
  z.object({
    trade_id: z.string().min(1),
    order_id: z.string(),
    trade_time: wireTime(),
    /** `FILL`, or what Coinbase adjusts afterwards. */
    trade_type: z.string(),
    price: wireDecimal(),
    /** In the base asset, or in the quote currency. */
    size: wireDecimal(),
    size_in_quote: z.boolean().nullish(),
    /** In the quote currency. */
    commission: amount(),
    product_id: z.string(),
    liquidity_indicator: z.string().nullish(),
  }),
);
export const wireFillPage = later(() =>
  z.object({
    fills: z.array(wireFill()),
    cursor: z.string().nullish(),
  }),
);

export const wireCanceled = later(() =>
  z.object({
    results: z
      .array(z.object({ success: z.boolean(), failure_reason: z.string().nullish() }))
      .length(1),
  }),
);

export type CoinbaseMarket = z.infer<ReturnType<typeof coinbaseMarket>>;
export type WireOrder = z.infer<ReturnType<typeof wireOrder>>;
export type WireFill = z.infer<ReturnType<typeof wireFill>>;
