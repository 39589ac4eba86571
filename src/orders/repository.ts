import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { principalJson } from "../db/principal.ts";
import { orders } from "../db/schema/orders.ts";
import type { Refusal } from "../domain/errors.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { Order, OrderTerms } from "../domain/order.ts";
import { toRefusal } from "./kept-refusal.ts";
import type { FeeMarks, OrderDraft, OrderRepository, PlaceResult } from "./ports.ts";
import { createOrderReader, toOrder } from "./reader.ts";

const SUBMIT_NOT_FOUND = "submit_not_found";

type Json = Record<string, unknown>;

/** Orders in Postgres. Whatever moves money is one SQL function: `drizzle/functions`. */
export function createOrderRepository(db: Database): OrderRepository {
  const call = (name: string, payload: Json) => callFunction(db, name, payload);

  return {
    ...createOrderReader(db),

    async place(draft, at) {
      return toPlaceResult(await call("place_order", { ...draftJson(draft), at }));
    },

    async findUsed(principal, clientOrderId, terms, at, closeShare = null) {
      const key = { ...principalJson(principal), client_order_id: clientOrderId };
      const asked = { ...termsJson(terms), close_share: closeShare };
      return toPlaceResult(await call("place_order", { ...key, ...asked, probe: true, at }));
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

    async requestCancel(principal, orderId, at) {
      const request = { ...principalJson(principal), order_id: orderId, at };
      const answer = await call("request_cancel", request);
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

    async requestExpiry({ id, userId }, at) {
      return orderFromJson(await call("request_expiry", { order_id: id, user_id: userId, at }));
    },

    async requestReplace(principal, draft, at) {
      const { old, terms, reservation } = draft;
      const answer = await call("request_replace", {
        ...principalJson(principal),
        order_id: old.id,
        version: old.version,
        id: draft.id,
        client_order_id: draft.clientOrderId,
        quantity: terms.quantity,
        limit_price: terms.limitPrice,
        stop_price: terms.stopPrice,
        time_in_force: terms.timeInForce,
        sent_as: reservation.sentAs,
        reserve_price: reservation.price,
        at,
      });
      switch (answer.result) {
        case "requested":
        case "replayed":
        case "conflict":
          return { kind: answer.result, ...pairOf(answer) };
        case "denied":
          return { kind: "denied", refusal: toRefusal(answer.facts as Json) };
        case "not_replaceable":
          return { kind: answer.result, order: orderOf(answer) };
        case "account_inactive":
          return { kind: answer.result, accountStatus: inactiveStatus(answer) };
        case "stale":
        case "not_found":
        case "unauthenticated":
          return { kind: answer.result };
        default:
          throw new Error(`request_replace answered ${answer.result}`);
      }
    },

    async recordReplace({ order, replacement }, answer, at) {
      return pairOf(
        await call("record_replace", {
          order_id: order.id,
          replacement_id: replacement.id,
          user_id: order.userId,
          kind: answer.kind,
          broker_order_id: "brokerOrderId" in answer ? answer.brokerOrderId : null,
          old_filled: "oldFilled" in answer ? answer.oldFilled : null,
          reason: "reason" in answer ? answer.reason : null,
          message: "message" in answer ? answer.message : null,
          at,
        }),
      );
    },

    async apply(venue, reports, marks, at) {
      const answer = await call("apply_executions", {
        broker: venue,
        at,
        reports: reports.map((report) => reportJson(report, marks)),
      });
      return {
        userIds: answer.user_ids as string[],
        booked: Number(answer.booked),
        repaired: Number(answer.repaired),
        unknown: answer.unknown as string[],
        illegal: answer.illegal as Json[],
        overtaken: (answer.overtaken as Json[]).map(orderFromJson),
      };
    },

    async auditStrangers(venue, strangers, at) {
      await call("audit_strangers", {
        broker: venue,
        at,
        strangers: strangers.map(({ kind, orderId, brokerOrderId, symbol }) => ({
          action: `${kind}_order_works`,
          data: { broker: venue, broker_order_id: brokerOrderId, order_id: orderId, symbol },
        })),
      });
    },
  };
}

/** An order as a SQL function returned it or an event of the journal holds it. */
export const orderFromJson = (json: Readonly<Json>): Order => toOrder(rowFromJson(orders, json));

const inactiveStatus = (answer: Json) => String((answer.facts as Json).account_status);

const pairOf = (answer: Json) => ({
  order: orderOf(answer),
  replacement: orderFromJson(answer.replacement as Json),
});

const orderOf = (answer: Json): Order => orderFromJson(answer.order as Json);

function toPlaceResult(answer: Json): PlaceResult {
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
        accountStatus: inactiveStatus(answer),
      };
    case "unauthenticated":
    case "unused":
      return { kind: answer.result };
    default:
      throw new Error(`place_order answered ${answer.result}`);
  }
}

/** The refusal that was kept with the order of an answer; undefined for an order that was taken. */
function refusalOf(answer: Json): Refusal | undefined {
  const { id, refusal } = answer.order as Json;
  return refusal === null ? undefined : toRefusal(refusal as Json, String(id));
}

const termsJson = (terms: OrderTerms): Json => ({
  symbol: terms.symbol,
  asset_type: terms.assetType,
  side: terms.side,
  type: terms.type,
  quantity: terms.quantity,
  notional: terms.notional,
  limit_price: terms.limitPrice,
  stop_price: terms.stopPrice,
  time_in_force: terms.timeInForce,
});

function draftJson(draft: OrderDraft): Json {
  const { terms, reservation, principal } = draft;
  return {
    ...principalJson(principal),
    id: draft.id,
    client_order_id: draft.clientOrderId,
    ...termsJson(terms),
    close_share: draft.closeShare ?? null,
    broker: draft.venue,
    sent_as: reservation.sentAs,
    reserve_price: reservation.price,
    fee_rate: draft.feeRate,
    reserved_amount: reservation.amount,
    reserved_quantity: reservation.quantity,
    denial: draft.denial,
  };
}

function reportJson(report: BrokerReport, marks: FeeMarks): Json {
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
      fee_mark: marks.get(execution.feeMarket ?? "") ?? null,
      liquidity: execution.liquidity,
    },
    restates: report.restates ?? null,
    cumulative: report.cumulative ?? null,
    reason: report.reason,
    // Ours, not the venue's: it never heard of the order.
    reason_code: report.reason === SUBMIT_NOT_FOUND ? SUBMIT_NOT_FOUND : null,
    venue_status: report.venueStatus,
    found_by: report.foundBy ?? null,
    at: report.at,
  };
}
