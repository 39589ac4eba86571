import { and, asc, eq, lt, min, sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { assets } from "../db/schema/assets.ts";
import type { Instrument, VenueName } from "../domain/instrument.ts";

export interface InstrumentRepository {
  /** All that the venue lists or ever listed, by symbol. */
  all(venue: VenueName): Promise<Instrument[]>;
  /** When the venue's list was last taken over; null if never. */
  refreshedAt(venue: VenueName): Promise<Date | null>;
  /** Takes over a venue's whole list: what is not in it any more stays, but cannot be traded. */
  replaceAll(venue: VenueName, list: readonly Instrument[], at: Date): Promise<void>;
}

/** A statement may carry 65,535 parameters. */
const ROWS_MAX = 1_000;

export function createInstrumentRepository(db: Database): InstrumentRepository {
  return {
    async all(venue) {
      const rows = await db
        .select()
        .from(assets)
        .where(eq(assets.venue, venue))
        .orderBy(asc(assets.symbol));
      return rows.map(toInstrument);
    },

    async refreshedAt(venue) {
      const [row] = await db
        // The oldest row: a refresh that broke off half-way has not happened.
        .select({ at: min(assets.updatedAt) })
        .from(assets)
        .where(and(eq(assets.venue, venue), eq(assets.tradable, true)));
      return row?.at ?? null;
    },

    async replaceAll(venue, list, at) {
      for (let from = 0; from < list.length; from += ROWS_MAX) {
        const rows = list.slice(from, from + ROWS_MAX).map((row) => ({ ...row, updatedAt: at }));
        await db
          .insert(assets)
          .values(rows)
          .onConflictDoUpdate({ target: assets.symbol, set: EXCLUDED });
      }
      // Every listed row carries the time of this refresh by now.
      await db
        .update(assets)
        .set({ tradable: false, inUniverse: false })
        .where(and(eq(assets.venue, venue), lt(assets.updatedAt, at)));
    },
  };
}

/** Drops what only the table needs. */
export function toInstrument(row: typeof assets.$inferSelect): Instrument {
  const { updatedAt, searchName, ...instrument } = row;
  return instrument;
}

const EXCLUDED = {
  assetType: sql`excluded.asset_type`,
  name: sql`excluded.name`,
  exchange: sql`excluded.exchange`,
  venue: sql`excluded.venue`,
  quoteCurrency: sql`excluded.quote_currency`,
  priceIncrement: sql`excluded.price_increment`,
  quantityIncrement: sql`excluded.quantity_increment`,
  minQuantity: sql`excluded.min_quantity`,
  fractionable: sql`excluded.fractionable`,
  tradable: sql`excluded.tradable`,
  inUniverse: sql`excluded.in_universe`,
  // Two refreshes at once: the later one's sweep must not find rows that the earlier one has set back.
  updatedAt: sql`greatest(${assets.updatedAt}, excluded.updated_at)`,
};
