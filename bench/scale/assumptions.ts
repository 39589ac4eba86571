/** What nothing measures and nobody promises: the two loads, and how they are spread. Change them here. */

export interface Assumption {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export const ASSUMED = {
  watchers: { what: "watchers of the one symbol", value: 1_000_000, unit: "sockets" },
  ticks: { what: "its ticks: every window has something to tell", value: 50, unit: "a second" },
  locationShare: { what: "of its watchers, in the busiest location", value: 0.05, unit: "share" },
  opened: { what: "connections that a watcher opens", value: 3, unit: "a session" },
  comebackS: { what: "in which all come back after all were dropped", value: 60, unit: "s" },
  callerShare: { what: "of a call's CPU, at the end that calls", value: 0.5, unit: "share" },
  distanceMs: { what: "from a room to a gateway and back", value: 50, unit: "ms" },
  objectShare: {
    what: "of its thread, that an object can use before it queues",
    value: 0.7,
    unit: "share",
  },
  beatRows: {
    what: "rows that a gateway writes, as its code has it",
    value: 4,
    unit: "a heartbeat",
  },
  orders: { what: "orders, through whole sessions", value: 10_000, unit: "a second" },
  reports: { what: "reports of its venue (working, filled)", value: 2, unit: "an order" },
  rest: { what: "how long an order is open", value: 60, unit: "s" },
  accountShare: { what: "of all orders, by the busiest account", value: 0.01, unit: "share" },
  gatewayShare: {
    what: "of all orders, by clients of the busiest gateway",
    value: 0.05,
    unit: "share",
  },
  toldS: {
    what: "how long an account's object is awake to tell its streams",
    value: 0.02,
    unit: "s",
  },
  logLines: { what: "lines of log, as the code has it", value: 3, unit: "an order" },
  points: { what: "points of metrics, as the code has it", value: 3, unit: "an order" },
  cores: { what: "cores", value: 1, unit: "a compute unit" },
  databaseShare: {
    what: "of its cores, that a database can use before it queues",
    value: 0.6,
    unit: "share",
  },
  restoreDays: { what: "days of history that a database keeps", value: 7, unit: "days" },
  sessionHours: { what: "a session", value: 6.5, unit: "hours" },
  sessions: { what: "sessions", value: 21, unit: "a month" },
  yearSessions: { what: "sessions", value: 252, unit: "a year" },
  monthHours: { what: "a month", value: 730, unit: "hours" },
} as const satisfies Record<string, Assumption>;

export type Assumed = Readonly<Record<keyof typeof ASSUMED, number>>;

export const assumed = Object.fromEntries(
  Object.entries(ASSUMED).map(([name, { value }]) => [name, value]),
) as unknown as Assumed;

export const sessionSeconds = ({ sessionHours }: Assumed): number => sessionHours * 3_600;
export const activeSeconds = (given: Assumed): number => sessionSeconds(given) * given.sessions;
