import { and, asc, eq, gte, inArray, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { assets } from "../db/schema/assets.ts";
import { dailyBarSpans, dailyBars } from "../db/schema/bars.ts";
import type { Decimal } from "../domain/decimal.ts";
import type { VenueName } from "../domain/instrument.ts";

/** A bar of a day that is over. */
export interface DailyBar {
  readonly symbol: string;
  readonly day: string;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
}

/** The days of which all bars of a symbol are stored, both included. */
export interface DaySpan {
  readonly fromDay: string;
  readonly throughDay: string;
}

export interface SymbolSpan {
  readonly symbol: string;
  /** Null: nothing is stored. */
  readonly span: DaySpan | null;
}

export interface DueQuery {
  readonly throughDay: string;
  /** In the universe or not. */
  readonly wanted: readonly string[];
  readonly triedBefore: Date;
  readonly limit: number;
}

export interface StoredBars {
  /** Null: nothing is stored. */
  readonly span: DaySpan | null;
  readonly bars: readonly DailyBar[];
}

/** Each method is one round trip. */
export interface DailyBarRepository {
  /** Ascending, from one day through another, beside the span that is stored in all. */
  read(symbol: string, fromDay: string, throughDay: string): Promise<StoredBars>;
  /** Of many symbols, by symbol: those that are not stored are left out. Ascending, from a day on, beside their spans. */
  readMany(
    symbols: readonly string[],
    fromDay: string,
  ): Promise<ReadonlyMap<string, StoredBars & { readonly span: DaySpan }>>;
  /** The closes of some symbols from a day on. */
  closes(
    symbols: readonly string[],
    fromDay: string,
  ): Promise<{ readonly symbol: string; readonly day: string; readonly close: Decimal }[]>;
  /** Adds what followed on the spans of some symbols: bars of days through `throughDay`, in the place of what is there. */
  extend(
    symbols: readonly string[],
    throughDay: string,
    bars: readonly DailyBar[],
    at: Date,
  ): Promise<void>;
  /** Stores all bars of a span of some symbols, and forgets those of before it. */
  replace(
    symbols: readonly string[],
    span: DaySpan,
    bars: readonly DailyBar[],
    at: Date,
  ): Promise<void>;
  /**
   * Symbols of a venue whose bars are not there through `throughDay`: of those that somebody holds or watches, and of the
   * universe. The former come first unless they were tried after `triedBefore`; else whoever waits longest.
   */
  due(venue: VenueName, query: DueQuery): Promise<SymbolSpan[]>;
  /** Notes that these were asked for in vain, so that others come first. */
  tried(symbols: readonly string[], at: Date): Promise<void>;
}

export function createDailyBarRepository(db: Database): DailyBarRepository {
  return {
    async read(symbol, fromDay, throughDay) {
      // One statement: two might see a span without its bars.
      const rows = await db
        .select()
        .from(dailyBarSpans)
        .leftJoin(
          dailyBars,
          and(
            eq(dailyBars.symbol, dailyBarSpans.symbol),
            gte(dailyBars.day, fromDay),
            lte(dailyBars.day, throughDay),
          ),
        )
        .where(eq(dailyBarSpans.symbol, symbol))
        .orderBy(asc(dailyBars.day));
      return {
        span: toSpan(rows[0]?.daily_bar_spans),
        bars: rows.flatMap(({ daily_bars }) => daily_bars ?? []),
      };
    },

    async readMany(symbols, fromDay) {
      const rows = await db
        .select()
        .from(dailyBarSpans)
        .leftJoin(
          dailyBars,
          and(eq(dailyBars.symbol, dailyBarSpans.symbol), gte(dailyBars.day, fromDay)),
        )
        .where(inArray(dailyBarSpans.symbol, [...symbols]))
        .orderBy(asc(dailyBarSpans.symbol), asc(dailyBars.day));
      const bySymbol = Map.groupBy(rows, (row) => row.daily_bar_spans.symbol);
      return new Map(
        [...bySymbol].flatMap(([symbol, ofSymbol]) => {
          const span = toSpan(ofSymbol[0]?.daily_bar_spans);
          const bars = ofSymbol.flatMap(({ daily_bars }) => daily_bars ?? []);
          return span === null ? [] : [[symbol, { span, bars }] as const];
        }),
      );
    },

    closes(symbols, fromDay) {
      return db
        .select({ symbol: dailyBars.symbol, day: dailyBars.day, close: dailyBars.close })
        .from(dailyBars)
        .where(and(inArray(dailyBars.symbol, [...symbols]), gte(dailyBars.day, fromDay)));
    },

    async extend(symbols, throughDay, bars, at) {
      await db.execute(sql`
        with stored as (${upsert(bars)})
        update ${dailyBarSpans} set through_day = greatest(through_day, ${throughDay}::date), tried_at = ${at}::timestamptz
        where symbol = any(${sql.param([...symbols])}::text[])`);
    },

    async replace(symbols, { fromDay, throughDay }, bars, at) {
      const names = sql`${sql.param([...symbols].sort())}::text[]`;
      await db.execute(sql`
        with forgotten as (delete from ${dailyBars} where symbol = any(${names}) and day < ${fromDay}::date),
          stored as (${upsert(bars)})
        insert into ${dailyBarSpans} as span (symbol, from_day, through_day, tried_at)
        select symbol, ${fromDay}::date, ${throughDay}::date, ${at}::timestamptz
        from unnest(${names}) as symbol order by symbol
        on conflict (symbol) do update set
          from_day = excluded.from_day, through_day = excluded.through_day, tried_at = excluded.tried_at`);
    },

    async due(venue, { throughDay, wanted, triedBefore, limit }) {
      const isWanted = sql`${assets.symbol} = any(${sql.param([...wanted])}::text[])`;
      const isFirst = sql`${isWanted} and coalesce(${dailyBarSpans.triedAt} < ${triedBefore}::timestamptz, true)`;
      const rows = await db
        .select({
          symbol: assets.symbol,
          fromDay: dailyBarSpans.fromDay,
          throughDay: dailyBarSpans.throughDay,
        })
        .from(assets)
        .leftJoin(dailyBarSpans, eq(dailyBarSpans.symbol, assets.symbol))
        .where(
          and(
            eq(assets.venue, venue),
            or(isWanted, and(eq(assets.inUniverse, true), eq(assets.tradable, true))),
            or(sql`${dailyBarSpans.throughDay} is null`, lt(dailyBarSpans.throughDay, throughDay)),
          ),
        )
        .orderBy(
          sql`${isFirst} desc`,
          sql`${dailyBarSpans.triedAt} nulls first`,
          asc(assets.symbol),
        )
        .limit(limit);
      return rows.map((row) => ({ symbol: row.symbol, span: toSpan(row) }));
    },

    async tried(symbols, at) {
      await db
        .insert(dailyBarSpans)
        .values([...symbols].sort().map((symbol) => ({ symbol, triedAt: at })))
        .onConflictDoUpdate({
          target: dailyBarSpans.symbol,
          set: { triedAt: sql`excluded.tried_at` },
        });
    },
  };
}

/** Rows in one order, so that two who store the same at once wait for each other and never in a circle. */
const upsert = (bars: readonly DailyBar[]): SQL => sql`
  insert into ${dailyBars} (symbol, day, open, high, low, close, volume)
  select symbol, day, open, high, low, close, volume
  from jsonb_to_recordset(${JSON.stringify(bars)}::jsonb)
    as bar (symbol text, day date, open numeric, high numeric, low numeric, close numeric, volume numeric)
  order by symbol, day
  on conflict (symbol, day) do update set
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume`;

function toSpan(
  row: { readonly fromDay: string | null; readonly throughDay: string | null } | undefined,
): DaySpan | null {
  const { fromDay = null, throughDay = null } = row ?? {};
  return fromDay === null || throughDay === null ? null : { fromDay, throughDay };
}
