/** Orders and executions as the simulated venues keep them. */

import type { Decimal } from "../../src/domain/decimal.ts";
import type { VenueName } from "../market/instruments.ts";

export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop" | "stop_limit";
export type TimeInForce = "day" | "gtc" | "ioc" | "fok" | "opg" | "cls";

/** What a client asks for, already read from the venue's own words. */
export interface OrderTerms {
  readonly clientId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Exactly one of quantity and notional is set. */
  readonly quantity: Decimal | null;
  readonly notional: Decimal | null;
  readonly limit: Decimal | null;
  readonly stop: Decimal | null;
  /** A stop waits for the price to turn against the position, a profit order for the opposite. */
  readonly trigger: "stop" | "profit";
  /** Refused if it would take. */
  readonly postOnly: boolean;
  readonly extendedHours: boolean;
  /** The venue's own word for the type. */
  readonly label: string;
}

export type OrderStatus =
  | "accepted"
  | "new"
  | "partially_filled"
  | "filled"
  | "canceled"
  | "expired"
  | "rejected"
  | "replaced";

/** Plain data; changed in place by the exchange only. */
export interface VenueOrder {
  readonly id: string;
  readonly venue: VenueName;
  readonly terms: OrderTerms;
  /** Null for an order by notional. */
  readonly quantity: Decimal | null;
  status: OrderStatus;
  filled: Decimal;
  filledValue: Decimal;
  /** Set aside for it: quote currency of a buy, base asset of a sell. */
  held: Decimal;
  /** A stop that has been elected, or an order that never was one. */
  elected: boolean;
  /** It waits on its own side of the market, so it fills at its limit and as maker. */
  passive: boolean;
  readonly createdMs: number;
  updatedMs: number;
  filledMs: number | null;
  canceledMs: number | null;
  expiredMs: number | null;
  replacedMs: number | null;
  /** When the venue ends it by itself. */
  readonly expiresMs: number | null;
  replacedBy: string | null;
  readonly replaces: string | null;
  /** Binance gives a cancel an id of its own. */
  cancelId: string | null;
  readonly executionIds: string[];
}

export interface Execution {
  readonly id: string;
  readonly orderId: string;
  readonly venue: VenueName;
  readonly symbol: string;
  readonly side: Side;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly liquidity: "taker" | "maker";
  /** The number of the trade on the symbol's tape; only unique within the symbol. */
  readonly tradeId: number;
  readonly atMs: number;
  /** Filled in all after this execution, and what was held of the base asset then. */
  readonly cumulative: Decimal;
  readonly positionAfter: Decimal;
  /** The id of the execution that this one corrects. */
  readonly corrects?: string;
}

export type OrderCause =
  | "accepted"
  | "new"
  | "triggered"
  | "partial_fill"
  | "fill"
  | "canceled"
  | "expired"
  | "replaced"
  | "replace_rejected"
  | "rejected"
  | "busted"
  | "corrected";

const OPEN: ReadonlySet<OrderStatus> = new Set(["accepted", "new", "partially_filled"]);

export const isOpen = (order: VenueOrder): boolean => OPEN.has(order.status);

/** What a venue answers instead of taking an order. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly facts?: Readonly<Record<string, string | readonly string[]>>;
}
