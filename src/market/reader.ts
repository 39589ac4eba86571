import { inArray, type SQL, sql } from "drizzle-orm";
import { type Database, rowFromJson } from "../db/client.ts";
import { assets } from "../db/schema/assets.ts";
import type { AssetType, Instrument, VenueName } from "../domain/instrument.ts";
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
