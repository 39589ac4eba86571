/** Every refusal the API can give, as one closed union of facts. */

import type { BarInterval, Period } from "./bar.ts";
import type { Decimal } from "./decimal.ts";
import type { OrderStatus } from "./order.ts";
import type { Access } from "./principal.ts";

export interface FieldFault {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** Facts of refusals that a client can act on. Amounts are exact decimals; `http/problem.ts` words them. */
export type Refusal =
  | { readonly code: "malformed_json"; readonly message: string }
  | { readonly code: "invalid_page_token" }
  | { readonly code: "unauthenticated" }
  | { readonly code: "token_expired" }
  | { readonly code: "invalid_credentials" }
  | { readonly code: "invalid_refresh_token" }
  | { readonly code: "refresh_token_reused" }
  | { readonly code: "insufficient_scope"; readonly scope: Access }
  | { readonly code: "origin_not_allowed" }
  | { readonly code: "account_inactive"; readonly accountStatus: string }
  | { readonly code: "account_restricted"; readonly orderId?: string }
  | { readonly code: "paper_account_required" }
  | { readonly code: "trading_suspended"; readonly orderId?: string }
  | {
      readonly code: "insufficient_buying_power";
      readonly required: Decimal;
      readonly available: Decimal;
      readonly orderId?: string;
    }
  | {
      readonly code: "insufficient_quantity";
      readonly symbol: string;
      readonly required: Decimal;
      readonly available: Decimal;
      readonly heldBy: readonly string[];
      readonly orderId?: string;
    }
  | { readonly code: "not_found" }
  | { readonly code: "order_not_found" }
  | { readonly code: "position_not_found"; readonly symbol: string }
  | { readonly code: "symbol_not_found"; readonly symbol: string }
  | { readonly code: "method_not_allowed"; readonly allow: readonly string[] }
  | { readonly code: "payload_too_large"; readonly maxBytes: number }
  | { readonly code: "request_timeout"; readonly withinMs: number }
  | { readonly code: "uri_too_long"; readonly maxCharacters: number }
  | { readonly code: "headers_too_large"; readonly maxCharacters: number }
  | { readonly code: "unsupported_media_type"; readonly expected: string }
  | { readonly code: "email_taken" }
  | { readonly code: "username_taken" }
  | { readonly code: "watchlist_name_taken"; readonly name: string }
  | { readonly code: "watchlist_limit_reached"; readonly max: number }
  | { readonly code: "api_key_limit_reached"; readonly max: number }
  | { readonly code: "idempotency_conflict"; readonly orderId?: string }
  | {
      readonly code: "order_not_cancelable";
      readonly orderId: string;
      readonly status: OrderStatus;
    }
  | {
      readonly code: "order_not_replaceable";
      readonly orderId: string;
      readonly status: OrderStatus;
      readonly message: string | null;
    }
  /** The old order is gone and the new one was refused. */
  | {
      readonly code: "replace_incomplete";
      readonly orderId: string;
      readonly replacementId: string;
      readonly message: string;
    }
  | { readonly code: "open_orders_exist"; readonly orderIds: readonly string[] }
  | { readonly code: "validation_error"; readonly errors: readonly FieldFault[] }
  | { readonly code: "price_increment_invalid"; readonly path: string; readonly increment: Decimal }
  | {
      readonly code: "quantity_increment_invalid";
      readonly path: string;
      readonly increment: Decimal;
      readonly minimum: Decimal | null;
    }
  | { readonly code: "order_type_unsupported"; readonly message: string }
  | { readonly code: "time_in_force_unsupported"; readonly message: string }
  | { readonly code: "market_closed"; readonly nextOpen: Date | null }
  | {
      readonly code: "interval_period_unsupported";
      readonly interval: BarInterval;
      /** Null: a range of the caller's own, which is too long. */
      readonly period: Period | null;
      readonly supported: Readonly<Record<BarInterval, readonly Period[]>>;
    }
  | {
      readonly code: "price_outside_universe";
      readonly price: Decimal;
      readonly cap: Decimal;
      readonly orderId?: string;
    }
  | { readonly code: "asset_not_tradable"; readonly symbol: string; readonly orderId?: string }
  | {
      readonly code: "notional_below_minimum";
      readonly value: Decimal;
      readonly minimum: Decimal;
      readonly orderId?: string;
    }
  | {
      readonly code: "stop_price_in_market";
      readonly stopPrice: Decimal;
      readonly marketPrice: Decimal;
      readonly orderId?: string;
    }
  | { readonly code: "upgrade_required" }
  | { readonly code: "rate_limited"; readonly retryAfterS: number }
  | { readonly code: "internal" }
  | { readonly code: "upstream_error"; readonly retryAfterS: number }
  | { readonly code: "quote_stale"; readonly symbol: string; readonly ageMs: number }
  | { readonly code: "quote_unavailable"; readonly symbol: string }
  | { readonly code: "broker_not_configured"; readonly venue: string }
  | { readonly code: "broker_busy"; readonly orderId?: string }
  | { readonly code: "database_unavailable" }
  | { readonly code: "busy" };

export type RefusalCode = Refusal["code"];

/** A refusal on its way to the client. Bugs are plain errors and are never described to anybody outside. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.code, options);
    this.refusal = refusal;
  }
}
