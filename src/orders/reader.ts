import {
  and,
  asc,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNull,
  lt,
  lte,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { portfolios, positions } from "../db/schema/holdings.ts";
import { users } from "../db/schema/identity.ts";
import { accountEvents } from "../db/schema/journal.ts";
import { orders } from "../db/schema/orders.ts";
import { sub, ZERO } from "../domain/decimal.ts";
import { OPEN_STATUSES, type Order } from "../domain/order.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import type { OrderEventRecord, OrderFilter, OrderReader } from "./ports.ts";

/** Reads of orders; whatever moves money is in `repository.ts`. */
export function createOrderReader(db: Database): OrderReader {
  async function findOne(where: SQL | undefined): Promise<Order | undefined> {
    const [row] = await db.select().from(orders).where(where).limit(1);
    return row && toOrder(row);
  }

  return {
    find: (userId, id) => findOne(and(eq(orders.userId, userId), eq(orders.id, id))),

    findByClientOrderId: (userId, clientOrderId) =>
      findOne(and(eq(orders.userId, userId), eq(orders.clientOrderId, clientOrderId))),

    async list(userId, filter) {
      const forward = filter.direction === "asc";
      const rows = await db
        .select()
        .from(orders)
        .where(and(eq(orders.userId, userId), ...conditionsOf(filter)))
        .orderBy(forward ? asc(orders.id) : desc(orders.id))
        .limit(filter.limit);
      return rows.map(toOrder);
    },

    async events(userId, orderId) {
      const rows = await db
        .select()
        .from(accountEvents)
        .where(and(eq(accountEvents.userId, userId), eq(accountEvents.orderId, orderId)))
        .orderBy(asc(accountEvents.seq));
      return rows.map(
        ({ seq, event, status, at, data }): OrderEventRecord => ({ seq, event, status, at, data }),
      );
    },

    overdue(venue, { dayBefore, anyBefore }, limit) {
      return db
        .select()
        .from(orders)
        .where(
          and(
            eq(orders.broker, venue),
            inArray(orders.status, ["pending_new", "accepted", "new", "partially_filled"]),
            or(
              and(eq(orders.timeInForce, "day"), lt(orders.createdAt, dayBefore)),
              lt(orders.createdAt, anyBefore),
            ),
          ),
        )
        .orderBy(asc(orders.id))
        .limit(limit)
        .then((rows) => rows.map(toOrder));
    },

    async openAt(venue, after, limit) {
      const rows = await db
        .select(VENUE_ORDER)
        .from(orders)
        .where(
          and(
            eq(orders.broker, venue),
            or(
              inArray(orders.status, [...OPEN_STATUSES]),
              gt(orders.venueFilled, orders.filledQuantity),
            ),
            after === null ? undefined : gt(orders.id, after),
          ),
        )
        .orderBy(asc(orders.id))
        .limit(limit);
      return rows.map(toVenueOrder);
    },

    async atVenue(venue, ids) {
      const rows = await db
        .select(VENUE_ORDER)
        .from(orders)
        .where(and(inArray(orders.id, [...ids]), eq(orders.broker, venue)));
      return rows.map(toVenueOrder);
    },

    async funds(userId, symbol) {
      const heldBy = db
        .select({
          ids: sql<string[]>`coalesce(jsonb_agg(${orders.id} order by ${orders.id}), '[]')`,
        })
        .from(orders)
        .where(
          and(
            eq(orders.userId, userId),
            eq(orders.symbol, symbol),
            eq(orders.side, "sell"),
            inArray(orders.status, [...OPEN_STATUSES]),
          ),
        );
      const [row] = await db
        .select({
          cash: portfolios.cashBalance,
          reserved: portfolios.cashReserved,
          quantity: positions.quantity,
          held: positions.quantityReserved,
          heldBy: sql<string[]>`(${heldBy})`,
          accountStatus: users.standing,
          suspendTrade: portfolios.suspendTrade,
          closingOnly: portfolios.closingOnly,
        })
        .from(portfolios)
        .innerJoin(users, eq(users.id, portfolios.userId))
        .leftJoin(
          positions,
          and(
            eq(positions.userId, portfolios.userId),
            eq(positions.symbol, symbol),
            isNull(positions.closedAt),
          ),
        )
        .where(eq(portfolios.userId, userId));
      if (row === undefined) return undefined;
      const { cash, reserved, quantity, held, ...flags } = row;
      return {
        ...flags,
        quantity: quantity ?? ZERO,
        freeCash: sub(cash, reserved),
        freeQuantity: sub(quantity ?? ZERO, held ?? ZERO),
      };
    },
  };
}

/** What a venue's link knows an order by. */
const VENUE_ORDER = {
  id: orders.id,
  symbol: orders.symbol,
  brokerOrderId: orders.brokerOrderId,
  replacedBy: orders.replacedBy,
  status: orders.status,
  filledQuantity: orders.filledQuantity,
  triggeredAt: orders.triggeredAt,
  createdAt: orders.createdAt,
};

const toVenueOrder = ({
  triggeredAt,
  ...order
}: Omit<VenueOrder, "isTriggered"> & {
  readonly triggeredAt: Date | null;
}): VenueOrder => ({ ...order, isTriggered: triggeredAt !== null });

function conditionsOf(filter: OrderFilter): (SQL | undefined)[] {
  const { cursor, direction } = filter;
  return [
    filter.statuses && inArray(orders.status, [...filter.statuses]),
    filter.symbol === undefined ? undefined : eq(orders.symbol, filter.symbol),
    filter.side && eq(orders.side, filter.side),
    filter.assetType && eq(orders.assetType, filter.assetType),
    filter.after && gte(orders.createdAt, filter.after),
    filter.until && lte(orders.createdAt, filter.until),
    filter.updatedAfter && gt(orders.updatedAt, filter.updatedAfter),
    cursor === undefined ? undefined : (direction === "asc" ? gt : lt)(orders.id, cursor),
  ];
}

/** Drops what only the SQL functions need. */
export function toOrder(row: typeof orders.$inferSelect): Order {
  const {
    filledValue,
    venueFilled,
    statusBefore,
    refusal,
    reservePrice,
    feeRate,
    replaceTotal,
    closeShare,
    ...order
  } = row;
  return order;
}
