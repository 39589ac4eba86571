/** The pure account and the database side by side: one step played on both, and what each shows after it. */

import { isDeepStrictEqual } from "node:util";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createAccountRepository } from "../../src/account/repository.ts";
import { createDatabase } from "../../src/db/client.ts";
import { type Account, isRestricted, openAccount as openModel } from "../../src/domain/account.ts";
import { decimal, divide, isPositive } from "../../src/domain/decimal.ts";
import type { Refusal } from "../../src/domain/errors.ts";
import { newId } from "../../src/domain/id.ts";
import { venueOf, venuesWith } from "../../src/domain/instrument.ts";
import { balances } from "../../src/domain/ledger.ts";
import type { Order } from "../../src/domain/order.ts";
import { averageEntryPrice } from "../../src/domain/position.ts";
import type { Wish } from "../../src/domain/testing/account-history.ts";
import {
  createScript,
  play as playModel,
  type Step,
} from "../../src/domain/testing/account-script.ts";
import type { TestDatabase } from "../harness/database.ts";
import { openAccount } from "./account.ts";

type Stored = Awaited<ReturnType<typeof openAccount>>;

/** Everything that must agree, amounts as canonical text, sorted. */
type Shown = Readonly<Record<string, unknown>>;

interface Answered {
  readonly result: string;
  readonly refusal: Refusal | null;
}

/** What a command answered, and what the account shows after it. */
type Outcome = Answered & { readonly shown: Shown };

export interface Case {
  readonly step: Step;
  readonly model: Outcome;
  readonly stored: Outcome;
}

export type Pair = Awaited<ReturnType<typeof openPair>>;

/** One account twice, with the same cash. */
export async function openPair(database: TestDatabase, cash: string) {
  const stored = await openAccount(database, cash);
  const script = createScript(newId);
  const placed = new Map<string, Order>();
  let model = openModel(decimal(cash));

  async function play(step: Step) {
    const { account, ...answer } = playModel(model, step);
    model = account;
    return { step, model: answer, stored: await playStored(stored, placed, step) };
  }

  return {
    userId: stored.userId,
    stored,
    get model() {
      return model;
    },
    play,
    /** Undefined where the account has nothing that the wish could be about. */
    async grant(wish: Wish | undefined) {
      const step = wish && script(model, wish);
      return step && play(step);
    },
  };
}

/** Plays one step on each pair at the same time, and then looks at all accounts at once. */
export async function playTogether(
  database: TestDatabase,
  pairs: readonly Pair[],
  play: (pair: Pair, nth: number) => ReturnType<Pair["grant"]>,
): Promise<Case[]> {
  const plays = await Promise.all(
    pairs.map(async (pair, nth) => {
      const answer = await play(pair, nth);
      return answer === undefined ? [] : [{ pair, ...answer }];
    }),
  );
  const played = plays.flat();
  if (played.length === 0) return [];
  const shown = await showStored(
    database,
    played.map(({ pair }) => pair.userId),
  );
  return played.map(({ pair, step, model, stored }) => ({
    step,
    model: { ...model, shown: showModel(pair.model) },
    stored: { ...stored, shown: shown.get(pair.userId) ?? missing(pair.userId) },
  }));
}

/** Fails with the step where the two sides differ. */
export function agree({ step, model, stored }: Case): void {
  // The matcher words a difference, and is slow where there is none.
  if (!isDeepStrictEqual(stored, model)) expect({ step, ...stored }).toEqual({ step, ...model });
}

async function playStored(
  { orders, portfolios, principal, userId, db }: Stored,
  placed: Map<string, Order>,
  step: Step,
): Promise<Answered> {
  const at = new Date();
  const orderOf = (id: string): Order => placed.get(id) ?? missing(id);
  switch (step.kind) {
    case "place": {
      const { denial, ...draft } = step.draft;
      const venue = venueOf(venuesWith("binance"), draft.terms.symbol);
      const facts = denial && { code: denial.code, symbol: draft.terms.symbol };
      const answer = await orders.place({ ...draft, principal, venue, denial: facts }, at);
      if ("order" in answer) placed.set(answer.order.id, answer.order);
      const refusal = "refusal" in answer ? (answer.refusal ?? null) : null;
      return { result: answer.kind, refusal };
    }
    case "answer": {
      const { answer } = step;
      await orders.recordAnswer(
        orderOf(step.orderId),
        answer.kind === "accepted"
          ? { ...answer, at }
          : { kind: "rejected", reason: "venue_wash_trade", message: "potential wash trade" },
        at,
      );
      return { result: "answered", refusal: null };
    }
    case "cancel": {
      const asked = await orders.requestCancel(principal, step.orderId, at);
      return { result: asked.kind, refusal: null };
    }
    case "refuse_cancel": {
      const refused = { kind: "refused", message: "too late" } as const;
      await orders.recordCancel(orderOf(step.orderId), refused, at);
      return { result: "answered", refusal: null };
    }
    case "report": {
      const { broker } = orderOf(step.report.orderId);
      const marks = new Map(step.mark === null ? [] : [["BNB/USD", step.mark]]);
      const { userIds, unknown, illegal } = await orders.apply(broker, [step.report], marks, at);
      if (unknown.length > 0) return { result: "unknown", refusal: null };
      if (illegal.length > 0) return { result: "illegal", refusal: null };
      return { result: userIds.length > 0 ? "applied" : "repeated", refusal: null };
    }
    case "permit": {
      const { suspended: suspendTrade, closingOnly, restricted } = step;
      await db.execute(sql`update users set account_status = ${restricted ? "restricted" : "active"}
        where id = ${userId}`);
      await createAccountRepository(db).configure(principal, { suspendTrade, closingOnly }, at);
      return { result: "permitted", refusal: null };
    }
    case "deposit":
    case "reset": {
      const { kind } = await portfolios[step.kind](
        principal,
        { amount: step.amount, key: null },
        at,
      );
      return { result: kind, refusal: null };
    }
  }
}

function showModel(account: Account): Shown {
  return {
    cash: account.cash,
    reserved: account.cashReserved,
    realized: account.realized,
    fees: account.fees,
    deposits: account.netDeposits,
    overdrawn: account.overdrawn,
    status: isRestricted(account) ? "restricted" : "active",
    events: account.journal.map(({ event }) => event).join(" "),
    trades: account.trades
      .map(({ value, feeUsd, feeMark }) => `${value} ${feeUsd} ${feeMark ?? "-"}`)
      .sort(),
    ledger: balances(account.ledger.flatMap(({ entries }) => entries))
      .map((entry) => `${entry.account} ${entry.asset} ${entry.amount}`)
      .sort(),
    positions: [...account.positions]
      .map(([symbol, position]) => ({
        symbol,
        quantity: position.quantity,
        reserved: position.reserved,
        cost: position.cost,
        realized: position.realized,
        fees: position.fees,
        average: averageEntryPrice(position),
      }))
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    orders: [...account.orders.values()]
      .map((order) => ({
        id: order.id,
        status: order.status,
        before: order.statusBefore,
        quantity: order.quantity,
        filled: order.filledQuantity,
        value: order.filledValue,
        average: isPositive(order.filledQuantity)
          ? divide(order.filledValue, order.filledQuantity, 8)
          : null,
        amount: order.reservedAmount,
        units: order.reservedQuantity,
        fees: order.fees,
        rejected: order.rejectionReason,
        canceled: order.cancelReason,
        broker: order.brokerOrderId,
        triggered: order.triggered,
        version: order.version,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** What stands in the account's rows at one instant. As a function it is planned once a connection, not once a case. */
const SHOW_ACCOUNT = `
  create function show_account(p_user uuid) returns jsonb language plpgsql stable as $$
  begin
    return (
    select jsonb_build_object(
      'cash', p.cash_balance::text, 'reserved', p.cash_reserved::text, 'realized', p.realized_pnl::text,
      'fees', p.fees::text, 'deposits', p.net_deposits::text, 'overdrawn', p.overdrawn,
      'status', u.standing,
      'events', (select string_agg(event, ' ' order by seq) from account_events where user_id = p.user_id),
      'trades', coalesce((select jsonb_agg(trim_scale(value) || ' ' || trim_scale(fee_usd) || ' '
          || coalesce(trim_scale(fee_mark)::text, '-'))
        from trades where user_id = p.user_id), '[]'),
      'ledger', coalesce((select jsonb_agg(b.line) from (
        select account || ' ' || asset || ' ' || trim_scale(sum(amount)) as line
        from ledger_entries where user_id = p.user_id group by account, asset having sum(amount) <> 0) b), '[]'),
      'positions', coalesce((select jsonb_agg(jsonb_build_object(
          'symbol', symbol, 'quantity', quantity::text, 'reserved', quantity_reserved::text,
          'cost', cost_basis::text, 'realized', realized_pnl::text, 'fees', fees::text,
          'average', average_entry_price::text) order by symbol collate "C")
        from positions where user_id = p.user_id and closed_at is null), '[]'),
      'orders', coalesce((select jsonb_agg(jsonb_build_object(
          'id', id, 'status', status, 'before', status_before, 'quantity', quantity::text,
          'filled', filled_quantity::text, 'value', filled_value::text, 'average', filled_avg_price::text,
          'amount', reserved_amount::text, 'units', reserved_quantity::text, 'fees', fees::text,
          'rejected', rejection_reason, 'canceled', cancel_reason, 'broker', broker_order_id,
          'triggered', triggered_at is not null, 'version', version) order by id)
        from orders where user_id = p.user_id), '[]'))
    from portfolios p join users u on u.id = p.user_id where p.user_id = p_user);
  end $$`;

/** To be called once for a database, before its first pair. */
export const prepareComparison = (database: TestDatabase): Promise<unknown> =>
  createDatabase(database).execute(sql.raw(SHOW_ACCOUNT));

async function showStored(
  database: TestDatabase,
  userIds: readonly string[],
): Promise<Map<string, Shown>> {
  const { rows } = await createDatabase(database).execute<{
    user_id: string;
    shown: Record<string, unknown>;
  }>(sql`select user_id, show_account(user_id) as shown
    from portfolios where user_id in ${userIds}`);
  return new Map(
    rows.map(({ user_id, shown }) => [
      user_id,
      { ...canonical(shown), trades: sorted(shown.trades), ledger: sorted(shown.ledger) },
    ]),
  );
}

// Postgres keeps the zeros of a scale.
const NUMERIC = /^-?\d+\.\d+$/;

function canonical<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_key, part) =>
      typeof part === "string" && NUMERIC.test(part) ? decimal(part) : part,
    ),
  );
}

const sorted = (lines: unknown): string[] => [...(lines as string[])].sort();

function missing(id: string): never {
  throw new Error(`there is no ${id}`);
}
