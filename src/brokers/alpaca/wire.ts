/** What Alpaca sends, read strictly where money depends on it and leniently elsewhere: fields come and go. */

import * as z from "zod";
import { ZERO } from "../../domain/decimal.ts";
import { later } from "../../domain/later.ts";
import { optionalDecimal, optionalTime, wireDecimal, wireTime } from "../wire-number.ts";

export const wireOrder = later(() =>
  z.object({
    id: z.string().min(1),
    client_order_id: z.string(),
    symbol: z.string(),
    status: z.string(),
    filled_qty: wireDecimal()
      .nullish()
      .transform((value) => value ?? ZERO),
    created_at: wireTime(),
    submitted_at: optionalTime(),
    updated_at: optionalTime(),
    filled_at: optionalTime(),
    canceled_at: optionalTime(),
    expired_at: optionalTime(),
    failed_at: optionalTime(),
    replaced_at: optionalTime(),
  }),
);

/** All that a list of orders is read for. */
export const wireOpenOrders = later(() =>
  z.array(
    wireOrder().pick({
      id: true,
      client_order_id: true,
      symbol: true,
      status: true,
      filled_qty: true,
      created_at: true,
      submitted_at: true,
    }),
  ),
);

export const wireFill = later(() =>
  z.object({
    /** `20261122100000123::<execution id>` */
    id: z.string().min(1),
    order_id: z.string(),
    transaction_time: wireTime(),
    price: wireDecimal(),
    qty: wireDecimal(),
  }),
);

export const wireFills = later(() => z.array(wireFill()));

export const wireClock = later(() =>
  z.object({
    is_open: z.boolean(),
    next_open: optionalTime(),
    next_close: optionalTime(),
  }),
);

export const wireAssets = later(() =>
  z.array(
    z.object({
      symbol: z.string(),
      name: z.string().nullish(),
      exchange: z.string().nullish(),
      class: z.string().nullish(),
      tradable: z.boolean().nullish(),
      fractionable: z.boolean().nullish(),
    }),
  ),
);

const wireBar = later(() =>
  z.object({
    t: wireTime(),
    o: wireDecimal(),
    h: wireDecimal(),
    l: wireDecimal(),
    c: wireDecimal(),
    v: wireDecimal(),
  }),
);

export const wireSnapshot = later(() =>
  z.object({
    latestTrade: z.object({ t: wireTime(), p: wireDecimal(), s: wireDecimal() }).nullish(),
    latestQuote: z
      .object({
        t: wireTime(),
        bp: wireDecimal(),
        bs: wireDecimal(),
        ap: wireDecimal(),
        as: wireDecimal(),
      })
      .nullish(),
    dailyBar: wireBar().nullish(),
    prevDailyBar: z.object({ c: wireDecimal() }).nullish(),
  }),
);

export const wireSymbolSnapshot = later(() => wireSnapshot().nullish());

/** By symbol, each to be read by itself; a symbol without data is null. */
export const wireSnapshots = later(() => z.record(z.string(), z.unknown()));

export const wireBars = later(() =>
  z.object({
    /** Null where there are none at all. */
    bars: z.record(z.string(), z.array(wireBar())).nullish(),
    next_page_token: z.string().nullish(),
  }),
);

export const wireUpdate = later(() =>
  z.object({
    event: z.string(),
    execution_id: z.string().nullish(),
    /** The one that `trade_bust` and `trade_correct` are about. */
    previous_execution_id: z.string().nullish(),
    timestamp: optionalTime(),
    price: optionalDecimal(),
    qty: optionalDecimal(),
    order: wireOrder(),
  }),
);

/** A frame of the trade updates socket. */
export const wireUpdatesFrame = later(() =>
  z.union([
    z.object({ stream: z.literal("authorization"), data: z.object({ status: z.string() }) }),
    z.object({ stream: z.literal("listening"), data: z.object({ streams: z.array(z.string()) }) }),
    z.object({ stream: z.literal("trade_updates"), data: wireUpdate() }),
    z.object({ action: z.literal("error"), data: z.object({ error_message: z.string() }) }),
  ]),
);

/** A frame of the price socket; kinds that we do not read are left to `T`. */
export const wireTickFrame = later(() =>
  z.array(
    z.union([
      z.object({
        T: z.literal("q"),
        S: z.string(),
        bp: wireDecimal(),
        bs: wireDecimal(),
        ap: wireDecimal(),
        as: wireDecimal(),
        t: wireTime(),
      }),
      z.object({
        T: z.literal("t"),
        S: z.string(),
        p: wireDecimal(),
        s: wireDecimal(),
        t: wireTime(),
      }),
      z.object({ T: z.literal("s"), S: z.string(), sc: z.string(), t: wireTime() }),
      z.object({ T: z.literal("success"), msg: z.string() }),
      z.object({ T: z.literal("error"), code: z.number(), msg: z.string() }),
      z.object({ T: z.literal("subscription") }),
      // Corrections, bars and what may come: not ours. A broken `q` or `t` must not pass as one of these.
      z.object({
        T: z.string().refine((kind) => !["q", "t", "s", "success", "error"].includes(kind)),
      }),
    ]),
  ),
);

export type WireOrder = z.infer<ReturnType<typeof wireOrder>>;
export type WireOpenOrder = z.infer<ReturnType<typeof wireOpenOrders>>[number];
export type WireFill = z.infer<ReturnType<typeof wireFill>>;
export type WireUpdate = z.infer<ReturnType<typeof wireUpdate>>;
export type WireSnapshot = z.infer<ReturnType<typeof wireSnapshot>>;
export type WireBar = z.infer<ReturnType<typeof wireBar>>;
