/** What ccxt hands us of Kraken, mostly as it came. */

import * as z from "zod";
import { later } from "../../../domain/later.ts";
import { wireDecimal } from "../../wire-number.ts";
import { wireMarket } from "../wire.ts";

export const krakenMarket = later(() =>
  wireMarket().extend({
    /** The name that orders and trades carry: `XDGUSD` of DOGE/USD. */
    altname: z.string(),
  }),
);

/** As it is listed. */
export const listedMarket = later(() =>
  krakenMarket().extend({
    info: z.object({
      /** `currency`, or what no coin is. */
      aclass_base: z.string().nullish(),
      /** Newer pairs have a step that is not a power of ten. */
      tick_size: z.string().nullish(),
    }),
  }),
);

/** Epoch seconds with a fraction. */
const seconds = later(() =>
  z.coerce.number().transform((value) => new Date(Math.round(value * 1_000))),
);

export const wireOrder = later(() =>
  z.object({
    cl_ord_id: z.string().nullish(),
    status: z.string(),
    reason: z.string().nullish(),
    opentm: seconds(),
    closetm: seconds().nullish(),
    descr: z.object({ pair: z.string() }),
    /** In the base asset, or in the quote currency for an order by value. */
    vol_exec: wireDecimal(),
    /** Among others `stopped`: a stop that has triggered. */
    misc: z.string().nullish(),
    oflags: z.string().nullish(),
    trades: z.array(z.string()).nullish(),
  }),
);

const ordersById = later(() => z.record(z.string(), wireOrder()));

export const wireQueriedOrders = later(() => z.object({ result: ordersById() }));
export const wireOpenOrders = later(() => z.object({ result: z.object({ open: ordersById() }) }));
export const wireClosedOrders = later(() =>
  z.object({
    result: z.object({ closed: ordersById(), count: z.coerce.number().nullish() }),
  }),
);

export const wireTrade = later(() =>
  z.object({
    ordertxid: z.string(),
    time: seconds(),
    price: wireDecimal(),
    vol: wireDecimal(),
    cost: wireDecimal(),
    fee: wireDecimal(),
    maker: z.boolean().nullish(),
  }),
);
export const wireQueriedTrades = later(() =>
  z.object({ result: z.record(z.string(), wireTrade()) }),
);

export const wireCanceled = later(() =>
  z.object({
    result: z.object({ count: z.coerce.number(), pending: z.boolean().nullish() }),
  }),
);

export type KrakenMarket = z.infer<ReturnType<typeof krakenMarket>>;
export type WireOrder = z.infer<ReturnType<typeof wireOrder>>;
export type WireTrade = z.infer<ReturnType<typeof wireTrade>>;
