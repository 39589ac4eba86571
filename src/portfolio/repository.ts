import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, lte, sql } from "drizzle-orm";
import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { portfolios, positions } from "../db/schema/holdings.ts";
import { ledgerEntries, ledgerTransactions } from "../db/schema/journal.ts";
import { trades } from "../db/schema/orders.ts";
import { decimal, ZERO } from "../domain/decimal.ts";
import type { AssetType } from "../domain/instrument.ts";
import { OPEN_STATUSES } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import type {
  CashRefusal,
  CashRequest,
  Check,
  Deposit,
  PortfolioRepository,
  Position,
  Reset,
  SymbolDay,
  Trade,
} from "./ports.ts";

type Json = Record<string, unknown>;
type SnapshotRow = {
  portfolio: Json;
  positions: Json[] | null;
  open_orders: number;
  days: Json[] | null;
  deposits_stock: string;
  deposits_crypto: string;
};

export function createPortfolioRepository(db: Database): PortfolioRepository {
  return {
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

    async snapshot(userId, closes) {
      // One statement: two would read the account at two instants.
      const { rows } = await db.execute<SnapshotRow>(sql`
        with restart as (
          select coalesce(max(seq), 0) as seq from account_events
          where user_id = ${userId} and kind = 'cash' and event = 'reset'
        ),
        closed (market, at, day) as (values
          ('stock', ${closes.stock.at}::timestamptz, ${closes.stock.day}::date),
          ('crypto', ${closes.crypto.at}::timestamptz, ${closes.crypto.day}::date)
        ),
        moved as (
          select t.created_at, o.symbol, e.account, e.amount
          from ${ledgerTransactions} t join ${ledgerEntries} e on e.transaction_id = t.id
          left join orders o on o.id = t.order_id
          where t.user_id = ${userId} and t.created_at > (select min(at) from closed) and t.seq > (select seq from restart)
            and (e.account in ('cash', 'cash_reserved', 'external') or e.account like 'qty%')
        ),
        flows as (
          select symbol, coalesce(sum(amount) filter (where account like 'qty%'), 0) as quantity,
            coalesce(sum(amount) filter (where account like 'cash%'), 0) as cash
          from moved join closed on market = case when symbol like '%/%' then 'crypto' else 'stock' end
          where symbol is not null and created_at > at
          group by symbol having bool_or(account like 'qty%' and amount <> 0)
        ),
        held as (select * from ${positions} where user_id = ${userId} and closed_at is null),
        days as (
          select symbol, coalesce(f.quantity, 0)::text as quantity, coalesce(f.cash, 0)::text as cash, c.close::text as close
          from held full join flows f using (symbol)
          join closed on market = case when symbol like '%/%' then 'crypto' else 'stock' end
          left join daily_bar_spans s using (symbol)
          left join lateral (
            select b.close from daily_bars b where b.symbol = s.symbol and b.day <= closed.day and s.through_day >= closed.day
            order by b.day desc limit 1
          ) c on true
        )
        select row_json(to_jsonb(p)) as portfolio,
          (select jsonb_agg(row_json(to_jsonb(h)) order by h.symbol) from held h) as positions,
          (select count(*)::int from orders o where o.user_id = p.user_id
             and o.status in ${[...OPEN_STATUSES]}) as open_orders,
          (select jsonb_agg(to_jsonb(d)) from days d) as days,
          ${depositsSince("stock")} as deposits_stock, ${depositsSince("crypto")} as deposits_crypto
        from ${portfolios} p where p.user_id = ${userId}`);
      const [row] = rows;
      if (row === undefined) return undefined;
      return {
        portfolio: rowFromJson(portfolios, row.portfolio),
        positions: (row.positions ?? []).map((json) => rowFromJson(positions, json)),
        openOrders: row.open_orders,
        days: (row.days ?? []).map(toSymbolDay),
        depositsSince: {
          stock: decimal(row.deposits_stock),
          crypto: decimal(row.deposits_crypto),
        },
      };
    },

    async heldSymbols(userId) {
      const rows = await db
        .select({ symbol: positions.symbol })
        .from(positions)
        .where(
          and(
            eq(positions.userId, userId),
            isNull(positions.closedAt),
            gt(positions.quantity, ZERO),
          ),
        )
        .orderBy(asc(positions.symbol));
      return rows.map(({ symbol }) => symbol);
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

const depositsSince = (assetType: AssetType) => sql`(
  select coalesce(-sum(amount), 0)::text from moved, closed
  where account = 'external' and market = ${assetType} and created_at > at)`;

const toSymbolDay = ({ symbol, quantity, cash, close }: Json): SymbolDay => ({
  symbol: String(symbol),
  quantity: decimal(String(quantity)),
  cash: decimal(String(cash)),
  close: close === null ? null : decimal(String(close)),
});

/** A position or trade as an event of the journal holds it. */
export const positionFromJson = (json: Readonly<Json>): Position => rowFromJson(positions, json);
export const tradeFromJson = (json: Readonly<Json>): Trade => rowFromJson(trades, json);

const cashJson = (
  { userId, sessionId }: Principal,
  { amount, key }: CashRequest,
  at: Date,
): Json => ({ user_id: userId, session_id: sessionId, key, amount, at });

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
