/** What placing and following orders needs from storage and market, without saying how. */

import type { ReplaceAnswer, SubmitAnswer } from "../brokers/broker.ts";
import type { Decimal } from "../domain/decimal.ts";
import type { Refusal } from "../domain/errors.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { AssetType, Instrument, VenueName } from "../domain/instrument.ts";
import type { Order, OrderSide, OrderStatus, OrderTerms } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import type { Quote } from "../domain/quote.ts";
import type { Reservation } from "../domain/reservation.ts";
import type { Stranger, VenueOrder } from "../domain/venue-order.ts";

export interface OrderDraft {
  readonly id: string;
  readonly principal: Principal;
  readonly clientOrderId: string | null;
  readonly terms: OrderTerms;
  readonly venue: VenueName;
  readonly feeRate: Decimal;
  readonly reservation: Reservation;
  /** A refusal that is kept with the order, as the facts that a repeated request is answered with. */
  readonly denial: Readonly<Record<string, string>> | null;
  /** Where it closes a share of a holding: that share, which is the term in place of the quantity. */
  readonly closeShare?: Decimal | null;
}

export type PlaceResult =
  | { readonly kind: "placed"; readonly order: Order }
  | { readonly kind: "replayed"; readonly order: Order; readonly refusal: Refusal | undefined }
  | { readonly kind: "denied"; readonly order: Order; readonly refusal: Refusal | undefined }
  | { readonly kind: "conflict"; readonly order: Order }
  /** Only of `findUsed`: no order has the key. */
  | { readonly kind: "unused" }
  | { readonly kind: "account_inactive"; readonly accountStatus: string }
  | { readonly kind: "unauthenticated" };

export type CancelRequest =
  | { readonly kind: "pending" | "canceled" | "not_cancelable"; readonly order: Order }
  | { readonly kind: "not_found" | "unauthenticated" };

/** A new order that shall take the place of `old`; its quantity is the new total. */
export interface ReplacementDraft {
  readonly id: string;
  readonly old: Order;
  readonly clientOrderId: string | null;
  readonly terms: OrderTerms;
  readonly reservation: Reservation;
}

export interface ReplacePair {
  /** The old one. */
  readonly order: Order;
  readonly replacement: Order;
}

export type ReplaceRequestResult =
  | (ReplacePair & { readonly kind: "requested" | "replayed" | "conflict" })
  | { readonly kind: "denied"; readonly refusal: Refusal }
  | { readonly kind: "not_replaceable"; readonly order: Order }
  /** The old order has moved since it was read. */
  | { readonly kind: "stale" }
  | { readonly kind: "account_inactive"; readonly accountStatus: string }
  | { readonly kind: "not_found" | "unauthenticated" };

export interface Funds {
  /** USD. */
  readonly freeCash: Decimal;
  /** Of the symbol, what open sells hold included. */
  readonly quantity: Decimal;
  readonly freeQuantity: Decimal;
  /** Open sells of the symbol. */
  readonly heldBy: readonly string[];
  readonly accountStatus: string;
  readonly suspendTrade: boolean;
  readonly closingOnly: boolean;
}

export interface OrderFilter {
  readonly statuses?: readonly OrderStatus[] | undefined;
  readonly symbol?: string | undefined;
  readonly side?: OrderSide | undefined;
  readonly assetType?: AssetType | undefined;
  readonly after?: Date | undefined;
  readonly until?: Date | undefined;
  readonly updatedAfter?: Date | undefined;
  readonly direction: "asc" | "desc";
  /** The id after which the page begins. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface OrderEventRecord {
  readonly seq: number;
  readonly event: string;
  readonly status: OrderStatus | null;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** USD a unit, by the market that tells it. */
export type FeeMarks = ReadonlyMap<string, Decimal>;

export interface Booking {
  /** Whose journals have grown. */
  readonly userIds: readonly string[];
  /** Reports that told something new. */
  readonly booked: number;
  /** Those of them that had to be asked for. */
  readonly repaired: number;
  /** Ids of orders that the venue knows and we do not. */
  readonly unknown: readonly string[];
  /** Steps that the table of transitions does not have; nothing was written but the audit log. */
  readonly illegal: readonly Readonly<Record<string, unknown>>[];
  /** Replacements that would trade too much, since the orders before them had filled more: to be canceled now. */
  readonly overtaken: readonly Order[];
}

/** Each method is one round trip. */
export interface OrderReader {
  find(userId: string, id: string): Promise<Order | undefined>;
  findByClientOrderId(userId: string, clientOrderId: string): Promise<Order | undefined>;
  /** Ordered by id, which is the order of creation. */
  list(userId: string, filter: OrderFilter): Promise<Order[]>;
  /** Every transition of an order, oldest first. */
  events(userId: string, orderId: string): Promise<OrderEventRecord[]>;
  /** Open orders of all users at a venue whose time is over: day orders of before `dayBefore`, any of before `anyBefore`. */
  overdue(
    venue: VenueName,
    limits: { readonly dayBefore: Date; readonly anyBefore: Date },
    limit: number,
  ): Promise<Order[]>;
  /** Orders of all users at a venue that are open, or over with executions missing, by id from `after` on. */
  openAt(venue: VenueName, after: string | null, limit: number): Promise<VenueOrder[]>;
  /** Those of `ids` that are ours at that venue, open or ended. */
  atVenue(venue: VenueName, ids: readonly string[]): Promise<VenueOrder[]>;
  /** What an account could spend and sell of `symbol` now. */
  funds(userId: string, symbol: string): Promise<Funds | undefined>;
}

/** Each method is one round trip. */
export interface OrderRepository extends OrderReader {
  place(draft: OrderDraft, at: Date): Promise<PlaceResult>;
  /** What `place` would answer to a key that was used before; `unused` where it was not. Writes nothing. */
  findUsed(
    principal: Principal,
    clientOrderId: string,
    terms: OrderTerms,
    at: Date,
    closeShare?: OrderDraft["closeShare"],
  ): Promise<PlaceResult>;
  /** Writes a broker's answer where the order still waits for it; returns the order as it is stored. */
  recordAnswer(
    order: Order,
    answer: Exclude<SubmitAnswer, { kind: "unknown" }>,
    at: Date,
  ): Promise<Order>;
  requestCancel(principal: Principal, orderId: string, at: Date): Promise<CancelRequest>;
  recordCancel(
    order: Order,
    answer: { readonly kind: "requested" } | { readonly kind: "refused"; readonly message: string },
    at: Date,
  ): Promise<Order>;
  /** Asks for the end of an order whose time is over; returns it as it is stored. */
  requestExpiry(order: Order, at: Date): Promise<Order>;
  requestReplace(
    principal: Principal,
    draft: ReplacementDraft,
    at: Date,
  ): Promise<ReplaceRequestResult>;
  recordReplace(
    pair: ReplacePair,
    answer: Exclude<ReplaceAnswer, { kind: "unknown" }>,
    at: Date,
  ): Promise<ReplacePair>;
  /** Books what a venue reports; what was booked before changes nothing. */
  apply(
    venue: VenueName,
    reports: readonly BrokerReport[],
    marks: FeeMarks,
    at: Date,
  ): Promise<Booking>;
  /** Writes each into the audit log, once however often it is told. */
  auditStrangers(venue: VenueName, strangers: readonly Stranger[], at: Date): Promise<void>;
}

/** Prices, sessions and halts, as far as orders need them. */
export interface OrderMarket {
  instrument(symbol: string): Promise<Instrument | undefined>;
  /** The freshest quote known; undefined where there is none at all. */
  quote(symbol: string): Promise<Quote | undefined>;
  session(
    assetType: AssetType,
  ): Promise<{ readonly isOpen: boolean; readonly nextOpen: Date | null }>;
  /** Those of `symbols`, stocks, that are known to be halted: halts are pushed, and only of what is streamed. Never throws. */
  halted(symbols: readonly string[]): Promise<ReadonlySet<string>>;
}
