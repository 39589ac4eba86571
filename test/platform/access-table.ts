/** Every route of the document: what it asks of its caller, and how it is asked so that nothing else refuses it. */

import type { Json } from "./client.ts";

/** What the account has that the routes are tried on. */
export interface Belongings {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly watchlistId: string;
  readonly sessionId: string;
  readonly apiKeyId: string;
  readonly password: string;
}

export interface RouteCase {
  /** A stream is for those who may read; who brings nothing has ten seconds to say who it is. */
  readonly access: "public" | "read" | "trade" | "session" | "stream";
  /** Changes something, so that it is refused at once when the session or key has ended. */
  readonly changes: boolean;
  /** What fills the path's parameters, and its query. */
  path(of: Belongings): string;
  body?(of: Belongings): Json;
  /** How it refuses what is somebody else's; without it, a stranger is answered with what is the stranger's own. */
  readonly foreign?: string;
}

type Options = Partial<Pick<RouteCase, "path" | "body" | "foreign">>;

/** "GET /health" is asked as it is called. */
const pathOf = (name: string) => name.slice(name.indexOf(" ") + 1);

const route =
  (access: RouteCase["access"], changes: boolean) =>
  (name: string, { path = () => pathOf(name), ...rest }: Options = {}): [string, RouteCase] => [
    name,
    { access, changes, path, ...rest },
  ];

const open = route("public", false);
const read = route("read", false);
const trade = route("trade", true);
const own = route("session", true);
const ownRead = route("session", false);
const stream = route("stream", false);

const ORDERS = "/api/v1/orders";
const PORTFOLIO = "/api/v1/portfolio";
const MARKET = "/api/v1/market";
const AUTH = "/api/v1/auth";
const LISTS = "/api/v1/watchlists";

const BUY = { symbol: "F", side: "buy", type: "limit", quantity: "1", limit_price: "5.00" };

/** In an order in which their owner can ask them all: what ends something comes late. */
export const ROUTES: ReadonlyMap<string, RouteCase> = new Map([
  open("GET /health"),
  open("GET /health/live"),
  open(`POST ${AUTH}/register`, { body: () => ({}) }),
  open(`POST ${AUTH}/login`, { body: () => ({}) }),
  open(`POST ${AUTH}/refresh`, { body: () => ({}) }),

  read(`GET ${AUTH}/me`),
  route("read", true)(`POST ${AUTH}/ws-ticket`),
  ownRead(`GET ${AUTH}/sessions`),
  ownRead(`GET ${AUTH}/api-keys`),
  own(`POST ${AUTH}/api-keys`, { body: () => ({ name: "another", scopes: ["read"] }) }),

  read(`GET ${MARKET}/quote/{symbol}`, { path: () => `${MARKET}/quote/F` }),
  read(`GET ${MARKET}/quotes`, { path: () => `${MARKET}/quotes?symbols=F` }),
  read(`GET ${MARKET}/search`, { path: () => `${MARKET}/search?q=F` }),
  read(`GET ${MARKET}/movers/gainers`),
  read(`GET ${MARKET}/movers/losers`),
  read(`GET ${MARKET}/clock`),
  read(`GET ${MARKET}/calendar`),
  read(`GET ${MARKET}/assets`),
  read(`GET ${MARKET}/assets/{symbol}`, { path: () => `${MARKET}/assets/F` }),
  read(`GET ${MARKET}/chart/{symbol}`, { path: () => `${MARKET}/chart/F?period=1D` }),

  read("GET /api/v1/account/config"),
  trade("PATCH /api/v1/account/config", { body: () => ({ closing_only: false }) }),

  read(`GET ${ORDERS}`),
  read(`GET ${ORDERS}/{id}`, {
    path: ({ orderId }) => `${ORDERS}/${orderId}`,
    foreign: "404 order_not_found",
  }),
  read(`GET ${ORDERS}/by-client-order-id/{client_order_id}`, {
    path: ({ clientOrderId }) => `${ORDERS}/by-client-order-id/${clientOrderId}`,
    foreign: "404 order_not_found",
  }),
  read(`GET ${ORDERS}/{id}/events`, {
    path: ({ orderId }) => `${ORDERS}/${orderId}/events`,
    foreign: "404 order_not_found",
  }),
  read(`POST ${ORDERS}/preview`, { body: () => BUY }),
  trade(`POST ${ORDERS}`, { body: () => BUY }),
  trade(`PATCH ${ORDERS}/{id}`, {
    path: ({ orderId }) => `${ORDERS}/${orderId}`,
    body: () => ({ limit_price: "4.99" }),
    foreign: "404 order_not_found",
  }),

  read(`GET ${PORTFOLIO}`),
  read(`GET ${PORTFOLIO}/positions`),
  read(`GET ${PORTFOLIO}/positions/{symbol}`, {
    path: () => `${PORTFOLIO}/positions/KO`,
    foreign: "404 position_not_found",
  }),
  read(`GET ${PORTFOLIO}/history`),
  read(`GET ${PORTFOLIO}/trades`),
  read(`GET ${PORTFOLIO}/ledger`),
  read(`GET ${PORTFOLIO}/ledger/verify`),
  trade(`POST ${PORTFOLIO}/deposits`, { body: () => ({ amount: "1" }) }),
  trade(`POST ${PORTFOLIO}/reset`, { body: () => ({ cash: "1000" }) }),

  read(`GET ${LISTS}`),
  read(`GET ${LISTS}/{id}`, {
    path: ({ watchlistId }) => `${LISTS}/${watchlistId}`,
    foreign: "404 not_found",
  }),
  trade(`POST ${LISTS}`, { body: () => ({ name: "another", symbols: ["F"] }) }),
  trade(`PUT ${LISTS}/{id}`, {
    path: ({ watchlistId }) => `${LISTS}/${watchlistId}`,
    body: () => ({ name: "other", symbols: ["F"] }),
    foreign: "404 not_found",
  }),
  trade(`DELETE ${LISTS}/{id}`, {
    path: ({ watchlistId }) => `${LISTS}/${watchlistId}`,
    foreign: "404 not_found",
  }),

  trade(`DELETE ${PORTFOLIO}/positions/{symbol}`, {
    path: () => `${PORTFOLIO}/positions/KO`,
    foreign: "404 position_not_found",
  }),
  trade(`DELETE ${PORTFOLIO}/positions`),
  trade(`DELETE ${ORDERS}/{id}`, {
    path: ({ orderId }) => `${ORDERS}/${orderId}`,
    foreign: "404 order_not_found",
  }),
  trade(`DELETE ${ORDERS}`),

  own(`DELETE ${AUTH}/api-keys/{id}`, {
    path: ({ apiKeyId }) => `${AUTH}/api-keys/${apiKeyId}`,
    foreign: "404 not_found",
  }),
  own(`DELETE ${AUTH}/sessions/{id}`, {
    path: ({ sessionId }) => `${AUTH}/sessions/${sessionId}`,
    foreign: "404 not_found",
  }),
  own(`POST ${AUTH}/password`, {
    body: ({ password }) => ({ current_password: password, new_password: `${password} 2` }),
  }),
  own(`POST ${AUTH}/logout`, { body: () => ({}) }),

  stream("GET /ws/market"),
  stream("GET /ws/market/{symbol}", { path: () => "/ws/market/F" }),
]);
