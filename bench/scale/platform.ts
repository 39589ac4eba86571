/** What the platforms below ours charge and allow, each with the page that says so. US dollars; a GB is 10^9 bytes. */

export interface Term {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly page: string;
}

/** When the pages were last looked at. */
export const READ_ON = "2026-11-26";

const WORKERS = "https://developers.cloudflare.com/workers/platform/pricing/";
const OBJECTS = "https://developers.cloudflare.com/durable-objects/platform/pricing/";
const OBJECTS_FAQ = "https://developers.cloudflare.com/durable-objects/reference/faq/";
const OBJECT_STATE = "https://developers.cloudflare.com/durable-objects/api/state/";
const WORKER_LIMITS = "https://developers.cloudflare.com/workers/platform/limits/";
const LOGS = "https://developers.cloudflare.com/workers/observability/logs/workers-logs/";
const ANALYTICS = "https://developers.cloudflare.com/analytics/analytics-engine/pricing/";
const NEON = "https://neon.com/docs/introduction/plans";
const NEON_POOLING = "https://neon.com/docs/connect/connection-pooling";
const ALPACA = "https://alpaca.markets/support/usage-limit-api-calls";
const BINANCE =
  "https://developers.binance.com/docs/binance-spot-api-docs/websocket-api/rate-limits";

/** Beyond what a plan includes, which is little beside what is reckoned here. */
export const PRICES = {
  workerRequest: { what: "requests to the Worker", value: 0.3, unit: "$ a million", page: WORKERS },
  workerCpu: { what: "CPU of the Worker", value: 0.02, unit: "$ a million ms", page: WORKERS },
  objectRequest: { what: "calls to objects", value: 0.15, unit: "$ a million", page: OBJECTS },
  objectDuration: { what: "time of objects", value: 12.5, unit: "$ a million GB-s", page: OBJECTS },
  objectRowWritten: {
    what: "rows that objects write",
    value: 1,
    unit: "$ a million",
    page: OBJECTS,
  },
  logLine: { what: "lines of log", value: 0.6, unit: "$ a million", page: LOGS },
  point: { what: "points of metrics", value: 0.25, unit: "$ a million", page: ANALYTICS },
  computeHour: { what: "the database's compute", value: 0.222, unit: "$ a CU-hour", page: NEON },
  stored: { what: "what the database keeps", value: 0.35, unit: "$ a GB-month", page: NEON },
  history: { what: "its history, to restore from", value: 0.2, unit: "$ a GB-month", page: NEON },
  answered: { what: "what it answers over the internet", value: 0.1, unit: "$ a GB", page: NEON },
} as const satisfies Record<string, Term>;

export const LIMITS = {
  objectCalls: {
    what: "calls to one object",
    value: 1_000,
    unit: "a second, soft",
    page: OBJECTS_FAQ,
  },
  objectMemory: {
    what: "memory of an object, billed whole",
    value: 128,
    unit: "MB",
    page: OBJECTS,
  },
  objectSockets: {
    what: "sockets of one object",
    value: 32_768,
    unit: "sockets",
    page: OBJECT_STATE,
  },
  socketMessages: {
    what: "messages from clients that count as one call",
    value: 20,
    unit: "messages",
    page: OBJECTS,
  },
  connections: {
    what: "connections that wait for an answer, of one request",
    value: 6,
    unit: "connections",
    page: WORKER_LIMITS,
  },
  alpacaRequests: {
    what: "requests of an Alpaca account",
    value: 200,
    unit: "a minute",
    page: ALPACA,
  },
  binanceOrders: {
    what: "orders of a Binance account",
    value: 100,
    unit: "in 10 s",
    page: BINANCE,
  },
  binanceDayOrders: {
    what: "orders of a Binance account",
    value: 200_000,
    unit: "a day",
    page: BINANCE,
  },
  computeUnits: { what: "the largest compute of a database", value: 56, unit: "CU", page: NEON },
  branch: { what: "data of a branch", value: 16, unit: "TB", page: NEON },
  poolClients: {
    what: "clients of the pooler",
    value: 10_000,
    unit: "connections",
    page: NEON_POOLING,
  },
  poolServers: {
    what: "connections behind it, nine tenths of what the largest computes take",
    value: 3_600,
    unit: "connections",
    page: NEON_POOLING,
  },
} as const satisfies Record<string, Term>;
