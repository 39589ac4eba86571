/** Requests that make sense, by operation: without them nothing behind the validation would be reached. */

import fc from "fast-check";
import { held } from "./held.ts";

export interface Sound {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Its submits get no answer (world.ts), so its orders are pending for a while. */
export const UNANSWERED = "NOK";
export const SUSPENDED = { username: "suspended_1", password: "correct horse battery" };
const PASSWORD = "correct horse battery";

const stock = fc.constantFrom("F", "T", "SOFI", UNANSWERED);
const coin = fc.constantFrom("DOGE/USD", "XRP/USD", "ADA/USD");
const symbol = fc.oneof({ weight: 2, arbitrary: stock }, { weight: 2, arbitrary: coin });
/** None that a venue lists. */
const anySymbol = fc.oneof(
  { weight: 9, arbitrary: symbol },
  { weight: 1, arbitrary: fc.constantFrom("ZZZZ", "NOPE/USD") },
);
const nth = fc.nat({ max: 30 });
const orderId = fc.oneof(
  { weight: 9, arbitrary: nth.map((n) => held("order", n)) },
  { weight: 1, arbitrary: fc.uuid({ version: 7 }) },
);
const watchlistId = fc.oneof(
  { weight: 9, arbitrary: nth.map((n) => held("watchlist", n % 8)) },
  { weight: 1, arbitrary: fc.uuid({ version: 7 }) },
);
const key = fc.nat({ max: 12 }).map((n) => `key-${n}`);
const units = fc.integer({ min: 1, max: 40 }).map(String);
const assetType = fc.constantFrom("stock", "crypto");
const limit = fc.constantFrom("1", "2", "50");
const maybe = (arbitrary: fc.Arbitrary<string>) =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const name = fc.stringMatching(/^[a-z][a-z0-9_]{11}$/);

/** Leaves out what an option left out. */
const record = (parts: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(parts)
    .map((made) =>
      Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)),
    ) as fc.Arbitrary<Record<string, string>>;

const query = (parts: Record<string, fc.Arbitrary<unknown>>) =>
  record(parts).map((made): Sound => ({ query: made }));
const body = (parts: Record<string, fc.Arbitrary<unknown>>) =>
  record(parts).map((made): Sound => ({ body: made }));
const path = (parts: Record<string, fc.Arbitrary<unknown>>) =>
  record(parts).map((made): Sound => ({ path: made }));
const both = (a: fc.Arbitrary<Sound>, b: fc.Arbitrary<Sound>) =>
  fc.tuple(a, b).map(([x, y]): Sound => ({ ...x, ...y }));
const keyed = (made: fc.Arbitrary<Sound>) =>
  both(
    made,
    maybe(key).map(
      (given): Sound => (given === undefined ? {} : { headers: { "idempotency-key": given } }),
    ),
  );
const nothing = fc.constant<Sound>({});

const order: fc.Arbitrary<Sound> = fc.oneof(
  {
    weight: 4,
    arbitrary: body({
      symbol: anySymbol,
      side: fc.constantFrom("buy", "buy", "sell"),
      type: fc.constant("market"),
      quantity: units,
    }),
  },
  {
    weight: 1,
    arbitrary: body({
      symbol,
      side: fc.constant("buy"),
      type: fc.constant("market"),
      notional: fc.constantFrom("25", "100.50", "10000000"),
    }),
  },
  {
    weight: 4,
    // Below the market: it rests, to be canceled and replaced.
    arbitrary: body({
      symbol,
      side: fc.constant("buy"),
      type: fc.constant("limit"),
      quantity: fc.constantFrom("20", "100"),
      limit_price: fc.constantFrom("0.05", "1.00"),
      time_in_force: fc.constantFrom("gtc", "day"),
      client_order_id: maybe(fc.nat({ max: 40 }).map((n) => `mine-${n}`)),
    }),
  },
  {
    weight: 1,
    arbitrary: body({
      symbol: stock,
      side: fc.constant("buy"),
      type: fc.constant("stop_limit"),
      quantity: units,
      limit_price: fc.constant("90"),
      stop_price: fc.constant("90"),
    }),
  },
);

/** Whoever sends it again is told of the first. */
const SAME_ORDER: Sound = {
  headers: { "idempotency-key": "same" },
  body: { symbol: "F", side: "buy", type: "limit", quantity: "20", limit_price: "1.00" },
};

const replacement = both(
  path({ id: orderId }),
  body({ quantity: maybe(fc.constantFrom("25", "110")), limit_price: fc.constant("0.06") }),
);

const page = { limit, page_token: maybe(nth.map((n) => held("cursor", n))) };
const movers = query({ asset_type: maybe(assetType), limit, min_price: maybe(fc.constant("1")) });
const range = query({
  interval: maybe(fc.constantFrom("1h", "1D", "15m")),
  period: maybe(fc.constantFrom("5D", "1M", "1Y")),
});

const registration = body({
  email: fc.oneof(
    { weight: 4, arbitrary: name.map((text) => `${text}@example.com`) },
    { weight: 1, arbitrary: fc.constant(held("email", 0)) },
  ),
  username: fc.oneof(
    { weight: 4, arbitrary: name },
    { weight: 1, arbitrary: fc.constant(held("username", 0)) },
  ),
  password: fc.constant(PASSWORD),
});

const login = fc.oneof(
  {
    weight: 4,
    arbitrary: body({
      username: nth.map((n) => held("username", n)),
      password: fc.constantFrom(PASSWORD, PASSWORD, "wrong horse battery"),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Sound>({ body: SUSPENDED }) },
);

const SOUND: Readonly<Record<string, fc.Arbitrary<Sound>>> = {
  "POST /api/v1/auth/register": registration,
  "POST /api/v1/auth/login": login,
  "POST /api/v1/auth/refresh": body({
    refresh_token: fc.constantFrom(held("refresh", 0), held("refresh", 3), held("suspended", 0)),
  }),
  "POST /api/v1/auth/logout": body({ all: maybe(fc.boolean() as fc.Arbitrary<never>) }),
  "POST /api/v1/auth/password": body({
    current_password: fc.constant(PASSWORD),
    new_password: fc.constant("another horse battery"),
  }),
  "GET /api/v1/auth/sessions": query(page),
  "DELETE /api/v1/auth/sessions/{id}": path({
    id: fc.oneof(
      { weight: 3, arbitrary: nth.map((n) => held("session", n % 3)) },
      { weight: 1, arbitrary: fc.uuid({ version: 7 }) },
    ),
  }),
  "GET /api/v1/auth/api-keys": query(page),
  "POST /api/v1/auth/api-keys": body({
    name: fc.constantFrom("bot", "another bot"),
    scopes: fc.constantFrom(["read"], ["read", "trade"]),
  }),
  "DELETE /api/v1/auth/api-keys/{id}": path({
    id: fc.oneof(
      nth.map((n) => held("api_key", n % 5)),
      fc.uuid({ version: 7 }),
    ),
  }),
  "PATCH /api/v1/account/config": body({
    suspend_trade: fc.constant(false),
    closing_only: fc.constant(false),
  }),
  "POST /api/v1/orders": fc.oneof(
    { weight: 9, arbitrary: keyed(order) },
    { weight: 1, arbitrary: fc.constant(SAME_ORDER) },
  ),
  "POST /api/v1/orders/preview": order,
  "GET /api/v1/orders": query({
    ...page,
    status: maybe(fc.constantFrom("open", "closed", "all", "new")),
    symbol: maybe(symbol),
    direction: maybe(fc.constantFrom("asc", "desc")),
  }),
  "DELETE /api/v1/orders": query({ symbol, side: maybe(fc.constantFrom("buy", "sell")) }),
  "GET /api/v1/orders/by-client-order-id/{client_order_id}": path({
    client_order_id: nth.map((n) => held("client_order_id", n)),
  }),
  "GET /api/v1/orders/{id}": path({ id: orderId }),
  "DELETE /api/v1/orders/{id}": path({ id: orderId }),
  "PATCH /api/v1/orders/{id}": replacement,
  "GET /api/v1/orders/{id}/events": path({ id: orderId }),
  "GET /api/v1/portfolio/positions": query({ asset_type: maybe(assetType) }),
  "GET /api/v1/portfolio/positions/{symbol}": path({ symbol: anySymbol }),
  "DELETE /api/v1/portfolio/positions": keyed(query({ cancel_orders: maybe(fc.constant("true")) })),
  "DELETE /api/v1/portfolio/positions/{symbol}": fc.oneof(
    keyed(both(path({ symbol }), query({ quantity: maybe(fc.constant("1")) }))),
    stock.map((of): Sound => ({ path: { symbol: of }, headers: { "idempotency-key": "close" } })),
  ),
  "GET /api/v1/portfolio/history": range,
  "GET /api/v1/portfolio/trades": query({ ...page, symbol: maybe(symbol) }),
  "GET /api/v1/portfolio/ledger": query(page),
  "POST /api/v1/portfolio/deposits": keyed(body({ amount: fc.constantFrom("100", "250.50") })),
  "POST /api/v1/portfolio/reset": keyed(body({ cash: fc.constantFrom("5000", "7000") })),
  "GET /api/v1/market/quote/{symbol}": path({ symbol: anySymbol }),
  "GET /api/v1/market/quotes": query({
    symbols: fc.array(anySymbol, { minLength: 1, maxLength: 5 }).map((list) => list.join(",")),
  }),
  "GET /api/v1/market/search": query({
    q: fc.constantFrom("ford", "F", "doge", "so"),
    asset_type: maybe(assetType),
    limit,
  }),
  "GET /api/v1/market/movers/gainers": movers,
  "GET /api/v1/market/movers/losers": movers,
  "GET /api/v1/market/clock": query({ asset_type: maybe(assetType) }),
  "GET /api/v1/market/calendar": query({ start: maybe(fc.constant("2026-11-02")) }),
  "GET /api/v1/market/assets": query({ ...page, asset_type: maybe(assetType) }),
  "GET /api/v1/market/assets/{symbol}": path({ symbol: anySymbol }),
  "GET /api/v1/market/chart/{symbol}": both(path({ symbol: anySymbol }), range),
  "POST /api/v1/watchlists": body({
    name: fc.nat({ max: 15 }).map((n) => `list ${n}`),
    symbols: fc.array(anySymbol, { maxLength: 4 }),
  }),
  "GET /api/v1/watchlists/{id}": path({ id: watchlistId }),
  "PUT /api/v1/watchlists/{id}": both(
    path({ id: watchlistId }),
    body({
      name: fc.nat({ max: 15 }).map((n) => `list ${n}`),
      symbols: fc.array(symbol, { maxLength: 4 }),
    }),
  ),
  "DELETE /api/v1/watchlists/{id}": path({ id: watchlistId }),
};

/** A request of an operation that makes sense; of one that is not named above, one that says nothing. */
export const soundRequest = (operation: string): fc.Arbitrary<Sound> => SOUND[operation] ?? nothing;
