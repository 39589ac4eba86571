/** What the ledger itself is shown as, and what moves its cash. */

import * as z from "zod";
import "../http/describable.ts";
import { type Decimal, decimal, formatMoney, sub } from "../domain/decimal.ts";
import { decimalOut } from "../http/decimal-text.ts";
import { type View, view } from "../http/view.ts";
import type { Check, Deposit, LedgerTransaction, Reset } from "./ports.ts";

const moment = view(() => z.iso.datetime());

export const depositView = view(() =>
  z
    .object({
      id: z.uuid().openapi({ description: "Of its ledger transaction." }),
      amount: decimalOut("1000.00"),
      cash_balance: decimalOut("101000.00"),
      cash_reserved: decimalOut("0.00"),
      buying_power: decimalOut("101000.00"),
      net_deposits: decimalOut("101000.00"),
      seq: z.int(),
      created_at: moment(),
    })
    .openapi("Deposit"),
);

export const resetView = view(() =>
  z
    .object({
      cash_balance: decimalOut("100000.00"),
      positions_closed: z.array(z.string()).openapi({ description: "Symbols." }),
      seq: z.int(),
      created_at: moment(),
    })
    .openapi("Reset"),
);

export const ledgerView = view(() =>
  z
    .object({
      transactions: z.array(
        z.object({
          id: z.uuid(),
          seq: z.int(),
          kind: z.string(),
          order_id: z.uuid().nullable(),
          trade_id: z.uuid().nullable(),
          created_at: moment(),
          entries: z.array(
            z.object({ account: z.string(), asset: z.string(), amount: decimalOut("-1025.00") }),
          ),
        }),
      ),
      next_page_token: z.string().nullable(),
    })
    .openapi("Ledger"),
);

export const verificationView = view(() =>
  z
    .object({
      ok: z.boolean(),
      checks: z.array(
        z.object({
          name: z.string(),
          ok: z.boolean(),
          expected: z.string().nullable(),
          actual: z.string().nullable(),
          rows: z.array(z.record(z.string(), z.unknown())).openapi({
            description: "The rows that disagree, each as [what is, what should be]; the first 20.",
          }),
        }),
      ),
      head_seq: z.int(),
    })
    .openapi("LedgerVerification"),
);

const money = (amount: Decimal) => formatMoney(amount) as Decimal;

export function toDepositView(deposit: Deposit): View<typeof depositView> {
  return {
    id: deposit.id,
    amount: money(deposit.amount),
    cash_balance: money(deposit.cashBalance),
    cash_reserved: money(deposit.cashReserved),
    buying_power: money(sub(deposit.cashBalance, deposit.cashReserved)),
    net_deposits: money(deposit.netDeposits),
    seq: deposit.seq,
    created_at: deposit.createdAt.toISOString(),
  };
}

export function toResetView(reset: Reset): View<typeof resetView> {
  return {
    cash_balance: money(reset.cashBalance),
    positions_closed: [...reset.positionsClosed],
    seq: reset.seq,
    created_at: reset.createdAt.toISOString(),
  };
}

/** What an event of the journal that moves cash carries: its amounts as money. */
export function toCashEventView(data: Readonly<Record<string, unknown>>) {
  const shown: Record<string, unknown> = { ...data };
  for (const name of ["cash_balance", "cash_reserved", "amount"]) {
    if (data[name] !== undefined) shown[name] = money(decimal(String(data[name])));
  }
  return shown;
}

export function toLedgerTransactionView(transaction: LedgerTransaction) {
  return {
    id: transaction.id,
    seq: transaction.seq,
    kind: transaction.kind,
    order_id: transaction.orderId,
    trade_id: transaction.tradeId,
    created_at: transaction.createdAt.toISOString(),
    entries: transaction.entries.map(({ account, asset, amount }) => ({
      account,
      asset,
      amount: asset === "USD" ? money(amount) : amount,
    })),
  };
}

export function toVerificationView(verification: {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly headSeq: number;
}): View<typeof verificationView> {
  const checks = verification.checks.map((check) => ({ ...check, rows: [...check.rows] }));
  return { ok: verification.ok, checks, head_seq: verification.headSeq };
}
