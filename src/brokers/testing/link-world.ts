import type { Decimal } from "../../domain/decimal.ts";
import { decimal } from "../../domain/decimal.ts";
import type { BrokerReport } from "../../domain/execution.ts";
import type { Stranger, VenueOrder } from "../../domain/venue-order.ts";
import type { Broker, BrokerOrderRef, LookUpAnswer, OrderAtVenue } from "../broker.ts";
import type { LinkDeps } from "../link-deps.ts";
import type { SocketEvents } from "../open-socket.ts";
import { received } from "../received.ts";
import type { ConnectionRuntime } from "../venue-connection.ts";

/** A clock that moves when told, with its timers; sockets and bookings under a test's control. */
export function createLinkWorld(startMs = 1_800_000_000_000) {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const sockets: { events: SocketEvents; sent: string[]; closed: boolean }[] = [];
  const world = {
    refuseSockets: false,
    refuseBookings: (_reports: readonly BrokerReport[]): boolean => false,
    answers: new Map<string, LookUpAnswer>(),
    open: [] as VenueOrder[],
    ended: [] as VenueOrder[],
    /** What the venue lists as open; null: it does not answer. */
    listed: null as OrderAtVenue[] | null,
    lists: 0,
    strangers: [] as Stranger[],
    sockets,
    booked: [] as (readonly BrokerReport[])[],
    told: [] as (readonly string[])[],
    asked: [] as string[],
    canceled: [] as string[],
    logged: [] as string[],
    now: () => nowMs,
    /** Moves the clock, running what falls due, and lets promises settle. */
    async pass(ms: number): Promise<void> {
      const untilMs = nowMs + ms;
      for (;;) {
        await settled();
        const due = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        const [next] = due;
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
  };

  const runtime: ConnectionRuntime = {
    now: () => new Date(nowMs),
    random: () => 0,
    later: (run, ms) => void timers.push({ atMs: nowMs + ms, run }),
    async open(_url, events) {
      if (world.refuseSockets) throw new Error("refused");
      const socket = { events, sent: [] as string[], closed: false };
      sockets.push(socket);
      return {
        send: (frame) => void socket.sent.push(frame),
        close: () => {
          socket.closed = true;
        },
      };
    },
  };

  const broker: Broker = {
    venue: "alpaca",
    submit: async () => ({ kind: "unknown", cause: "not part of this test" }),
    replace: async () => ({ kind: "unknown", cause: "not part of this test" }),
    costs: { perMinute: 200, order: 1, lookUp: 2, openOrders: 1 },
    async openOrders() {
      world.lists += 1;
      if (world.listed === null) return { kind: "unknown", cause: "timeout" };
      return { kind: "listed", orders: world.listed };
    },
    async cancel({ id }: BrokerOrderRef) {
      world.canceled.push(id);
      return { kind: "requested" };
    },
    async lookUp({ id }: BrokerOrderRef) {
      world.asked.push(id);
      return world.answers.get(id) ?? { kind: "unknown", cause: "timeout" };
    },
    // `ready`, `fault:<why>`, or reports as JSON.
    updates: {
      url: "wss://venue.test/updates",
      greet: async () => ["hello"],
      receive(frame) {
        if (frame === "ready") return received({ ready: true, replies: ["thanks"] });
        if (frame.startsWith("fault:")) return received({ fault: frame.slice(6) });
        return received({ events: JSON.parse(frame) });
      },
    },
  };

  const log = (_level: string) => (event: string) => void world.logged.push(event);
  const deps: LinkDeps = {
    broker: () => broker,
    async book(_venue, reports) {
      if (world.refuseBookings(reports)) throw new Error("database unavailable");
      world.booked.push([...reports]);
      return { userIds: ["user-1"] };
    },
    openOrders: async (_venue, after, limit) =>
      world.open.filter(({ id }) => after === null || id > after).slice(0, limit),
    orders: async (_venue, ids) =>
      [...world.open, ...world.ended].filter(({ id }) => ids.includes(id)),
    async auditStrangers(_venue, strangers) {
      world.strangers.push(...strangers);
    },
    async tellAccounts(userIds) {
      world.told.push(userIds);
    },
    deadlines: { pendingMs: 10_000, submitUnknownMs: 60_000 },
    log: { info: log("info"), warn: log("warn"), error: log("error") },
  };
  return { world, runtime, broker, deps };
}

/** Placed two minutes before `nowMs`, and known to the venue. */
export const openOrder = (
  index: number,
  nowMs: number,
  changes: Partial<VenueOrder> = {},
): VenueOrder => ({
  id: orderId(index),
  symbol: "F",
  brokerOrderId: `b${index}`,
  replacedBy: null,
  status: "new",
  filledQuantity: decimal("0"),
  isTriggered: false,
  createdAt: new Date(nowMs - 120_000),
  ...changes,
});

/** How the venue lists order `index`. */
export const listedOrder = (index: number, changes: Partial<OrderAtVenue> = {}): OrderAtVenue => ({
  orderId: orderId(index),
  brokerOrderId: `b${index}`,
  symbol: "F",
  filled: decimal("0"),
  event: "new",
  isTriggered: false,
  venueStatus: "new",
  at: new Date(1_800_000_000_000),
  ...changes,
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

export const orderId = (index: number): string =>
  `0193aaaa-0000-7000-8000-${String(index).padStart(12, "0")}`;

export function fillOf(order: string, executionId: string, quantity: Decimal = decimal("1")) {
  return {
    orderId: order,
    brokerOrderId: "b1",
    event: "partial_fill",
    execution: {
      id: executionId,
      quantity,
      price: decimal("10"),
      fee: decimal("0"),
      feeAsset: "USD",
      liquidity: null,
    },
    reason: null,
    venueStatus: "partially_filled",
    at: new Date(1_800_000_000_000),
  } satisfies BrokerReport;
}
