/** One refusal of each code, for the document's examples of problems. */

import { decimal } from "../../src/domain/decimal.ts";
import type { Refusal, RefusalCode } from "../../src/domain/errors.ts";

const orderId = "019ac0de-0000-7000-8000-000000000001";

// A code that is missing here does not compile.
const REFUSALS: { readonly [Code in RefusalCode]: Omit<Extract<Refusal, { code: Code }>, "code"> } =
  {
    malformed_json: { message: "a value is missing at character 12" },
    invalid_page_token: {},
    unauthenticated: {},
    token_expired: {},
    invalid_credentials: {},
    invalid_refresh_token: {},
    refresh_token_reused: {},
    insufficient_scope: { scope: "trade" },
    origin_not_allowed: {},
    account_inactive: { accountStatus: "suspended" },
    account_restricted: { orderId },
    paper_account_required: {},
    trading_suspended: { orderId },
    insufficient_buying_power: {
      required: decimal("1040"),
      available: decimal("812.5"),
      orderId,
    },
    insufficient_quantity: {
      symbol: "F",
      required: decimal("100"),
      available: decimal("40"),
      heldBy: ["019ac0de-0000-7000-8000-000000000002"],
      orderId,
    },
    not_found: {},
    order_not_found: {},
    position_not_found: { symbol: "F" },
    symbol_not_found: { symbol: "FORD" },
    method_not_allowed: { allow: ["GET", "POST"] },
    payload_too_large: { maxBytes: 65_536 },
    request_timeout: { withinMs: 20_000 },
    uri_too_long: { maxCharacters: 8_192 },
    headers_too_large: { maxCharacters: 16_384 },
    unsupported_media_type: { expected: "application/json" },
    email_taken: {},
    username_taken: {},
    watchlist_name_taken: { name: "Cars" },
    watchlist_limit_reached: { max: 50 },
    api_key_limit_reached: { max: 20 },
    idempotency_conflict: { orderId },
    order_not_cancelable: { orderId, status: "filled" },
    order_not_replaceable: { orderId, status: "filled", message: null },
    replace_incomplete: {
      orderId,
      replacementId: "019ac0de-0000-7000-8000-000000000003",
      message: "the price is out of the venue's bounds",
    },
    open_orders_exist: { orderIds: [orderId] },
    validation_error: {
      errors: [
        { path: "qty", code: "unknown_member", message: "unknown member, did you mean quantity?" },
      ],
    },
    price_increment_invalid: { path: "limit_price", increment: decimal("0.01") },
    quantity_increment_invalid: {
      path: "quantity",
      increment: decimal("1"),
      minimum: decimal("1"),
    },
    order_type_unsupported: { message: "F takes no stop orders of fractions." },
    time_in_force_unsupported: { message: "F takes fractions for the day only." },
    market_closed: { nextOpen: new Date("2026-11-27T14:30:00Z") },
    interval_period_unsupported: {
      interval: "1m",
      period: "1Y",
      supported: {
        "1m": ["1D", "5D"],
        "5m": ["1D", "5D", "1M"],
        "15m": ["1D", "5D", "1M", "3M"],
        "1h": ["5D", "1M", "3M", "6M", "1Y"],
        "1D": ["1M", "3M", "6M", "1Y"],
      },
    },
    price_outside_universe: { price: decimal("182.4"), cap: decimal("100"), orderId },
    asset_not_tradable: { symbol: "F", orderId },
    notional_below_minimum: { value: decimal("0.4"), minimum: decimal("1"), orderId },
    stop_price_in_market: { stopPrice: decimal("9.5"), marketPrice: decimal("10.25"), orderId },
    upgrade_required: {},
    rate_limited: { retryAfterS: 60 },
    internal: {},
    upstream_error: { retryAfterS: 1 },
    quote_stale: { symbol: "F", ageMs: 12_400 },
    quote_unavailable: { symbol: "F" },
    broker_not_configured: { venue: "alpaca" },
    broker_busy: { orderId },
    database_unavailable: {},
    busy: {},
  };

export const EXAMPLE_REFUSALS = Object.entries(REFUSALS).map(
  ([code, facts]) => ({ code, ...facts }) as Refusal,
);
