import { type Decimal, greaterThan } from "../domain/decimal.ts";
import type { AssetType, Venues } from "../domain/instrument.ts";
import type { QuoteCache } from "./quote-cache.ts";
import type { AssetReader, SearchHit } from "./reader.ts";

export interface SearchDeps {
  readonly venues: Venues;
  readonly assets: AssetReader;
  /** The last prices of what is active; good enough to choose by. */
  readonly cache: Pick<QuoteCache, "read">;
}

export interface SearchQuery {
  readonly text: string;
  readonly assetType: AssetType | undefined;
  /** Undefined: both. */
  readonly inUniverse: boolean | undefined;
  /** Leaves out what costs more, and what has no known price. */
  readonly maxPrice: Decimal | undefined;
  readonly limit: number;
}

export type PricedHit = SearchHit & { readonly price: Decimal | null };

/** Finds instruments by symbol or name, with their last known prices. */
export async function searchAssets(
  deps: SearchDeps,
  { maxPrice, ...filter }: SearchQuery,
): Promise<PricedHit[]> {
  const venues = Object.values(deps.venues);
  const known = await Promise.all(venues.map((venue) => deps.cache.read(venue)));
  const prices = new Map<string, Decimal>();
  for (const { symbol, price } of known.flatMap((quotes) => [...quotes.values()]))
    if (price !== null) prices.set(symbol, price);
  // Cut before it is limited: the cheap ones may stand anywhere among the matches.
  const among =
    maxPrice === undefined
      ? undefined
      : [...prices].filter(([, price]) => !greaterThan(price, maxPrice)).map(([symbol]) => symbol);
  const hits = await deps.assets.search({ ...filter, venues, among });
  return hits.map((hit) => ({ ...hit, price: prices.get(hit.instrument.symbol) ?? null }));
}
