import type { OrderToSubmit } from "../brokers/broker.ts";
import type { Decimal } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import type { Instrument } from "../domain/instrument.ts";
import type { Order, OrderTerms } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import { netOfFee } from "../domain/reservation.ts";
import { assess } from "./assess.ts";
import {
  brokerOf,
  circumstancesOf,
  instrumentOf,
  type OrderRequest,
  type OrderServiceDeps,
  toTerms,
} from "./deps.ts";
import type { PlaceResult } from "./ports.ts";

export interface Placement {
  readonly order: Order;
  /** An earlier request with the same client order id placed this order. */
  readonly replayed: boolean;
}

/** Places an order at most once per account and client order id, and sends it to its broker at most once. */
export async function placeOrder(
  deps: OrderServiceDeps,
  principal: Principal,
  request: OrderRequest,
): Promise<Placement> {
  const { orders, now, newId } = deps;
  const { clientOrderId, closeShare = null } = request;
  const instrument = await instrumentOf(deps, request.symbol);
  const terms = toTerms(request, instrument);
  let admitted: Awaited<ReturnType<typeof admit>>;
  try {
    admitted = await admit(deps, terms, instrument);
  } catch (refusal) {
    // A repeated request is answered with its order, also when the market would not take that order now.
    if (clientOrderId === null) throw refusal;
    const used = await orders.findUsed(principal, clientOrderId, terms, now(), closeShare);
    const placement = settled(deps, used);
    if (placement === undefined) throw refusal;
    return placement;
  }

  const { broker, feeRate, reservation, denial } = admitted;
  const placed = await orders.place(
    {
      id: newId(),
      principal,
      clientOrderId,
      terms,
      venue: instrument.venue,
      feeRate,
      reservation,
      denial,
      closeShare,
    },
    now(),
  );
  const placement = settled(deps, placed);
  if (placement !== undefined) return placement;
  if (placed.kind !== "placed") throw new Error(`an order was ${placed.kind}`);

  const answer = await broker.submit(toSubmit(placed.order, feeRate));
  // Unknown is no refusal: the order may be working. It stays pending, and the link settles it by looking it up.
  const order =
    answer.kind === "unknown"
      ? placed.order
      : await orders.recordAnswer(placed.order, answer, now());
  deps.announce(order);
  if (answer.kind === "rejected" && answer.reason === "broker_busy") {
    throw new AppError({ code: "broker_busy", orderId: order.id });
  }
  return { order, replayed: false };
}

/** Throws what leaves nothing behind. */
async function admit(deps: OrderServiceDeps, terms: OrderTerms, instrument: Instrument) {
  if (deps.haltedVenues.has(instrument.venue)) throw new AppError({ code: "trading_suspended" });
  const broker = brokerOf(deps, instrument.venue);
  const circumstances = await circumstancesOf(deps, terms, instrument);
  return { ...assess(terms, circumstances), broker, feeRate: circumstances.feeRate };
}

/** What the database has decided already; undefined where the order has yet to be sent, or the key is unused. */
export function settled(deps: OrderServiceDeps, placed: PlaceResult): Placement | undefined {
  switch (placed.kind) {
    case "unauthenticated":
      throw new AppError({ code: "unauthenticated" });
    case "account_inactive":
      throw new AppError({ code: "account_inactive", accountStatus: placed.accountStatus });
    case "conflict":
      throw new AppError({ code: "idempotency_conflict", orderId: placed.order.id });
    case "denied":
    case "replayed":
      if (placed.kind === "denied") deps.announce(placed.order);
      if (placed.refusal !== undefined) throw new AppError(placed.refusal);
      return { order: placed.order, replayed: true };
    case "placed":
    case "unused":
      return undefined;
  }
}

/** The order as its venue shall get it. */
export function toSubmit(order: Order, feeRate: Decimal): OrderToSubmit {
  const { id, symbol, side, quantity, stopPrice, sentAs } = order;
  return {
    id,
    symbol,
    side,
    quantity,
    stopPrice,
    notional: order.notional === null ? null : netOfFee(order.notional, feeRate),
    type: sentAs?.type ?? order.type,
    limitPrice: sentAs?.limitPrice ?? order.limitPrice,
    timeInForce: sentAs?.timeInForce ?? order.timeInForce,
  };
}
