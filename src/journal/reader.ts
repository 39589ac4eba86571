/** An account's journal as the messages of its stream. */

import { and, asc, eq, gt, inArray } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { portfolios } from "../db/schema/holdings.ts";
import { accountEvents } from "../db/schema/journal.ts";
import { orders } from "../db/schema/orders.ts";
import { OPEN_STATUSES } from "../domain/order.ts";

type Json = Readonly<Record<string, unknown>>;

export interface JournalEvent {
  readonly seq: number;
  readonly kind: "order" | "cash" | "account";
  readonly event: string;
  readonly data: Json;
}

/** How the rows inside an event are shown. */
export interface EventViews {
  order(row: Json): unknown;
  trade(row: Json): unknown;
  position(row: Json): unknown;
  /** Of an event that moves cash, all of its data. */
  cash(data: Json): Json;
}

export function createJournalReader(db: Database, views: EventViews) {
  return {
    /** At most `limit` events after `afterSeq`, oldest first, without a hole. */
    async read(userId: string, afterSeq: number, limit: number): Promise<JournalEvent[]> {
      const rows = await db
        .select()
        .from(accountEvents)
        .where(and(eq(accountEvents.userId, userId), gt(accountEvents.seq, afterSeq)))
        .orderBy(asc(accountEvents.seq))
        .limit(limit);
      return rows.map(({ seq, kind, event, data }) => ({
        seq,
        kind,
        event,
        data: kind === "cash" ? views.cash(data) : showEventData(data, views),
      }));
    },

    /** Where the journal ends, and whether more may come unannounced: while orders are open, fills may. */
    async head(userId: string): Promise<{ seq: number; openOrders: number }> {
      const openOrders = db.$count(
        orders,
        and(eq(orders.userId, userId), inArray(orders.status, [...OPEN_STATUSES])),
      );
      const [row] = await db
        .select({ seq: portfolios.lastSeq, openOrders })
        .from(portfolios)
        .where(eq(portfolios.userId, userId));
      return row ?? { seq: 0, openOrders: 0 };
    },
  };
}

/** The stored rows of an event in the shapes of the API; everything else of it as it is. */
export function showEventData(data: Json, views: EventViews): Json {
  const shown: Record<string, unknown> = { ...data };
  for (const name of ["order", "trade", "position"] as const) {
    const row = data[name];
    if (row !== undefined) shown[name] = views[name](row as Json);
  }
  return shown;
}
