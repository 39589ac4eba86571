/** Closing what is held: a market sell whose quantity follows from the holding. */

import { type Decimal, isPositive, mul, ONE } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { fewAtOnce } from "../domain/few-at-once.ts";
import { findQuantityFault, type Instrument, wholeSteps } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import { cancelOrder, isUnauthenticated, type Patience } from "./cancel.ts";
import { type ClosingOutcome, instrumentOf, type OrderServiceDeps, toTerms } from "./deps.ts";
import { type Placement, placeOrder, settled } from "./place.ts";
import type { Funds } from "./ports.ts";

/** One call's worth: each may take some ten requests to database and venue. */
const CLOSE_MAX = 50;
/** How long a close waits for the venue to confirm the cancels before it; together a second. */
const CANCEL_WAITS_MS = [50, 100, 250, 600];

export interface CloseRequest {
  readonly symbol: string;
  /** Units, or a share of what is held; neither: all of it. */
  readonly quantity: Decimal | null;
  readonly share: Decimal | null;
  /** Ends the open sells that hold the position first. */
  readonly cancelOrders: boolean;
  readonly clientOrderId: string | null;
}

/** Sells a holding, or a part of it, down to the venue's step; what is below that stays. */
export async function closePosition(
  deps: OrderServiceDeps,
  principal: Principal,
  request: CloseRequest,
  patience: Patience = {},
): Promise<Placement> {
  const { clientOrderId, cancelOrders } = request;
  const instrument = await instrumentOf(deps, request.symbol);
  const { symbol } = instrument;
  const closeShare = request.quantity === null ? (request.share ?? ONE) : null;
  const order = {
    symbol,
    assetType: null,
    side: "sell",
    type: "market",
    quantity: request.quantity,
    notional: null,
    limitPrice: null,
    stopPrice: null,
    timeInForce: null,
    clientOrderId,
    closeShare,
  } as const;
  if (clientOrderId !== null) {
    // The holding may be gone by now because the first request has closed it.
    const terms = toTerms(order, instrument);
    const used = await deps.orders.findUsed(
      principal,
      clientOrderId,
      terms,
      deps.now(),
      closeShare,
    );
    const placement = settled(deps, used);
    if (placement !== undefined) return placement;
  }
  let funds = await fundsOf(deps, principal, symbol);
  if (cancelOrders && funds.heldBy.length > 0) {
    funds = await cancelHolders(deps, principal, symbol, funds, patience);
  }
  if (!isPositive(funds.quantity)) throw new AppError({ code: "position_not_found", symbol });
  const quantity = request.quantity ?? sellable(instrument, funds.quantity, request.share);
  return placeOrder(deps, principal, { ...order, quantity });
}

/** Closes up to 50 holdings, by symbol; `more` says that others are left. */
export async function closePositions(
  deps: OrderServiceDeps,
  principal: Principal,
  request: Pick<CloseRequest, "cancelOrders" | "clientOrderId">,
): Promise<{ readonly results: readonly ClosingOutcome[]; readonly more: boolean }> {
  const held = await deps.holdings(principal.userId);
  const symbols = held.slice(0, CLOSE_MAX);
  const patience: Patience = {};
  const results = await fewAtOnce(symbols, outcomeOf);
  return { results, more: held.length > CLOSE_MAX };

  async function outcomeOf(symbol: string): Promise<ClosingOutcome> {
    const { cancelOrders, clientOrderId: key } = request;
    const clientOrderId = key === null ? null : `${key}:${symbol}`;
    const all = { symbol, quantity: null, share: null, cancelOrders, clientOrderId };
    try {
      return { symbol, ...(await closePosition(deps, principal, all, patience)) };
    } catch (error) {
      if (isUnauthenticated(error)) throw error;
      if (error instanceof AppError) return { symbol, refusal: error.refusal };
      // One that fails must not hide what became of the others.
      deps.log.error("close_failed", { symbol, error });
      return { symbol, refusal: { code: "internal" } };
    }
  }
}

async function fundsOf(deps: OrderServiceDeps, { userId }: Principal, symbol: string) {
  const funds = await deps.orders.funds(userId, symbol);
  if (funds === undefined) throw new AppError({ code: "unauthenticated" });
  return funds;
}

/** Asks for the end of every open sell, and waits until the venue has confirmed them. What they held is free then. */
async function cancelHolders(
  deps: OrderServiceDeps,
  principal: Principal,
  symbol: string,
  { heldBy }: Funds,
  patience: Patience,
): Promise<Funds> {
  await fewAtOnce(heldBy, (id) => cancelHolder(deps, principal, id, patience));
  for (const waitMs of CANCEL_WAITS_MS) {
    const funds = await fundsOf(deps, principal, symbol);
    if (!funds.heldBy.some((id) => heldBy.includes(id))) return funds;
    await deps.sleep(waitMs);
  }
  // Nothing was placed, so the key is not spent: the same request may be repeated.
  throw new AppError({ code: "busy" });
}

/** One that has ended meanwhile holds nothing any more, which is all that is asked of it. */
async function cancelHolder(
  deps: OrderServiceDeps,
  principal: Principal,
  id: string,
  patience: Patience,
) {
  try {
    await cancelOrder(deps, principal, id, patience);
  } catch (error) {
    if (!(error instanceof AppError && error.refusal.code === "order_not_cancelable")) throw error;
  }
}

/** What the venue can sell of a share of `held`; refused where that is nothing. */
function sellable(instrument: Instrument, held: Decimal, share: Decimal | null): Decimal {
  const quantity = wholeSteps(instrument, mul(held, share ?? ONE));
  if (isPositive(quantity) && findQuantityFault(instrument, quantity) === undefined)
    return quantity;
  throw new AppError({
    code: "quantity_increment_invalid",
    path: share === null ? "quantity" : "percentage",
    increment: instrument.quantityIncrement,
    minimum: instrument.minQuantity,
  });
}
