import { and, asc, desc, eq, gt, gte, inArray, lt, lte, type SQL } from "drizzle-orm";
import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { accountEvents } from "../db/schema/journal.ts";
import { orders } from "../db/schema/orders.ts";
import { type Decimal, decimal } from "../domain/decimal.ts";
import type { Refusal } from "../domain/errors.ts";
import type { BrokerReport } from "../domain/execution.ts";
import { OPEN_STATUSES, type Order } from "../domain/order.ts";
import type { OrderDraft, OrderEventRecord, OrderFilter, OrderRepository } from "./ports.ts";

const SUBMIT_NOT_FOUND = "submit_not_found";

type OrderRow = typeof orders.$inferSelect;
type Json = Record<string, unknown>;

/** Orders in Postgres. Whatever moves money is one SQL function: `drizzle/functions`. */
export function createOrderRepository(db: Database): OrderRepository {
  const call = (name: string, payload: Json) => callFunction(db, name, payload);

  async function findOne(where: SQL | undefined): Promise<Order | undefined> {
    const [row] = await db.select().from(orders).where(where).limit(1);
    return row && toOrder(row);
  }

  return {
    async place(draft, at) {
      const answer = await call("place_order", { ...draftJson(draft), at });
      switch (answer.result) {
        case "placed":
          return { kind: "placed", order: orderOf(answer) };
        case "replayed":
          return { kind: "replayed", order: orderOf(answer), refusal: refusalOf(answer) };
        case "conflict":
          return { kind: "conflict", order: orderOf(answer) };
        case "denied":
          return { kind: "denied", order: orderOf(answer), refusal: refusalOf(answer) };
        case "account_inactive":
          return {
            kind: "account_inactive",
            accountStatus: String((answer.facts as Json).account_status),
          };
        case "unauthenticated":
          return { kind: "unauthenticated" };
        default:
          throw new Error(`place_order answered ${answer.result}`);
      }
    },

    async recordAnswer({ id, userId }, answer, at) {
      const payload = { order_id: id, user_id: userId, at };
      return orderFromJson(
        answer.kind === "accepted"
          ? await call("record_answer", {
              ...payload,
              kind: "accepted",
              event: answer.event,
              broker_order_id: answer.brokerOrderId,
            })
          : await call("record_answer", {
              ...payload,
              kind: "rejected",
              reason: answer.reason,
              message: answer.message,
            }),
      );
    },

    async requestCancel({ userId, sessionId }, orderId, at) {
      const answer = await call("request_cancel", {
        order_id: orderId,
        user_id: userId,
        session_id: sessionId,
        at,
      });
      switch (answer.result) {
        case "pending":
        case "canceled":
        case "not_cancelable":
          return { kind: answer.result, order: orderOf(answer) };
        case "not_found":
        case "unauthenticated":
          return { kind: answer.result };
        default:
          throw new Error(`request_cancel answered ${answer.result}`);
      }
    },

    async recordCancel({ id, userId }, answer, at) {
      const message = answer.kind === "refused" ? answer.message : null;
      const payload = { order_id: id, user_id: userId, kind: answer.kind, message, at };
      return orderFromJson(await call("record_cancel", payload));
    },

    async apply(venue, reports, at) {
      const answer = await call("apply_executions", {
        broker: venue,
        at,
        reports: reports.map(reportJson),
      });
      return {
        userIds: answer.user_ids as string[],
        unknown: answer.unknown as string[],
        illegal: answer.illegal as Json[],
      };
    },

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

    async openAt(venue, after, limit) {
      const rows = await db
        .select({
          id: orders.id,
          symbol: orders.symbol,
          brokerOrderId: orders.brokerOrderId,
          status: orders.status,
          createdAt: orders.createdAt,
        })
        .from(orders)
        .where(
          and(
            eq(orders.broker, venue),
            inArray(orders.status, [...OPEN_STATUSES]),
            after === null ? undefined : gt(orders.id, after),
          ),
        )
        .orderBy(asc(orders.id))
        .limit(limit);
      return rows;
    },
  };
}

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
function toOrder(row: OrderRow): Order {
  const { filledValue, statusBefore, refusal, reservePrice, feeRate, ...order } = row;
  return order;
}

/** An order as a SQL function returned it or an event of the journal holds it. */
export const orderFromJson = (json: Readonly<Json>): Order => toOrder(rowFromJson(orders, json));

const orderOf = (answer: Json): Order => orderFromJson(answer.order as Json);

/** The stored facts of a refusal, as they were denied with; undefined for an order that was taken. */
function refusalOf(answer: Json): Refusal | undefined {
  const order = answer.order as Json;
  const facts = order.refusal as (Json & { code: string }) | null;
  if (facts === null) return undefined;
  const orderId = String(order.id);
  const exact = (key: string): Decimal => decimal(String(facts[key]));
  switch (facts.code) {
    case "insufficient_buying_power":
      return {
        code: facts.code,
        required: exact("required"),
        available: exact("available"),
        orderId,
      };
    case "insufficient_quantity":
      return {
        code: facts.code,
        symbol: String(facts.symbol),
        required: exact("required"),
        available: exact("available"),
        heldBy: facts.held_by as string[],
        orderId,
      };
    case "price_outside_universe":
      return { code: facts.code, price: exact("price"), cap: exact("cap"), orderId };
    case "notional_below_minimum":
      return { code: facts.code, value: exact("value"), minimum: exact("minimum"), orderId };
    case "asset_not_tradable":
      return { code: facts.code, symbol: String(facts.symbol), orderId };
    case "account_restricted":
    case "trading_suspended":
      return { code: facts.code, orderId };
    default:
      throw new Error(`order ${orderId} was refused with ${facts.code}`);
  }
}

function draftJson(draft: OrderDraft): Json {
  const { terms, reservation, principal } = draft;
  return {
    id: draft.id,
    user_id: principal.userId,
    session_id: principal.sessionId,
    client_order_id: draft.clientOrderId,
    symbol: terms.symbol,
    asset_type: terms.assetType,
    side: terms.side,
    type: terms.type,
    quantity: terms.quantity,
    notional: terms.notional,
    limit_price: terms.limitPrice,
    stop_price: terms.stopPrice,
    time_in_force: terms.timeInForce,
    broker: draft.venue,
    sent_as: reservation.sentAs,
    reserve_price: reservation.price,
    fee_rate: draft.feeRate,
    reserved_amount: reservation.amount,
    reserved_quantity: reservation.quantity,
    denial: draft.denial,
  };
}

function reportJson(report: BrokerReport): Json {
  const { execution } = report;
  return {
    order_id: report.orderId,
    broker_order_id: report.brokerOrderId,
    event: report.event,
    execution: execution && {
      id: execution.id,
      quantity: execution.quantity,
      price: execution.price,
      fee: execution.fee,
      fee_asset: execution.feeAsset,
      liquidity: execution.liquidity,
    },
    reason: report.reason,
    // Ours, not the venue's: it never heard of the order.
    reason_code: report.reason === SUBMIT_NOT_FOUND ? SUBMIT_NOT_FOUND : null,
    venue_status: report.venueStatus,
    at: report.at,
  };
}
