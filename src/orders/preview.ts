import { type Decimal, lessThan, mul, roundUp, sub, ZERO } from "../domain/decimal.ts";
import { AppError, type Refusal } from "../domain/errors.ts";
import type { OrderTerms } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import type { Reservation } from "../domain/reservation.ts";
import { type Assessment, assess } from "./assess.ts";
import {
  circumstancesOf,
  instrumentOf,
  type OrderRequest,
  type OrderServiceDeps,
  toTerms,
} from "./deps.ts";
import { toRefusal } from "./kept-refusal.ts";
import type { Funds } from "./ports.ts";

export interface Preview {
  /** Null: the order would be taken. */
  readonly refusal: Refusal | null;
  /** USD a unit; null where the refusal leaves none. */
  readonly estimatedPrice: Decimal | null;
  readonly reserve: Decimal;
  readonly fee: Decimal;
  readonly buyingPowerBefore: Decimal;
  readonly buyingPowerAfter: Decimal;
  readonly explain: readonly (Readonly<Record<string, string>> & { readonly rule: string })[];
}

/** What would become of an order if it were placed now. Nothing is stored, nothing is sent. */
export async function previewOrder(
  deps: OrderServiceDeps,
  principal: Principal,
  request: OrderRequest,
): Promise<Preview> {
  const instrument = await instrumentOf(deps, request.symbol);
  const terms = toTerms(request, instrument);
  const funds = await deps.orders.funds(principal.userId, instrument.symbol);
  if (funds === undefined) throw new AppError({ code: "unauthenticated" });
  const nothing = {
    estimatedPrice: null,
    reserve: ZERO,
    fee: ZERO,
    buyingPowerBefore: funds.freeCash,
    buyingPowerAfter: funds.freeCash,
    explain: [],
  };
  if (deps.haltedVenues.has(instrument.venue))
    return { ...nothing, refusal: { code: "trading_suspended" } };
  try {
    const circumstances = await circumstancesOf(deps, terms, instrument);
    const { reservation, denial, reference } = assess(terms, circumstances);
    const value = terms.notional ?? mul(terms.quantity ?? ZERO, reservation.price ?? reference);
    const fee = roundUp(mul(value, circumstances.feeRate), 8);
    const { amount, quantity } = reservation;
    const refusal = refusalOf(terms, funds, reservation, denial);
    return {
      refusal,
      estimatedPrice: reference,
      reserve: amount,
      fee,
      buyingPowerBefore: funds.freeCash,
      buyingPowerAfter: refusal === null ? sub(funds.freeCash, amount) : funds.freeCash,
      explain: [
        { rule: "reference_price", price: reference },
        ...(reservation.price === null
          ? []
          : [{ rule: "reservation_price", price: reservation.price }]),
        { rule: "taker_fee", rate: circumstances.feeRate, fee },
        { rule: "reservation", amount, quantity },
      ],
    };
  } catch (error) {
    if (error instanceof AppError) return { ...nothing, refusal: error.refusal };
    throw error;
  }
}

/** In the order in which placing would find them. */
function refusalOf(
  terms: OrderTerms,
  funds: Funds,
  { amount, quantity }: Reservation,
  denial: Assessment["denial"],
): Refusal | null {
  const { accountStatus, freeCash, freeQuantity } = funds;
  if (accountStatus === "suspended" || accountStatus === "closed") {
    return { code: "account_inactive", accountStatus };
  }
  const isBuy = terms.side === "buy";
  if (funds.suspendTrade || (funds.closingOnly && isBuy)) return { code: "trading_suspended" };
  if (accountStatus === "restricted" && isBuy) return { code: "account_restricted" };
  if (denial !== null) return toRefusal(denial);
  if (lessThan(freeCash, amount)) {
    return { code: "insufficient_buying_power", required: amount, available: freeCash };
  }
  if (!lessThan(freeQuantity, quantity)) return null;
  return {
    code: "insufficient_quantity",
    symbol: terms.symbol,
    required: quantity,
    available: freeQuantity,
    heldBy: funds.heldBy,
  };
}
