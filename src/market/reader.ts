import { inArray, type SQL, sql } from "drizzle-orm";
import { type Database, rowFromJson } from "../db/client.ts";
import { assets } from "../db/schema/assets.ts";
import { positions } from "../db/schema/holdings.ts";
import { orders } from "../db/schema/orders.ts";
import { watchlistSymbols } from "../db/schema/watchlists.ts";
import type { AssetType, Instrument, VenueName } from "../domain/instrument.ts";
import { OPEN_STATUSES } from "../domain/order.ts";
import { toInstrument } from "./repository.ts";
import { type SearchTerms, toSearchTerms } from "./search-terms.ts";

/** Why an instrument was found: its whole symbol, the beginning of it, or its name. */
export type Match = "symbol" | "prefix" | "name";

export interface SearchHit {
  readonly instrument: Instrument;
  readonly match: Match;
}

export interface SearchFilter {
  readonly text: string;
  /** Those that serve an asset type now: the table keeps what others list. */
  readonly venues: readonly VenueName[];
  readonly assetType: AssetType | undefined;
  /** Undefined: both. */
  readonly inUniverse: boolean | undefined;
  /** Undefined: any. */
  readonly among: readonly string[] | undefined;
  readonly limit: number;
}

export interface AssetReader {
  /** The best matches first: the whole symbol, its beginning, then names by their beginning, by a word's, and within words. */
  search(filter: SearchFilter): Promise<SearchHit[]>;
}

/** Symbols that matter to somebody, each once. */
export interface ActiveSymbols {
  /** In open positions and open orders. */
  readonly held: readonly string[];
  /** On watchlists. */
  readonly listed: readonly string[];
}

export interface ActivityReader {
  active(): Promise<ActiveSymbols>;
}

export function createActivityReader(db: Database): ActivityReader {
  return {
    async active() {
      const { rows } = await db.execute<{ held: string[]; listed: string[] }>(activeStatement());
      const { held = [], listed = [] } = rows[0] ?? {};
      return { held, listed };
    },
  };
}

/** Goes from symbol to symbol in the indexes, so that its cost is that of the symbols and not of those who hold them. */
export function activeStatement(): SQL {
  const next = (from: SQL, after: SQL) =>
    sql`(select symbol from ${from} and symbol > ${after} order by symbol limit 1)`;
  const each = (name: SQL, from: SQL) => sql`
    ${name} as (
      select ${next(from, sql`''`)} as symbol
      union all select ${next(from, sql`${name}.symbol`)} from ${name} where ${name}.symbol is not null)`;
  return sql`
    with recursive ${each(sql`positioned`, sql`${positions} where closed_at is null`)},
      ${each(sql`listed`, sql`${watchlistSymbols} where true`)},
      ordered as (select distinct symbol from ${orders} where status in (${OPEN})),
      held as (select symbol from positioned union select symbol from ordered)
    select
      (select coalesce(jsonb_agg(symbol order by symbol), '[]') from held where symbol is not null) as held,
      (select coalesce(jsonb_agg(symbol order by symbol), '[]') from listed where symbol is not null) as listed`;
}

/** Written out, as in the condition of the index. */
const OPEN = sql.raw(OPEN_STATUSES.map((status) => `'${status}'`).join(", "));

export function createAssetReader(db: Database): AssetReader {
  return {
    async search(filter) {
      const { rows } = await db.execute<Record<string, unknown>>(searchStatement(filter));
      return rows.map((row) => ({
        instrument: toInstrument(rowFromJson(assets, row)),
        match: RANKS[Number(row.rank)]?.match ?? "name",
      }));
    },
  };
}

interface Rank {
  readonly match: Match;
  /** Null: nothing can match. */
  condition(terms: SearchTerms): SQL | null;
}

/** Best first. */
const RANKS: readonly Rank[] = [
  {
    match: "symbol",
    condition: ({ symbols }) =>
      symbols.length === 0 ? null : inArray(assets.symbol, [...symbols]),
  },
  {
    match: "prefix",
    condition: ({ symbolPrefix }) => like(sql`${assets.symbol}`, symbolPrefix),
  },
  ...(["beginning", "word", "inside"] as const).map(
    (part): Rank => ({
      match: "name",
      condition: ({ name }) => like(sql`${assets.searchName}`, name?.[part] ?? null),
    }),
  ),
];

/**
 * One ordered and cut query a rank: a word that half of all names have ends its scan after `limit` rows, in the order of
 * the primary key, and a rare one is found by its index. All of them under one OR would read the whole table for the former.
 */
export function searchStatement(filter: SearchFilter): SQL {
  const { venues, assetType, inUniverse, among, limit } = filter;
  const terms = toSearchTerms(filter.text);
  const filters = [
    [inArray(assets.venue, [...venues])],
    assetType === undefined ? [] : [sql`${assets.assetType} = ${assetType}`],
    inUniverse === undefined ? [] : [sql`${assets.inUniverse} = ${inUniverse}`],
    among === undefined ? [] : [sql`${assets.symbol} = any(${sql.param([...among])})`],
  ].flat();
  const ranked = RANKS.flatMap(({ condition }, rank) => {
    const matches = condition(terms);
    if (matches === null) return [];
    const where = sql.join([matches, ...filters], sql` and `);
    return [
      sql`(select *, ${rank}::int as rank from ${assets} where ${where} order by symbol limit ${limit})`,
    ];
  });
  if (ranked.length === 0) return sql`select *, 0 as rank from ${assets} limit 0`;
  return sql`
    select * from (
      select distinct on (symbol) * from (${sql.join(ranked, sql` union all `)}) found order by symbol, rank
    ) best order by rank, symbol limit ${limit}`;
}

const like = (column: SQL, pattern: string | null): SQL | null =>
  pattern === null ? null : sql`${column} like ${pattern}`;
