import { and, desc, eq, gte, inArray, lt, lte, sql } from "drizzle-orm";
import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { principalJson } from "../db/principal.ts";
import { portfolios, positions } from "../db/schema/holdings.ts";
import { ledgerEntries, ledgerTransactions } from "../db/schema/journal.ts";
import { trades } from "../db/schema/orders.ts";
import { decimal } from "../domain/decimal.ts";
import type { Principal } from "../domain/principal.ts";
import type {
  CashRefusal,
  CashRequest,
  Check,
  Deposit,
  PortfolioRepository,
  Position,
  Reset,
  Trade,
} from "./ports.ts";
import { createPortfolioReader } from "./reader.ts";

type Json = Record<string, unknown>;
export function createPortfolioRepository(db: Database): PortfolioRepository {
  return {
    ...createPortfolioReader(db),

    async deposit(principal, request, at) {
      const answer = await callFunction(db, "deposit_cash", cashJson(principal, request, at));
      if (answer.result === "deposited" || answer.result === "replayed") {
        return { kind: answer.result, answer: toDeposit(answer.answer as Json) };
      }
      return toCashRefusal(answer);
    },

    async reset(principal, request, at) {
      const answer = await callFunction(db, "reset_account", cashJson(principal, request, at));
      if (answer.result === "reset" || answer.result === "replayed") {
        return { kind: answer.result, answer: toReset(answer.answer as Json) };
      }
      if (answer.result === "open_orders") {
        return { kind: answer.result, orderIds: answer.order_ids as string[] };
      }
      return toCashRefusal(answer);
    },

    trades(userId, { symbol, orderId, after, until, cursor, limit }) {
      return db
        .select()
        .from(trades)
        .where(
          and(
            eq(trades.userId, userId),
            symbol === undefined ? undefined : eq(trades.symbol, symbol),
            orderId === undefined ? undefined : eq(trades.orderId, orderId),
            after && gte(trades.executedAt, after),
            until && lte(trades.executedAt, until),
            cursor === undefined ? undefined : lt(trades.id, cursor),
          ),
        )
        .orderBy(desc(trades.id))
        .limit(limit);
    },

    async ledger(userId, before, limit) {
      const page = db
        .select({ id: ledgerTransactions.id })
        .from(ledgerTransactions)
        .where(
          and(
            eq(ledgerTransactions.userId, userId),
            before === undefined ? undefined : lt(ledgerTransactions.seq, before),
          ),
        )
        .orderBy(desc(ledgerTransactions.seq))
        .limit(limit);
      const rows = await db
        .select()
        .from(ledgerTransactions)
        .innerJoin(ledgerEntries, eq(ledgerEntries.transactionId, ledgerTransactions.id))
        .where(inArray(ledgerTransactions.id, page))
        .orderBy(desc(ledgerTransactions.seq), ledgerEntries.ordinal);
      return Array.from(
        Map.groupBy(rows, (row) => row.ledger_transactions.id).values(),
        (group) => {
          const transaction = group[0]?.ledger_transactions;
          if (transaction === undefined) throw new Error("a group has a row");
          return { ...transaction, entries: group.map((row) => row.ledger_entries) };
        },
      );
    },

    async verify(userId) {
      const { rows } = await db.execute<Check & { last_seq: string } & Json>(sql`
        select v.*, p.last_seq from verify_account(${userId}) v, ${portfolios} p where p.user_id = ${userId}`);
      return {
        checks: rows.map(({ name, ok, expected, actual, rows: faulty }) => ({
          name,
          ok: ok === true,
          expected,
          actual,
          rows: faulty,
        })),
        headSeq: Number(rows[0]?.last_seq ?? 0),
      };
    },
  };
}

/** A position or trade as an event of the journal holds it. */
export const positionFromJson = (json: Readonly<Json>): Position => rowFromJson(positions, json);
export const tradeFromJson = (json: Readonly<Json>): Trade => rowFromJson(trades, json);

const cashJson = (principal: Principal, { amount, key }: CashRequest, at: Date): Json => ({
  ...principalJson(principal),
  key,
  amount,
  at,
});

const toDeposit = (json: Json): Deposit => ({
  id: String(json.id),
  seq: Number(json.seq),
  amount: decimal(String(json.amount)),
  cashBalance: decimal(String(json.cash_balance)),
  cashReserved: decimal(String(json.cash_reserved)),
  netDeposits: decimal(String(json.net_deposits)),
  createdAt: new Date(String(json.created_at)),
});

const toReset = (json: Json): Reset => ({
  seq: Number(json.seq),
  cashBalance: decimal(String(json.cash_balance)),
  positionsClosed: json.positions_closed as string[],
  createdAt: new Date(String(json.created_at)),
});

function toCashRefusal({ result, facts }: Json): CashRefusal {
  switch (result) {
    case "unauthenticated":
    case "not_paper":
    case "conflict":
      return { kind: result };
    case "account_inactive":
      return { kind: result, accountStatus: String((facts as Json).account_status) };
    default:
      throw new Error(`a movement of cash was ${result}`);
  }
}
