/** Makes wishes concrete against the account as it is, and plays them. */

import { type Account, type AccountOrder, append, freeCash, positionOf } from "../account.ts";
import {
  applyReport,
  type Draft,
  placeOrder,
  recordAnswer,
  refuseCancel,
  requestCancel,
  type SubmitOutcome,
} from "../account-commands.ts";
import { depositCash, resetAccount } from "../cash-commands.ts";
import {
  add,
  type Decimal,
  decimal,
  divide,
  isPositive,
  max,
  mul,
  ONE,
  sub,
  truncate,
  ZERO,
} from "../decimal.ts";
import type { BrokerReport, Execution } from "../execution.ts";
import { assetTypeOf } from "../instrument.ts";
import { isOpen, type OrderSide, type OrderTerms, type SentAs } from "../order.ts";
import { reservationFor } from "../reservation.ts";
import type { Wish } from "./account-history.ts";

/** A command with nothing left to chance. */
export type Step =
  | { readonly kind: "place"; readonly draft: Draft }
  | { readonly kind: "answer"; readonly orderId: string; readonly answer: SubmitOutcome }
  | { readonly kind: "cancel"; readonly orderId: string }
  | { readonly kind: "refuse_cancel"; readonly orderId: string }
  | {
      readonly kind: "report";
      readonly report: BrokerReport;
      /** USD a unit of a third fee asset. */
      readonly mark: Decimal | null;
    }
  | {
      readonly kind: "permit";
      readonly suspended: boolean;
      readonly closingOnly: boolean;
      /** By the operator. */
      readonly restricted: boolean;
    }
  | { readonly kind: "deposit" | "reset"; readonly amount: Decimal };

export interface Played {
  readonly account: Account;
  /** What the command answered. */
  readonly result: string;
  readonly refusal: Draft["denial"];
}

/** Plays one step on the pure account. */
export function play(account: Account, step: Step): Played {
  switch (step.kind) {
    case "place": {
      const placed = placeOrder(account, step.draft);
      // A conflict tells only which order it is about.
      const refusal = placed.kind === "conflict" ? null : placed.order.refusal;
      return { account: placed.account, result: placed.kind, refusal };
    }
    case "answer": {
      const answered = recordAnswer(account, step.orderId, step.answer);
      return { account: answered.account, result: "answered", refusal: null };
    }
    case "cancel": {
      const asked = requestCancel(account, step.orderId);
      return { account: asked.account, result: asked.kind, refusal: null };
    }
    case "refuse_cancel": {
      const refused = refuseCancel(account, step.orderId);
      return { account: refused.account, result: "answered", refusal: null };
    }
    case "report": {
      const reported = applyReport(account, step.report, step.mark);
      return { account: reported.account, result: reported.kind, refusal: null };
    }
    case "permit": {
      const { suspended, closingOnly, restricted } = step;
      const isNews = suspended !== account.suspended || closingOnly !== account.closingOnly;
      const permitted = { ...account, suspended, closingOnly, restricted };
      return {
        account: isNews ? append(permitted, "configured") : permitted,
        result: "permitted",
        refusal: null,
      };
    }
    case "deposit":
      return { account: depositCash(account, step.amount), result: "deposited", refusal: null };
    case "reset": {
      const reset = resetAccount(account, step.amount);
      return { account: reset.account, result: reset.kind, refusal: null };
    }
  }
}

const FEE_RATE = decimal("0.0025");
/** Fine enough for the rounding to matter. */
const MARK = decimal("872.3104567");
const ALL = 1_000_000_000;
const HALF = decimal("0.5");
const BILLION = decimal("1000000000");

/** Makes wishes concrete; undefined where the account has nothing that a wish could be about. */
export function createScript(
  newId: () => string,
): (account: Account, wish: Wish) => Step | undefined {
  let executions = 0;
  const at = new Date("2026-11-23T15:00:00Z");

  const reportOf = (
    order: AccountOrder,
    event: BrokerReport["event"],
    execution: Execution | null = null,
    mark: Decimal | null = null,
  ): Step => ({
    kind: "report",
    mark,
    report: {
      orderId: order.id,
      brokerOrderId: `venue-${order.id}`,
      event,
      execution,
      reason: null,
      venueStatus: event,
      at,
    },
  });

  return (account, wish) => {
    if (wish.kind === "permit") return wish;
    if (wish.kind === "deposit" || wish.kind === "reset") {
      return { kind: wish.kind, amount: divide(decimal(wish.cents), decimal(100), 2) };
    }
    if (wish.kind === "place") return { kind: "place", draft: draftOf(account, wish, newId()) };
    if (wish.kind === "place_again") {
      const order = nth([...account.orders.values()], wish.nth);
      return order && { kind: "place", draft: sameDraft(order, newId()) };
    }
    if (wish.kind === "repeat") {
      const trade = nth(account.trades, wish.nth);
      const order = trade && account.orders.get(trade.orderId);
      return trade && order && reportOf(order, "partial_fill", trade, MARK);
    }
    const order = pickOrder(account, wish.pick);
    if (order === undefined) return undefined;
    switch (wish.kind) {
      case "cancel":
      case "refuse_cancel":
        return { kind: wish.kind, orderId: order.id };
      case "answer":
        return { kind: "answer", orderId: order.id, answer: answerOf(order, wish.answer) };
      case "report":
        return reportOf(order, wish.event);
      case "fill": {
        executions += 1;
        const execution = executionOf(order, wish, `x${executions}`);
        const mark = wish.fee === "third_marked" ? MARK : null;
        return reportOf(order, wish.isLast ? "fill" : "partial_fill", execution, mark);
      }
    }
  };
}

type WishOf<Kind extends Wish["kind"]> = Extract<Wish, { kind: Kind }>;

function draftOf(account: Account, wish: WishOf<"place">, id: string): Draft {
  const { symbol } = wish;
  const side = sideOf(account, wish);
  const assetType = assetTypeOf(symbol);
  const price = divide(decimal(wish.cents), decimal(assetType === "stock" ? 100 : 10_000), 4);
  const feeRate = assetType === "stock" ? ZERO : FEE_RATE;
  const isNotional = wish.type === "notional" && side === "buy";
  const type = wish.type === "notional" ? "market" : wish.type;
  const terms: OrderTerms = {
    symbol,
    assetType,
    side,
    type,
    quantity: isNotional ? null : sizeOf(account, { ...wish, side }, price),
    notional: isNotional ? cashShare(account, wish.share) : null,
    limitPrice: type === "limit" ? price : null,
    stopPrice: type === "stop" ? price : null,
    timeInForce: "gtc",
  };
  return {
    id,
    clientOrderId: wish.repeats === null ? null : `mine-${wish.repeats}`,
    terms,
    feeRate,
    reservation: reservationOf(terms, price, feeRate),
    denial: wish.denied ? { code: "asset_not_tradable", symbol, orderId: id } : null,
  };
}

/** Sells mostly what is held; a sale of nothing is always refused alike. */
function sideOf(account: Account, { symbol, side, share }: WishOf<"place">): OrderSide {
  const isHeld = isPositive(positionOf(account, symbol).quantity);
  return isHeld || share > ALL ? side : "buy";
}

/** What a client sends that has lost the answer. */
function sameDraft(order: AccountOrder, id: string): Draft {
  const terms = { ...order, quantity: order.notional === null ? order.quantity : null };
  const price = order.limitPrice ?? order.stopPrice ?? order.reservePrice ?? decimal("0.3217");
  return {
    id,
    clientOrderId: order.clientOrderId,
    terms,
    feeRate: order.feeRate,
    reservation: reservationOf(terms, price, order.feeRate),
    denial: null,
  };
}

function sizeOf(account: Account, { symbol, side, share, whole }: WishOf<"place">, price: Decimal) {
  const held = positionOf(account, symbol).quantity;
  const sells = side === "sell" && isPositive(held);
  if (sells && share === ALL) return held;
  const most = sells ? held : divide(max(freeCash(account), ONE), price, 9);
  const places = symbol === "F" ? 9 : 8;
  const quantity = truncate(divide(mul(most, decimal(share)), BILLION, 12), whole ? 0 : places);
  return max(quantity, decimal(whole ? "1" : "0.00000001"));
}

const cashShare = (account: Account, share: number): Decimal =>
  max(truncate(divide(mul(freeCash(account), decimal(share)), BILLION, 12), 2), ONE);

function reservationOf(terms: OrderTerms, price: Decimal, feeRate: Decimal): Draft["reservation"] {
  const { side, quantity, notional } = terms;
  if (side === "sell")
    return { amount: ZERO, quantity: quantity ?? ZERO, price: null, sentAs: null };
  if (quantity === null)
    return { amount: notional ?? ZERO, quantity: ZERO, price: null, sentAs: null };
  const sentAs: SentAs | null =
    terms.type === "market" ? { type: "limit", timeInForce: "ioc", limitPrice: price } : null;
  return { amount: reservationFor(quantity, price, feeRate), quantity: ZERO, price, sentAs };
}

function answerOf(order: AccountOrder, answer: string): SubmitOutcome {
  if (answer === "rejected") return { kind: "rejected", reason: "venue_wash_trade" };
  const event = answer === "accepted" ? "accepted" : "new";
  return { kind: "accepted", event, brokerOrderId: `venue-${order.id}` };
}

function executionOf(order: AccountOrder, wish: WishOf<"fill">, id: string): Execution {
  const base = order.limitPrice ?? order.stopPrice ?? order.reservePrice ?? decimal("0.3217");
  const price = divide(mul(base, decimal(wish.pricing)), decimal(10_000), 8);
  const quantity = executedQuantity(order, wish, price);
  const value = mul(quantity, price);
  const usd = { feeAsset: "USD", id, quantity, price, liquidity: "taker" as const };
  switch (wish.fee) {
    case "usd":
      return { ...usd, fee: truncate(mul(value, FEE_RATE), 8) };
    case "usd_fine":
      return { ...usd, fee: mul(value, FEE_RATE) };
    case "units":
      return {
        ...usd,
        fee: truncate(mul(quantity, FEE_RATE), 8),
        feeAsset: order.symbol.split("/")[0] ?? "",
      };
    case "third":
    case "third_marked":
      return { ...usd, fee: decimal("0.00001"), feeAsset: "BNB", feeMarket: "BNB/USD" };
    default:
      return { ...usd, fee: ZERO };
  }
}

function executedQuantity(order: AccountOrder, wish: WishOf<"fill">, price: Decimal): Decimal {
  const ordered = order.quantity ?? divide(order.notional ?? ZERO, price, 8);
  const open = sub(ordered, order.filledQuantity);
  const rest = isPositive(open) ? open : HALF;
  if (wish.amount === "rest") return rest;
  if (wish.amount === "more") return add(rest, decimal("0.75"));
  const part = truncate(divide(mul(rest, decimal(wish.share)), BILLION, 12), 9);
  return max(part, decimal("0.000000001"));
}

/** The newest ones first; mostly open ones. */
function pickOrder(account: Account, pick: { nth: number; ended: boolean }) {
  const orders = [...account.orders.values()].reverse();
  const eligible = orders.filter(({ status }) => isOpen(status) !== pick.ended);
  return nth(eligible, pick.nth);
}

const nth = <Item>(items: readonly Item[], n: number): Item | undefined => items[n % items.length];
