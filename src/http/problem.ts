/** Refusals on the wire: RFC 9457 problem details. */

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, type Refusal, type RefusalCode } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";
import { describeRefusal } from "./problem-detail.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

// The only table from codes to statuses. A code that is missing here does not compile.
const PROBLEMS = {
  malformed_json: [400, "Malformed JSON"],
  invalid_page_token: [400, "Invalid page token"],
  unauthenticated: [401, "Not authenticated"],
  token_expired: [401, "Token expired"],
  invalid_credentials: [401, "Invalid credentials"],
  invalid_refresh_token: [401, "Invalid refresh token"],
  refresh_token_reused: [401, "Refresh token reused"],
  insufficient_scope: [403, "Insufficient scope"],
  origin_not_allowed: [403, "Origin not allowed"],
  account_inactive: [403, "Account inactive"],
  account_restricted: [403, "Account restricted"],
  paper_account_required: [403, "Paper account required"],
  trading_suspended: [403, "Trading suspended"],
  insufficient_buying_power: [403, "Insufficient buying power"],
  insufficient_quantity: [403, "Insufficient quantity"],
  not_found: [404, "Not found"],
  order_not_found: [404, "Order not found"],
  position_not_found: [404, "Position not found"],
  symbol_not_found: [404, "Symbol not found"],
  method_not_allowed: [405, "Method not allowed"],
  payload_too_large: [413, "Payload too large"],
  request_timeout: [408, "Request timeout"],
  uri_too_long: [414, "URI too long"],
  headers_too_large: [431, "Header fields too large"],
  unsupported_media_type: [415, "Unsupported media type"],
  email_taken: [409, "E-mail taken"],
  username_taken: [409, "Username taken"],
  watchlist_name_taken: [409, "Watchlist name taken"],
  watchlist_limit_reached: [409, "Watchlist limit reached"],
  api_key_limit_reached: [409, "API key limit reached"],
  idempotency_conflict: [409, "Idempotency conflict"],
  order_not_cancelable: [409, "Order not cancelable"],
  order_not_replaceable: [409, "Order not replaceable"],
  replace_incomplete: [409, "Replace incomplete"],
  open_orders_exist: [409, "Open orders exist"],
  validation_error: [422, "Validation error"],
  price_increment_invalid: [422, "Price increment invalid"],
  quantity_increment_invalid: [422, "Quantity increment invalid"],
  order_type_unsupported: [422, "Order type unsupported"],
  time_in_force_unsupported: [422, "Time in force unsupported"],
  market_closed: [422, "Market closed"],
  interval_period_unsupported: [422, "Interval unsupported for the period"],
  price_outside_universe: [422, "Price outside universe"],
  asset_not_tradable: [422, "Asset not tradable"],
  notional_below_minimum: [422, "Notional below minimum"],
  stop_price_in_market: [422, "Stop price in market"],
  upgrade_required: [426, "Upgrade required"],
  rate_limited: [429, "Rate limited"],
  internal: [500, "Internal error"],
  upstream_error: [502, "Upstream error"],
  quote_stale: [503, "Quote stale"],
  quote_unavailable: [503, "Quote unavailable"],
  broker_not_configured: [503, "Broker not configured"],
  broker_busy: [503, "Broker busy"],
  database_unavailable: [503, "Database unavailable"],
  busy: [503, "Busy"],
} as const satisfies Record<RefusalCode, readonly [ContentfulStatusCode, string]>;

/** Every code an answer can carry, for the API's document. */
export const REFUSAL_CODES = Object.keys(PROBLEMS) as RefusalCode[];

/** Those that are answered with this status. */
export const codesOf = (status: number): RefusalCode[] =>
  REFUSAL_CODES.filter((code) => PROBLEMS[code][0] === status);

const RETRY_AFTER_S = 1;
// Nothing changes until an operator acts or the venue's next batch comes.
const RETRY_AFTER_SLOW_S = 30;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ContentfulStatusCode;
  readonly detail: string;
  readonly code: RefusalCode;
  readonly [member: string]: unknown;
}

/** The problem of a refusal, without the members of a request: as it stands inside other answers. */
export function toProblem(refusal: Refusal): Problem {
  const [status, title] = PROBLEMS[refusal.code];
  const { detail, members } = describeRefusal(refusal);
  return {
    type: `urn:speedtrade:problem:${refusal.code.replaceAll("_", "-")}`,
    title,
    status,
    detail,
    code: refusal.code,
    ...members,
  };
}

/** Answers a request with a refusal. */
export function refuse(c: Context<AppEnv>, refusal: Refusal): Response {
  const { type, title, status, detail, ...members } = toProblem(refusal);
  const request = { instance: c.req.path, request_id: c.var.requestId };
  return c.body(JSON.stringify({ type, title, status, detail, ...request, ...members }), status, {
    "Content-Type": PROBLEM_MEDIA_TYPE,
    ...headersOf(refusal, status),
  });
}

/** Refusals are answered, everything else is a bug: logged once, and described to nobody. */
export function answerError(error: Error, c: Context<AppEnv>): Response {
  if (error instanceof AppError) return refuse(c, error.refusal);
  if (error instanceof HTTPException) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return refuse(c, refusal);
  }
  c.var.log.error("unhandled_error", { error });
  return refuse(c, { code: "internal" });
}

// What Hono's own validators throw.
function refusalOf({ status, message }: HTTPException): Refusal | undefined {
  if (status === 400) return { code: "malformed_json", message };
  if (status === 415) return { code: "unsupported_media_type", expected: "application/json" };
  return undefined;
}

function headersOf(refusal: Refusal, status: number): Record<string, string> {
  switch (refusal.code) {
    case "method_not_allowed":
      return { Allow: refusal.allow.join(", ") };
    case "upgrade_required":
      return { Upgrade: "websocket" };
    case "token_expired":
      return { "WWW-Authenticate": 'Bearer error="invalid_token", error_description="expired"' };
    case "insufficient_scope":
      return { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${refusal.scope}"` };
    case "rate_limited":
    case "upstream_error":
      return { "Retry-After": String(refusal.retryAfterS) };
    case "broker_not_configured":
    case "quote_unavailable":
      return { "Retry-After": String(RETRY_AFTER_SLOW_S) };
    default:
      if (status === 401) return { "WWW-Authenticate": 'Bearer realm="speedtrade"' };
      return status >= 502 ? { "Retry-After": String(RETRY_AFTER_S) } : {};
  }
}
