import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { type Database, rowFromJson } from "../db/client.ts";
import { portfolios, positions } from "../db/schema/holdings.ts";
import { ledgerEntries, ledgerTransactions } from "../db/schema/journal.ts";
import { type Decimal, decimal, ZERO } from "../domain/decimal.ts";
import type { AssetType } from "../domain/instrument.ts";
import { OPEN_STATUSES } from "../domain/order.ts";
import type { LedgerOver, PortfolioReader, SymbolDay } from "./ports.ts";

type Json = Record<string, unknown>;
type SnapshotRow = {
  portfolio: Json;
  positions: Json[] | null;
  open_orders: number;
  days: Json[] | null;
  deposits_stock: string;
  deposits_crypto: string;
};

type LedgerRow = {
  last_seq: string;
  began_at: string;
  cash: string;
  held: Record<string, string> | null;
  changes: [byMs: number, asset: string, amount: string, deposited: string][] | null;
  closes: Record<string, string> | null;
};

/** What the ledger holds of one account, beside the closes that price it. */
export function createPortfolioReader(db: Database): PortfolioReader {
  return {
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
          from ${ledgerTransactions} t cross join ${entriesOf("t")} e
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

    async ledgerOver(userId, { startMs, stepMs, startDays, changesMax }) {
      // One statement, so that what it tells of now and of before is of one account.
      const { rows } = await db.execute<LedgerRow>(sql`
        with restart as (
          select seq, at from account_events
          where user_id = ${userId} and kind = 'cash' and event = 'reset' order by seq desc limit 1
        ),
        started (market, day) as (values
          ('stock', ${startDays.stock}::date), ('crypto', ${startDays.crypto}::date)
        ),
        moved as (
          select (ceil(extract(epoch from t.created_at) * 1000 / ${stepMs}::bigint) * ${stepMs}::bigint)::bigint as by_ms,
            e.asset, e.account, e.amount
          from ${ledgerTransactions} t cross join ${entriesOf("t")} e
          where t.user_id = ${userId} and t.created_at > to_timestamp(${startMs}::bigint / 1000.0)
            and t.seq > coalesce((select seq from restart), 0)
            and (e.account in ('cash', 'cash_reserved', 'external') or e.account like 'qty%')
        ),
        changes as (
          select by_ms, asset, coalesce(sum(amount) filter (where account <> 'external'), 0) as amount,
            coalesce(-sum(amount) filter (where account = 'external'), 0) as deposited
          from moved group by by_ms, asset
          having sum(amount) filter (where account <> 'external') <> 0 or bool_or(account = 'external')
          order by by_ms limit ${changesMax + 1}
        ),
        held as (select symbol, quantity from ${positions} where user_id = ${userId} and closed_at is null),
        symbols as (select symbol from held union select asset from changes where asset <> 'USD')
        select p.last_seq, p.cash_balance::text as cash,
          extract(epoch from coalesce((select at from restart), p.created_at)) * 1000 as began_at,
          (select jsonb_object_agg(symbol, quantity::text) from held) as held,
          (select jsonb_agg(jsonb_build_array(by_ms, asset, amount::text, deposited::text)) from changes) as changes,
          (select jsonb_object_agg(s.symbol, c.close::text) from symbols s
           join started on market = case when s.symbol like '%/%' then 'crypto' else 'stock' end,
           lateral (select close from daily_bars b where b.symbol = s.symbol and b.day < started.day
             order by b.day desc limit 1) c) as closes
        from ${portfolios} p where p.user_id = ${userId}`);
      const [row] = rows;
      return row && toLedgerOver(row, changesMax);
    },
  };
}

function toLedgerOver(row: LedgerRow, changesMax: number): LedgerOver {
  const changes = row.changes ?? [];
  return {
    lastSeq: Number(row.last_seq),
    beganAtMs: Math.round(Number(row.began_at)),
    balances: new Map([["USD", decimal(row.cash)], ...amountsOf(row.held)]),
    changes:
      changes.length > changesMax
        ? null
        : changes.map(([byMs, asset, amount, deposited]) => ({
            byMs,
            asset,
            amount: decimal(amount),
            deposited: decimal(deposited),
          })),
    openingCloses: new Map(amountsOf(row.closes)),
  };
}

const amountsOf = (amounts: Readonly<Record<string, string>> | null): [string, Decimal][] =>
  Object.entries(amounts ?? {}).map(([symbol, amount]) => [symbol, decimal(amount)]);

// How many transactions lie after a time the planner can only guess, and its guess has it read the entries of everybody:
// `offset 0` keeps the look-up of each one's.
const entriesOf = (transaction: string) => sql`lateral (
  select account, asset, amount from ${ledgerEntries} e where e.transaction_id = ${sql.raw(transaction)}.id offset 0)`;

const depositsSince = (assetType: AssetType) => sql`(
  select coalesce(-sum(amount), 0)::text from moved, closed
  where account = 'external' and market = ${assetType} and created_at > at)`;

const toSymbolDay = ({ symbol, quantity, cash, close }: Json): SymbolDay => ({
  symbol: String(symbol),
  quantity: decimal(String(quantity)),
  cash: decimal(String(cash)),
  close: close === null ? null : decimal(String(close)),
});
