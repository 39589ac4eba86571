/** The order service in a world of its own: storage, market and venue answer what a test sets, and note what they were asked. */

import type {
  Broker,
  CancelAnswer,
  OrderToSubmit,
  ReplaceAnswer,
  Replacement,
  SubmitAnswer,
} from "../../brokers/broker.ts";
import { type Decimal, decimal, sub, ZERO } from "../../domain/decimal.ts";
import { AppError, type Refusal } from "../../domain/errors.ts";
import type { Instrument, VenueName } from "../../domain/instrument.ts";
import type { Order, OrderTerms } from "../../domain/order.ts";
import type { Quote } from "../../domain/quote.ts";
import { FORD, fordQuote } from "../../domain/testing/ford.ts";
import type {
  CancelRequest,
  Funds,
  OrderDraft,
  OrderEventRecord,
  OrderFilter,
  OrderRepository,
  PlaceResult,
  ReplacementDraft,
  ReplacePair,
  ReplaceRequestResult,
} from "../ports.ts";
import { createOrderService } from "../service.ts";
import { NOW, orderOf, stored } from "./order-samples.ts";

export const NEXT_OPEN = new Date("2026-01-06T14:30:00Z");
export const NEVER = new Promise<never>(() => undefined);

interface Seen {
  readonly placed: OrderDraft[];
  readonly keys: unknown[];
  readonly submitted: OrderToSubmit[];
  readonly canceled: string[];
  readonly replacements: ReplacementDraft[];
  readonly replaced: { readonly old: string; readonly replacement: Replacement }[];
  /** Answers of the venue that were written. */
  readonly recorded: unknown[];
  readonly announced: Order[];
  readonly listed: OrderFilter[];
  readonly logged: unknown[];
  readonly sleptMs: number[];
  /** What the market was asked for. */
  readonly market: string[];
}

export interface World {
  instrument: Instrument | undefined;
  quote: Quote | undefined;
  isOpen: boolean;
  haltedSymbols: ReadonlySet<string>;
  configured: boolean;
  /** By the operator. */
  haltedVenues: readonly VenueName[];
  feeRate: Decimal;
  cannotReplace: string | undefined;
  unsupported: Broker["unsupported"];
  found: Order | undefined;
  open: Order[];
  events: OrderEventRecord[];
  holdings: string[];
  used: PlaceResult;
  funds: (symbol: string) => Funds | undefined;
  placing: (draft: OrderDraft) => PlaceResult;
  canceling: (id: string) => CancelRequest;
  replacing: (draft: ReplacementDraft) => ReplaceRequestResult;
  submit: SubmitAnswer;
  cancel: CancelAnswer | Promise<CancelAnswer>;
  replace: ReplaceAnswer;
  /** How an order is stored whose cancel the venue has refused. */
  afterRefusal: (order: Order) => Order;
  /** How the pair is stored after the venue's answer. */
  pairAfter: (pair: ReplacePair) => ReplacePair;
  sleep: (ms: number) => Promise<void>;
  readonly seen: Seen;
}

/** The market is open, the venue takes everything, and the account has nothing. */
export const createWorld = (): World => ({
  instrument: FORD,
  quote: fordQuote(NOW.getTime()),
  isOpen: true,
  haltedSymbols: new Set(),
  configured: true,
  haltedVenues: [],
  feeRate: ZERO,
  cannotReplace: undefined,
  unsupported: () => null,
  found: undefined,
  open: [],
  events: [],
  holdings: [],
  used: { kind: "unused" },
  funds: () => undefined,
  placing: (draft) => ({ kind: "placed", order: orderOf(draft) }),
  canceling: () => ({ kind: "not_found" }),
  replacing: ({ id, old, clientOrderId, terms, reservation }) => ({
    kind: "requested",
    order: { ...old, status: "pending_replace" },
    replacement: {
      ...stored("pending_new"),
      ...terms,
      quantity: sub(terms.quantity ?? ZERO, old.filledQuantity),
      id,
      clientOrderId,
      replaces: old.id,
      sentAs: reservation.sentAs,
    },
  }),
  submit: { kind: "accepted", brokerOrderId: "b-1", event: "new", at: NOW },
  cancel: { kind: "requested" },
  afterRefusal: (order) => ({ ...order, status: "new" }),
  replace: { kind: "replaced", brokerOrderId: "b-2", oldFilled: ZERO, at: NOW },
  pairAfter: ({ order, replacement }) => ({
    order: { ...order, status: "replaced" },
    replacement: { ...replacement, status: "new" },
  }),
  sleep: () => NEVER,
  seen: {
    placed: [],
    keys: [],
    submitted: [],
    canceled: [],
    replacements: [],
    replaced: [],
    recorded: [],
    announced: [],
    listed: [],
    logged: [],
    sleptMs: [],
    market: [],
  },
});

export function serviceIn(world: World) {
  const { seen } = world;
  return createOrderService({
    orders: repositoryIn(world),
    market: {
      instrument: async (symbol) => world.instrument && { ...world.instrument, symbol },
      async quote(symbol) {
        seen.market.push(`quote of ${symbol}`);
        return world.quote;
      },
      async session(assetType) {
        seen.market.push(`session of ${assetType}`);
        return { isOpen: world.isOpen, nextOpen: world.isOpen ? null : NEXT_OPEN };
      },
      async halted(symbols) {
        seen.market.push(`halts of ${symbols}`);
        return world.haltedSymbols;
      },
    },
    broker: () => (world.configured ? brokerIn(world) : undefined),
    feeRate: () => world.feeRate,
    universeMaxPrice: decimal("100"),
    haltedVenues: new Set(world.haltedVenues),
    holdings: async () => world.holdings,
    showEvent: (data) => ({ shown: data }),
    log: { error: (event, facts) => seen.logged.push({ event, ...facts }) },
    announce: (order) => seen.announced.push(order),
    now: () => NOW,
    newId: () => (world.found === undefined ? "o-1" : "o-2"),
    sleep: (ms) => {
      seen.sleptMs.push(ms);
      return world.sleep(ms);
    },
  });
}

const unexpected = () => Promise.reject(new Error("not asked for in these tests"));

function repositoryIn(world: World): OrderRepository {
  const { seen } = world;
  return {
    async place(draft) {
      seen.placed.push(draft);
      return world.placing(draft);
    },
    async findUsed(_principal, key, terms: OrderTerms, _at, closeShare = null) {
      seen.keys.push({ key, quantity: terms.quantity, closeShare });
      return world.used;
    },
    async recordAnswer(order, answer) {
      seen.recorded.push(answer);
      return { ...order, status: answer.kind === "accepted" ? answer.event : "rejected" };
    },
    requestCancel: async (_principal, id) => world.canceling(id),
    async recordCancel(order, answer) {
      seen.recorded.push(answer);
      return answer.kind === "refused" ? world.afterRefusal(order) : order;
    },
    async requestReplace(_principal, draft) {
      seen.replacements.push(draft);
      return world.replacing(draft);
    },
    async recordReplace(pair, answer) {
      seen.recorded.push(answer);
      return world.pairAfter(pair);
    },
    funds: async (_userId, symbol) => world.funds(symbol),
    find: async () => world.found,
    findByClientOrderId: async () => world.found,
    async list(_userId, filter) {
      seen.listed.push(filter);
      return world.open;
    },
    events: async () => world.events,
    overdue: async () => [],
    requestExpiry: unexpected,
    apply: unexpected,
    openAt: unexpected,
    atVenue: unexpected,
    auditStrangers: unexpected,
  };
}

function brokerIn(world: World): Broker {
  const { seen } = world;
  return {
    venue: "alpaca",
    async submit(order) {
      seen.submitted.push(order);
      return world.submit;
    },
    async cancel({ id }) {
      seen.canceled.push(id);
      return world.cancel;
    },
    async replace({ id }, replacement) {
      seen.replaced.push({ old: id, replacement });
      return world.replace;
    },
    ...(world.cannotReplace === undefined ? {} : { cannotReplace: world.cannotReplace }),
    unsupported: (order) => world.unsupported?.(order) ?? null,
    lookUp: unexpected,
    openOrders: unexpected,
    costs: { perMinute: 200, order: 1, lookUp: 2, openOrders: 1 },
    updates: {
      url: "ws://venue",
      greet: async () => [],
      receive: () => ({ events: [], replies: [], ready: false, fault: null }),
    },
  };
}

/** What a request was refused with; throws where it was not. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.refusal;
    throw error;
  }
  throw new Error("it was not refused");
}
