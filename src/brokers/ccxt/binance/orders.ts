import * as z from "zod";
import type { binance } from "#ccxt";
import { isZero } from "../../../domain/decimal.ts";
import { later } from "../../../domain/later.ts";
import type {
  Broker,
  BrokerOrderRef,
  CancelAnswer,
  LookUpAnswer,
  OpenOrdersAnswer,
  OrderToSubmit,
  ReplaceAnswer,
  SubmitAnswer,
} from "../../broker.ts";
import { describe } from "../describe.ts";
import { VenueRefusal } from "../http.ts";
import { prepare } from "../prepare.ts";
import type { BinanceClient } from "./client.ts";
import { isTypeTaken, toCreateOrder } from "./create-order.ts";
import { codeOf } from "./refusal.ts";
import { toReplaceAnswer, toReplaceRefusal, toReplaceRequest } from "./replace.ts";
import { fromBrokerOrderId, toBrokerOrderId, toCcxtSymbol } from "./symbols.ts";
import {
  isDuplicate,
  toOrderAtVenue,
  toRejectionReason,
  toReports,
  toSubmitAnswer,
} from "./translate.ts";
import { type WireOrder, type WireTrade, wireOrder, wireTrade } from "./wire.ts";

const UNKNOWN_ORDER = new Set([-2011, -2013]);
const TRADES_PAGE = 1_000;
const wireTrades = later(() => z.array(wireTrade()));
const wireOrders = later(() => z.array(wireOrder()));

export function createBinanceOrders(
  client: BinanceClient,
  weightPerMinute: number,
): Omit<Broker, "updates"> {
  return {
    venue: "binance",
    // Binance's request weights: an order by its id 4 and its trades 5; all open orders of all markets 80.
    costs: { perMinute: weightPerMinute, order: 1, lookUp: 9, openOrders: 80 },

    async submit(order): Promise<SubmitAnswer> {
      const found = await prepareFor(client, order);
      if (found.kind === "rejected") return found;
      const { exchange, market } = found;
      const call = toCreateOrder(exchange, market, order);
      try {
        return toSubmitAnswer(wireOrder().parse(await exchange.createOrder(...call)));
      } catch (error) {
        if (!(error instanceof VenueRefusal)) return { kind: "unknown", cause: describe(error) };
        const { status, message } = error;
        const code = codeOf(error);
        if (isDuplicate(code, message)) return landed(exchange, order);
        const reason = toRejectionReason(status, code, message);
        if (reason === null) return { kind: "unknown", cause: describe(error) };
        return { kind: "rejected", reason, message };
      }
    },

    async cancel(order): Promise<CancelAnswer> {
      try {
        const { exchange } = await client.ready();
        if (await canceled(exchange, order)) return { kind: "requested" };
        // Binance has one answer for an order that has ended and for one that never was.
        const found = await find(exchange, order);
        if (found === null) return { kind: "not_found" };
        return { kind: "not_cancelable", message: `the order is ${found.info.status}` };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async replace(old, replacement): Promise<ReplaceAnswer> {
      const found = await prepareFor(client, replacement);
      if (found.kind === "rejected") return found;
      const { exchange, market } = found;
      const request = toReplaceRequest(exchange, market, old, replacement);
      try {
        return toReplaceAnswer(await exchange.privatePostOrderCancelReplace(request));
      } catch (error) {
        if (error instanceof VenueRefusal) return toReplaceRefusal(error);
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async lookUp(order): Promise<LookUpAnswer> {
      try {
        const { exchange } = await client.ready();
        const found = await find(exchange, order);
        if (found === null) return { kind: "not_found" };
        const trades = isZero(found.filled) ? [] : await tradesOf(exchange, order, found.id);
        const brokerOrderId = toBrokerOrderId(found.info.symbol, found.id);
        const isReplaced = await stoodIn(exchange, order, found);
        return { kind: "found", brokerOrderId, reports: toReports(found, trades, isReplaced) };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    // Binance lists them in one answer, however many.
    async openOrders(): Promise<OpenOrdersAnswer> {
      try {
        const { exchange } = await client.ready();
        const open = wireOrders().parse(
          await exchange.fetchOpenOrders(undefined, undefined, undefined, {}),
        );
        return { kind: "listed", orders: open.map(toOrderAtVenue) };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },
  };
}

/** As `prepare`, and refuses what the market does not take. */
async function prepareFor(client: BinanceClient, order: OrderToSubmit) {
  const prepared = await prepare(client, order, toCcxtSymbol(order.symbol));
  if (prepared.kind === "rejected" || isTypeTaken(prepared.market, order)) return prepared;
  const message = `no ${order.type} orders for ${order.symbol}`;
  return { kind: "rejected", reason: "venue_rejected", message } as const;
}

/** Whether a canceled order made room for the one that was to replace it: both are one request, so that one is there. */
async function stoodIn(
  exchange: binance,
  { replacedBy, symbol }: BrokerOrderRef,
  found: WireOrder,
): Promise<boolean> {
  if (replacedBy == null || found.info.status !== "CANCELED") return false;
  return (await find(exchange, { id: replacedBy, symbol })) !== null;
}

/** By our id, in whatever state; null where Binance knows none. */
async function find(exchange: binance, { id, symbol }: Pick<BrokerOrderRef, "id" | "symbol">) {
  const params = { origClientOrderId: id };
  try {
    return wireOrder().parse(await exchange.fetchOrder(undefined, toCcxtSymbol(symbol), params));
  } catch (error) {
    if (isUnknownOrder(error)) return null;
    throw error;
  }
}

async function canceled(exchange: binance, order: BrokerOrderRef): Promise<boolean> {
  const symbol = toCcxtSymbol(order.symbol);
  const { brokerOrderId } = order;
  try {
    if (brokerOrderId === null) {
      await exchange.cancelOrder(undefined, symbol, { origClientOrderId: order.id });
    } else {
      await exchange.cancelOrder(fromBrokerOrderId(brokerOrderId), symbol, {});
    }
    return true;
  } catch (error) {
    if (isUnknownOrder(error)) return false;
    throw error;
  }
}

async function tradesOf(
  exchange: binance,
  { symbol }: Pick<BrokerOrderRef, "symbol">,
  orderId: string,
): Promise<WireTrade[]> {
  const params = { orderId };
  const trades = wireTrades().parse(
    await exchange.fetchMyTrades(toCcxtSymbol(symbol), undefined, TRADES_PAGE, params),
  );
  return trades.toSorted((a, b) => a.timestamp - b.timestamp || Number(a.id) - Number(b.id));
}

/** Refused as a repetition: an earlier request that we took for lost has arrived. */
async function landed(exchange: binance, order: OrderToSubmit): Promise<SubmitAnswer> {
  try {
    const found = await find(exchange, order);
    if (found !== null) return toSubmitAnswer(found);
    return { kind: "unknown", cause: "taken before, not found yet" };
  } catch (error) {
    return { kind: "unknown", cause: describe(error) };
  }
}

function isUnknownOrder(error: unknown): boolean {
  const code = error instanceof VenueRefusal ? codeOf(error) : null;
  return code !== null && UNKNOWN_ORDER.has(code);
}
