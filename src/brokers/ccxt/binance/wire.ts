/** What ccxt hands us of Binance, and what Binance's sockets send. */

import * as z from "zod";
import { later } from "../../../domain/later.ts";
import { optionalDecimal, wireDecimal } from "../../wire-number.ts";
import { epochMs, wireMarket } from "../wire.ts";

/** Ids come as numbers in Binance's JSON; ours are text. */
const idText = later(() => z.union([z.string().min(1), z.number().int()]).transform(String));

/** With the types of order that it takes. */
export const binanceMarket = later(() =>
  wireMarket().extend({
    info: z.object({ orderTypes: z.array(z.string()) }),
  }),
);

export const wireOrder = later(() =>
  z.object({
    id: idText(),
    clientOrderId: z.string(),
    filled: wireDecimal(),
    timestamp: epochMs().nullish(),
    lastUpdateTimestamp: epochMs().nullish(),
    /** Binance's own status; ccxt folds several into one. */
    info: z.object({
      status: z.string(),
      symbol: z.string(),
      type: z.string().nullish(),
      /** Whether the order is on the book: a stop, once it has triggered. */
      isWorking: z.boolean().nullish(),
    }),
  }),
);

/** As ccxt hands it on unread: numbers are text. */
const half = later(() => z.object({ code: z.coerce.number(), msg: z.string() }));

export const wireReplaced = later(() =>
  z.object({
    cancelResult: z.literal("SUCCESS"),
    newOrderResult: z.literal("SUCCESS"),
    cancelResponse: z.object({ executedQty: wireDecimal() }),
    newOrderResponse: z.object({
      symbol: z.string(),
      orderId: idText(),
      transactTime: z.coerce.number().int(),
    }),
  }),
);

/** What -2021 and -2022 carry. */
export const wireReplaceFailure = later(() =>
  z.union([
    z.object({
      cancelResult: z.literal("FAILURE"),
      newOrderResult: z.literal("NOT_ATTEMPTED"),
      cancelResponse: half(),
    }),
    z.object({
      cancelResult: z.literal("SUCCESS"),
      newOrderResult: z.literal("FAILURE"),
      cancelResponse: z.object({ executedQty: wireDecimal() }),
      newOrderResponse: half(),
    }),
  ]),
);

export const wireTrade = later(() =>
  z.object({
    id: idText(),
    amount: wireDecimal(),
    price: wireDecimal(),
    fee: z.object({ cost: wireDecimal(), currency: z.string() }),
    takerOrMaker: z.enum(["taker", "maker"]).nullish(),
    timestamp: epochMs(),
  }),
);

export const wireExecutionReport = later(() =>
  z.object({
    e: z.literal("executionReport"),
    s: z.string(),
    /** Client id; of the cancel request once canceled, and then `C` is the order's. */
    c: z.string(),
    C: z.string().nullish(),
    o: z.string(),
    x: z.string(),
    X: z.string(),
    r: z.string().nullish(),
    i: idText(),
    l: wireDecimal(),
    L: wireDecimal(),
    /** Filled in all. */
    z: optionalDecimal(),
    n: optionalDecimal(),
    N: z.string().nullish(),
    T: epochMs(),
    t: idText(),
    m: z.boolean().nullish(),
    /** Whether the order is on the book. */
    w: z.boolean().nullish(),
  }),
);

/** A frame of the WebSocket API that carries the user's data. */
export const wireUserFrame = later(() =>
  z.union([
    z.object({ event: wireExecutionReport() }),
    // A broken report must not pass as something else.
    z.object({ event: z.object({ e: z.string().refine((kind) => kind !== "executionReport") }) }),
    z.object({
      id: z.string().nullish(),
      status: z.number(),
      error: z.object({ code: z.number(), msg: z.string() }).nullish(),
    }),
  ]),
);

const bookTicker = later(() =>
  z.object({
    s: z.string(),
    b: wireDecimal(),
    B: wireDecimal(),
    a: wireDecimal(),
    A: wireDecimal(),
  }),
);

const trade = later(() =>
  z.object({
    e: z.literal("trade"),
    s: z.string(),
    p: wireDecimal(),
    q: wireDecimal(),
    T: epochMs(),
  }),
);

/** A frame of the combined price stream. */
export const wireTickFrame = later(() =>
  z.union([
    z.object({ stream: z.string().endsWith("@bookTicker"), data: bookTicker() }),
    z.object({ stream: z.string().endsWith("@trade"), data: trade() }),
    z.object({ id: z.number(), result: z.unknown() }),
    z.object({ error: z.object({ code: z.number(), msg: z.string() }), id: z.number().nullish() }),
    z.object({ e: z.literal("serverShutdown") }),
  ]),
);

export type BinanceMarket = z.infer<ReturnType<typeof binanceMarket>>;
export type WireOrder = z.infer<ReturnType<typeof wireOrder>>;
export type WireTrade = z.infer<ReturnType<typeof wireTrade>>;
export type WireExecutionReport = z.infer<ReturnType<typeof wireExecutionReport>>;
export type TickData = z.infer<ReturnType<typeof bookTicker>> | z.infer<ReturnType<typeof trade>>;
