/** order/cancelReplace: how it is asked for, and what its answers mean. */

import type { binance } from "#ccxt";
import { isZero } from "../../../domain/decimal.ts";
import type { BrokerOrderRef, ReplaceAnswer, Replacement } from "../../broker.ts";
import type { VenueRefusal } from "../http.ts";
import { toCreateOrder } from "./create-order.ts";
import { BinanceRefusal, codeOf } from "./refusal.ts";
import { toReplaceMark } from "./replace-mark.ts";
import { fromBrokerOrderId, toBrokerOrderId } from "./symbols.ts";
import { isAmbiguous, toRejectionReason } from "./translate.ts";
import { type BinanceMarket, wireReplaced, wireReplaceFailure } from "./wire.ts";

type Exchange = Pick<binance, "amountToPrecision" | "priceToPrecision" | "editSpotOrderRequest">;

/** The request's parameters. Throws where an amount or a price would not go out as asked. */
export function toReplaceRequest(
  exchange: Exchange,
  market: BinanceMarket,
  old: BrokerOrderRef,
  replacement: Replacement,
): Readonly<Record<string, string>> {
  const [symbol, type, side, amount, price, params] = toCreateOrder(exchange, market, replacement);
  const target =
    old.brokerOrderId === null
      ? { cancelOrigClientOrderId: old.id }
      : { cancelOrderId: fromBrokerOrderId(old.brokerOrderId) };
  return exchange.editSpotOrderRequest(undefined, symbol, type, side, amount, price, {
    ...params,
    ...target,
    cancelNewClientOrderId: toReplaceMark(replacement.id),
    // What it fills on the way would be traded again by the new order. After a first fill nothing holds it back.
    ...(isZero(replacement.filledBefore) ? { cancelRestrictions: "ONLY_NEW" } : {}),
  });
}

/** Reads the answer of HTTP 200; throws where it makes no sense. */
export function toReplaceAnswer(response: unknown): ReplaceAnswer {
  const { cancelResponse, newOrderResponse } = wireReplaced().parse(response);
  return {
    kind: "replaced",
    brokerOrderId: toBrokerOrderId(newOrderResponse.symbol, newOrderResponse.orderId),
    oldFilled: cancelResponse.executedQty,
    at: new Date(newOrderResponse.transactTime),
  };
}

const REPLACE_FAILURES = new Set([-2021, -2022]);

/** Filters are looked at before anything is done; past them, the answer tells what became of either half. */
export function toReplaceRefusal(refusal: VenueRefusal): ReplaceAnswer {
  const { status, message } = refusal;
  const code = codeOf(refusal);
  const unknown = { kind: "unknown", cause: `HTTP ${status} ${code ?? ""}`.trim() } as const;
  if (!(refusal instanceof BinanceRefusal) || !REPLACE_FAILURES.has(refusal.code)) {
    const reason = toRejectionReason(status, code, message);
    return reason === null ? unknown : { kind: "rejected", reason, message };
  }
  const failure = wireReplaceFailure().safeParse(refusal.data);
  if (!failure.success) return unknown;
  if (failure.data.cancelResult === "SUCCESS") {
    const { cancelResponse, newOrderResponse } = failure.data;
    const { code: because, msg: message } = newOrderResponse;
    if (isAmbiguous(because)) return unknown;
    return { kind: "incomplete", oldFilled: cancelResponse.executedQty, message };
  }
  const { code: because, msg } = failure.data.cancelResponse;
  if (isAmbiguous(because)) return unknown;
  return { kind: "rejected", reason: "venue_rejected", message: msg };
}
