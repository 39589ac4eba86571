/** Our side of every broker: what we ask, and what the outside world can answer. */

import type { Bar, BarRange } from "../domain/bar.ts";
import type { Decimal } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { Instrument, VenueName } from "../domain/instrument.ts";
import type { OrderSide, OrderType, TimeInForce } from "../domain/order.ts";
import type { Quote, Tick } from "../domain/quote.ts";

/** What goes to the venue: the terms after collars and the like. `id` is sent as the venue's client order id. */
export interface OrderToSubmit {
  readonly id: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly quantity: Decimal | null;
  /** USD, net of what we keep for the fee. */
  readonly notional: Decimal | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce;
}

/** Of which a venue may not have each combination. */
export type SentTerms = Pick<OrderToSubmit, "side" | "type" | "quantity" | "timeInForce">;

/** A term that a venue does not have, in words for the client. */
export interface Unsupported {
  readonly term: "type" | "time_in_force";
  readonly message: string;
}

/** An order at its venue. Ids of some venues are unique only together with the symbol. */
export interface BrokerOrderRef {
  readonly id: string;
  readonly symbol: string;
  readonly brokerOrderId: string | null;
  /** Our id of the order that was asked for in its place, if any: some venues tell the end only by that one's presence. */
  readonly replacedBy?: string | null;
}

/**
 * What shall stand in an open order's place: the same symbol, side and type under a new id. `quantity` is what the new
 * order shall still trade, whatever the old one has filled: at either venue it starts with nothing filled.
 */
export interface Replacement extends OrderToSubmit {
  /** What the old order had filled when `quantity` was computed. */
  readonly filledBefore: Decimal;
}

/** Why a venue refused, in our words. */
export type RejectionReason =
  | "venue_insufficient_funds"
  | "venue_wash_trade"
  | "venue_market_closed"
  | "venue_not_tradable"
  | "venue_increment"
  | "venue_rejected"
  | "broker_busy"
  | "broker_unauthorized";

/**
 * After asking a broker to take an order. A timeout is `unknown`, never a rejection: the order may be working.
 * `accepted.event` says whether the venue queued it (`accepted`) or it works (`new`).
 */
export type SubmitAnswer =
  | {
      readonly kind: "accepted";
      readonly brokerOrderId: string;
      readonly event: "accepted" | "new";
      readonly at: Date;
    }
  | { readonly kind: "rejected"; readonly reason: RejectionReason; readonly message: string }
  | { readonly kind: "unknown"; readonly cause: string };

/**
 * After asking a venue to replace an order.
 * `replaced`: the venue has swapped them. Beyond `filledBefore`, the new order would trade that much too much, and is
 * canceled.
 * `requested`: taken under the new order's id. A report confirms it (`replaced`), or refuses it (`replace_rejected` of the
 * old order, `rejected` of the new one).
 * `rejected`: the old order stands, or had ended by itself.
 * `incomplete`: the old one is gone, the new one was refused. Reports say `replaced` of the old one and `rejected` of the
 * new one; a later look-up of the old one finds it `canceled`.
 * `unknown`: look up both.
 * `oldFilled` is what the old one had filled when it went, told or not.
 */
export type ReplaceAnswer =
  | {
      readonly kind: "replaced";
      readonly brokerOrderId: string;
      readonly oldFilled: Decimal;
      readonly at: Date;
    }
  | { readonly kind: "requested"; readonly brokerOrderId: string }
  | { readonly kind: "rejected"; readonly reason: RejectionReason; readonly message: string }
  | { readonly kind: "incomplete"; readonly oldFilled: Decimal; readonly message: string }
  | { readonly kind: "unknown"; readonly cause: string };

/** `requested`: the venue took the request, its confirmation comes as a report. */
export type CancelAnswer =
  | { readonly kind: "requested" }
  | { readonly kind: "not_cancelable"; readonly message: string }
  | { readonly kind: "not_found" }
  | { readonly kind: "unknown"; readonly cause: string };

/** The state of an order at its venue, as reports that bring ours up to date, oldest first. */
export type LookUpAnswer =
  | {
      readonly kind: "found";
      readonly brokerOrderId: string;
      readonly reports: readonly BrokerReport[];
    }
  | { readonly kind: "not_found" }
  | { readonly kind: "unknown"; readonly cause: string };

export interface OrderAtVenue {
  /** Our id, which the venue carries as its client id; null where it carries one that cannot be ours. */
  readonly orderId: string | null;
  readonly brokerOrderId: string;
  /** The venue's own name where we have none for the market. */
  readonly symbol: string;
  readonly filled: Decimal;
  /** Whether the venue only queued it (`accepted`) or works it (`new`). */
  readonly event: "accepted" | "new";
  /** A stop that the venue has elected; false where it does not tell. */
  readonly isTriggered: boolean;
  readonly venueStatus: string;
  readonly at: Date;
}

/** What the venue lets our account ask for, in its own units, and what each question costs of it. */
export interface RequestCosts {
  readonly perMinute: number;
  /** At once; left out where that is a minute's worth. */
  readonly burst?: number;
  readonly order: number;
  readonly lookUp: number;
  readonly openOrders: number;
}

/** All of the account's open orders, or `unknown`: never a part of them. */
export type OpenOrdersAnswer =
  | { readonly kind: "listed"; readonly orders: readonly OrderAtVenue[] }
  | { readonly kind: "unknown"; readonly cause: string };

/** The order side of a venue. Methods resolve with an answer in bounded time; they never throw for I/O. */
export interface Broker {
  readonly venue: VenueName;
  submit(order: OrderToSubmit): Promise<SubmitAnswer>;
  /** Left out where the venue has all that the platform sends. */
  unsupported?(order: SentTerms): Unsupported | null;
  cancel(order: BrokerOrderRef): Promise<CancelAnswer>;
  /** Why orders can't be replaced here, in words for the client; left out where they can. */
  readonly cannotReplace?: string;
  /** Sent once, whatever the answer. The new order carries `replacement.id` as its client id. */
  replace(old: BrokerOrderRef, replacement: Replacement): Promise<ReplaceAnswer>;
  openOrders(): Promise<OpenOrdersAnswer>;
  /** Asks by the id we gave the order; its executions come with their ids. */
  lookUp(order: BrokerOrderRef): Promise<LookUpAnswer>;
  /** The venue's push of order updates; null where there is none, and its orders have to be asked about. */
  readonly updates: StreamProtocol<BrokerReport> | null;
  readonly costs: RequestCosts;
}

export interface MarketClock {
  readonly isOpen: boolean;
  readonly nextOpen: Date | null;
  readonly nextClose: Date | null;
}

/** The price side of a venue. Methods throw `UpstreamError` when the venue cannot be asked. */
export interface MarketData {
  readonly venue: VenueName;
  /** Last quotes with session figures, in one request (or few); unknown symbols are left out. `source` is `rest`. */
  snapshots(symbols: readonly string[]): Promise<Quote[]>;
  /** Everything the venue lists. Heavy: for the daily refresh. */
  instruments(): Promise<Instrument[]>;
  clock(): Promise<MarketClock>;
  /** How many symbols `bars` takes at once. */
  readonly barSymbolsMax: number;
  /**
   * By symbol, ascending, adjusted for splits; those without any are left out. A bar that still runs is as it stands. What
   * spans more than a request takes several.
   */
  bars(symbols: readonly string[], range: BarRange): Promise<Map<string, Bar[]>>;
  /** The venue's push of prices; null where there is none, and snapshots have to be asked for. */
  readonly ticks: SubscribableProtocol<Tick> | null;
}

/** What one frame of a venue's socket meant. */
export interface Received<Event> {
  readonly events: readonly Event[];
  /** Frames to send back at once (authentication, listen). */
  readonly replies: readonly string[];
  /** The connection is authenticated and delivers from here on. */
  readonly ready: boolean;
  /** The venue refuses; the connection is of no use. */
  readonly fault: string | null;
}

/** A venue's socket as pure functions; whoever holds the socket does the I/O. */
export interface StreamProtocol<Event> {
  /** ws:// or wss:// */
  readonly url: string;
  /** Frames to send when the socket has opened. */
  greet(now: Date): Promise<readonly string[]>;
  /** Reads one frame, text or the text of a binary one. An unreadable frame is an empty result with a `fault`. */
  receive(frame: string, now: Date): Received<Event>;
  /**
   * Frames that the venue answers and that change nothing, for a `ready` connection that carries `symbols`; none if there
   * is nothing harmless to ask just now. Left out where the venue has no such request.
   */
  ping?(symbols: readonly string[]): readonly string[];
}

/** A socket on which symbols are chosen. Frames may be sent once `ready`. */
export interface SubscribableProtocol<Event> extends StreamProtocol<Event> {
  /** How many symbols one connection carries. */
  readonly symbolsMax: number;
  subscribe(symbols: readonly string[]): readonly string[];
  unsubscribe(symbols: readonly string[]): readonly string[];
}

/** A venue could not be asked, or its answer made no sense. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly venue: VenueName;

  constructor(venue: VenueName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.venue = venue;
  }
}
