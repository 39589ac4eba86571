/** Money of paper accounts that comes and goes without an order. */

import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { CashRefusal, CashRequest, Deposit, PortfolioRepository, Reset } from "./ports.ts";

export interface CashDeps {
  readonly portfolios: Pick<PortfolioRepository, "deposit" | "reset">;
  /** Tells the account's streams that their journal grew. */
  announce(userId: string): void;
  readonly now: () => Date;
}

/** What a request with the same key was answered first, where `replayed`. */
export interface Answered<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

/** Puts money into an account, once a key. */
export async function deposit(
  { portfolios, announce, now }: CashDeps,
  principal: Principal,
  request: CashRequest,
): Promise<Answered<Deposit>> {
  const result = await portfolios.deposit(principal, request, now());
  if (!("answer" in result)) throw refusalOf(result);
  const replayed = result.kind === "replayed";
  if (!replayed) announce(principal.userId);
  return { answer: result.answer, replayed };
}

/** Empties an account without open orders and starts it over with `request.amount`. */
export async function reset(
  { portfolios, announce, now }: CashDeps,
  principal: Principal,
  request: CashRequest,
): Promise<Answered<Reset>> {
  const result = await portfolios.reset(principal, request, now());
  if (result.kind === "open_orders") {
    throw new AppError({ code: "open_orders_exist", orderIds: result.orderIds });
  }
  if (!("answer" in result)) throw refusalOf(result);
  const replayed = result.kind === "replayed";
  if (!replayed) announce(principal.userId);
  return { answer: result.answer, replayed };
}

function refusalOf(refusal: CashRefusal): AppError {
  switch (refusal.kind) {
    case "unauthenticated":
      return new AppError({ code: "unauthenticated" });
    case "not_paper":
      return new AppError({ code: "paper_account_required" });
    case "conflict":
      return new AppError({ code: "idempotency_conflict" });
    case "account_inactive":
      return new AppError({ code: "account_inactive", accountStatus: refusal.accountStatus });
  }
}
