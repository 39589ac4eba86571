import { beforeEach, describe, expect, it } from "vitest";
import type { Broker, CancelAnswer, SubmitAnswer } from "../brokers/broker.ts";
import { decimal, ZERO } from "../domain/decimal.ts";
import { AppError, type Refusal } from "../domain/errors.ts";
import type { Instrument } from "../domain/instrument.ts";
import type { Order } from "../domain/order.ts";
import type { Quote } from "../domain/quote.ts";
import { FORD as F, fordQuote } from "../domain/testing/ford.ts";
import type { OrderRequest } from "./deps.ts";
import type { CancelRequest, Funds, OrderDraft, OrderRepository, PlaceResult } from "./ports.ts";
import { createOrderService } from "./service.ts";

const NOW = new Date("2026-01-05T15:00:00Z");
const NEXT_OPEN = new Date("2026-01-06T14:30:00Z");
const QUOTE = fordQuote(NOW.getTime());
const LIMIT_BUY: OrderRequest = {
  symbol: "F",
  assetType: null,
  side: "buy",
  type: "limit",
  quantity: decimal("10"),
  notional: null,
  limitPrice: decimal("10.25"),
  stopPrice: null,
  timeInForce: null,
  clientOrderId: null,
};
const MARKET_BUY: OrderRequest = { ...LIMIT_BUY, type: "market", limitPrice: null };
const STOP_BUY: OrderRequest = {
  ...LIMIT_BUY,
  type: "stop",
  limitPrice: null,
  stopPrice: decimal("11"),
};
const ACCEPTED: SubmitAnswer = { kind: "accepted", brokerOrderId: "b-1", event: "new", at: NOW };
const PRINCIPAL = {
  userId: "u-1",
  sessionId: "s-1",
  apiKeyId: null,
  scopes: ["read", "trade"] as const,
  expiresAt: null,
};

interface World {
  instrument: Instrument | undefined;
  quote: Quote | undefined;
  isOpen: boolean;
  configured: boolean;
  halted: boolean;
  submit: SubmitAnswer;
  cancel: CancelAnswer | Promise<CancelAnswer>;
  open: Order[];
  sleep: Promise<void>;
  placing: (draft: OrderDraft) => PlaceResult;
  used: PlaceResult;
  canceling: () => CancelRequest;
  found: Order | undefined;
  holdings: string[];
  funds: Funds | undefined;
  cannotReplace: string | undefined;
  unsupported: Broker["unsupported"];
}

let world: World;
const NEVER = new Promise<never>(() => undefined);
const seen = {
  submitted: [] as unknown[],
  canceled: [] as string[],
  recorded: [] as unknown[],
  announced: [] as Order[],
  listed: [] as unknown[],
  logged: [] as string[],
};

beforeEach(() => {
  for (const list of Object.values(seen)) list.length = 0;
  world = {
    instrument: F,
    quote: QUOTE,
    isOpen: true,
    configured: true,
    halted: false,
    submit: ACCEPTED,
    cancel: { kind: "requested" },
    open: [],
    sleep: NEVER,
    placing: (draft) => ({ kind: "placed", order: orderOf(draft) }),
    canceling: () => ({ kind: "not_found" }),
    used: { kind: "unused" },
    found: undefined,
    holdings: [],
    funds: undefined,
    cannotReplace: undefined,
    unsupported: () => null,
  };
});

function orderOf(draft: OrderDraft): Order {
  return {
    ...draft.terms,
    id: draft.id,
    userId: draft.principal.userId,
    clientOrderId: draft.clientOrderId,
    filledQuantity: ZERO,
    filledAvgPrice: null,
    status: "pending_new",
    rejectionReason: null,
    cancelReason: null,
    reservedAmount: draft.reservation.amount,
    reservedQuantity: draft.reservation.quantity,
    fees: ZERO,
    broker: draft.venue,
    brokerOrderId: null,
    sentAs: draft.reservation.sentAs,
    replaces: null,
    replacedBy: null,
    version: 1,
    createdAt: NOW,
    submittedAt: null,
    triggeredAt: null,
    filledAt: null,
    cancelledAt: null,
    expiredAt: null,
    updatedAt: NOW,
  };
}

function service() {
  const unexpected = () => Promise.reject(new Error("not asked for in these tests"));
  const orders: OrderRepository = {
    place: async (draft) => world.placing(draft),
    findUsed: async () => world.used,
    async recordAnswer(order, answer) {
      seen.recorded.push(answer);
      return { ...order, status: answer.kind === "accepted" ? answer.event : "rejected" };
    },
    requestCancel: async () => world.canceling(),
    async recordCancel(order, answer) {
      seen.recorded.push(answer);
      return answer.kind === "refused" ? { ...order, status: "new" } : order;
    },
    requestReplace: unexpected,
    requestExpiry: unexpected,
    overdue: unexpected,
    recordReplace: unexpected,
    funds: async () => world.funds,
    apply: unexpected,
    find: async () => world.found,
    findByClientOrderId: async () => undefined,
    async list(_userId, filter) {
      seen.listed.push(filter);
      return world.open;
    },
    events: async () => [],
    openAt: unexpected,
    atVenue: unexpected,
    auditStrangers: unexpected,
  };
  return createOrderService({
    orders,
    market: {
      instrument: async () => world.instrument,
      quote: async () => world.quote,
      session: async () => ({
        isOpen: world.isOpen,
        nextOpen: world.isOpen ? null : NEXT_OPEN,
      }),
      halted: async () => new Set(),
    },
    broker: () =>
      world.configured
        ? {
            venue: "alpaca",
            async submit(order) {
              seen.submitted.push(order);
              return world.submit;
            },
            async cancel({ id }) {
              seen.canceled.push(id);
              return world.cancel;
            },
            lookUp: unexpected,
            replace: unexpected,
            ...(world.cannotReplace === undefined ? {} : { cannotReplace: world.cannotReplace }),
            unsupported: (order) => world.unsupported?.(order) ?? null,
            openOrders: unexpected,
            costs: { perMinute: 200, order: 1, lookUp: 2, openOrders: 1 },
            updates: {
              url: "ws://venue",
              greet: async () => [],
              receive: () => ({ events: [], replies: [], ready: false, fault: null }),
            },
          }
        : undefined,
    feeRate: () => ZERO,
    universeMaxPrice: decimal("100"),
    tradingHalted: world.halted,
    holdings: async () => world.holdings,
    showEvent: (data) => data,
    log: { error: (event) => seen.logged.push(event) },
    announce: (order) => seen.announced.push(order),
    now: () => NOW,
    newId: () => "o-1",
    sleep: () => world.sleep,
  });
}

const place = (request: OrderRequest) => service().place(PRINCIPAL, request);

async function refusal(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.refusal;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("placing an order", () => {
  it("sends it once and records the answer", async () => {
    const { order, replayed } = await place(LIMIT_BUY);
    expect(order).toMatchObject({ id: "o-1", status: "new", timeInForce: "day" });
    expect(replayed).toBe(false);
    expect(seen.submitted).toMatchObject([{ id: "o-1", type: "limit", limitPrice: "10.25" }]);
    expect(seen.announced).toHaveLength(1);
  });

  it("sends a market buy as a limit at its collar, and holds that much", async () => {
    const { order } = await place(MARKET_BUY);
    expect(order.reservedAmount).toBe("104");
    expect(seen.submitted).toMatchObject([
      { type: "limit", limitPrice: "10.4", timeInForce: "ioc", quantity: "10" },
    ]);
  });

  it("leaves an order pending whose answer is unknown, and sends it no second time", async () => {
    world.submit = { kind: "unknown", cause: "timeout" };
    const { order } = await place(LIMIT_BUY);
    expect(order.status).toBe("pending_new");
    expect(seen.submitted).toHaveLength(1);
    expect(seen.recorded).toEqual([]);
    expect(seen.announced).toHaveLength(1);
  });

  it("answers with an order that the broker rejects", async () => {
    world.submit = { kind: "rejected", reason: "venue_wash_trade", message: "wash trade" };
    expect((await place(LIMIT_BUY)).order.status).toBe("rejected");
  });

  it("says busy when the broker took nothing", async () => {
    world.submit = { kind: "rejected", reason: "broker_busy", message: "429" };
    expect(await refusal(place(LIMIT_BUY))).toEqual({ code: "broker_busy", orderId: "o-1" });
    expect(seen.recorded).toHaveLength(1);
  });

  it("replays without asking the broker", async () => {
    world.placing = (draft) => ({ kind: "replayed", order: orderOf(draft), refusal: undefined });
    expect((await place(LIMIT_BUY)).replayed).toBe(true);
    expect(seen.submitted).toEqual([]);
  });

  it("tells of a refusal that is kept, which is no order to send", async () => {
    const refused: Refusal = { code: "account_restricted", orderId: "o-1" };
    world.placing = (draft) => ({ kind: "denied", order: orderOf(draft), refusal: refused });
    expect(await refusal(place(LIMIT_BUY))).toEqual(refused);
    expect([seen.submitted.length, seen.announced.length]).toEqual([0, 1]);
  });

  it("refuses a key that was used for something else", async () => {
    world.placing = (draft) => ({ kind: "conflict", order: { ...orderOf(draft), id: "o-0" } });
    expect(await refusal(place({ ...LIMIT_BUY, clientOrderId: "c-1" }))).toEqual({
      code: "idempotency_conflict",
      orderId: "o-0",
    });
    expect([seen.submitted.length, seen.announced.length]).toEqual([0, 0]);
  });

  it("sends a notional order by its value, and a stop with its price", async () => {
    await place({ ...MARKET_BUY, quantity: null, notional: decimal("25.999") });
    await place(STOP_BUY);
    expect(seen.submitted).toMatchObject([
      { type: "market", quantity: null, notional: "25.99", limitPrice: null, timeInForce: "day" },
      { type: "stop", quantity: "10", notional: null, limitPrice: null, stopPrice: "11" },
    ]);
  });

  it("replays a kept refusal as the same refusal", async () => {
    const kept: Refusal = {
      code: "insufficient_buying_power",
      required: decimal("102.5"),
      available: ZERO,
      orderId: "o-0",
    };
    world.placing = (draft) => ({ kind: "replayed", order: orderOf(draft), refusal: kept });
    expect(await refusal(place(LIMIT_BUY))).toEqual(kept);
  });

  it.each([
    ["unauthenticated", { kind: "unauthenticated" }],
    ["account_inactive", { kind: "account_inactive", accountStatus: "suspended" }],
  ] as const)("refuses with %s what the database refuses so", async (code, result) => {
    world.placing = () => result;
    expect((await refusal(place(LIMIT_BUY))).code).toBe(code);
    expect(seen.submitted).toEqual([]);
  });

  it("keeps a price above the universe's cap as a refusal, but lets a sale pass", async () => {
    let denial: OrderDraft["denial"] = null;
    world.placing = (draft) => {
      denial = draft.denial;
      return { kind: "placed", order: orderOf(draft) };
    };
    await place({ ...LIMIT_BUY, limitPrice: decimal("100.01") });
    expect(denial).toEqual({ code: "price_outside_universe", price: "100.01", cap: "100" });
    await place({ ...LIMIT_BUY, side: "sell", limitPrice: decimal("100.01") });
    expect(denial).toBeNull();
  });

  it("keeps buys of what can't be traded and orders below one dollar as refusals", async () => {
    const denials: OrderDraft["denial"][] = [];
    world.placing = (draft) => {
      denials.push(draft.denial);
      return { kind: "placed", order: orderOf(draft) };
    };
    await place({ ...LIMIT_BUY, quantity: decimal("0.09") });
    world.instrument = { ...F, tradable: false };
    await place(LIMIT_BUY);
    expect(denials).toEqual([
      { code: "notional_below_minimum", value: "0.9225", minimum: "1" },
      { code: "asset_not_tradable", symbol: "F" },
    ]);
  });

  const stale = { ...QUOTE, confirmedAtMs: NOW.getTime() - 15_001 };
  const crossed = { ...QUOTE, askPrice: decimal("9.98") };
  const aged = { symbol: "F", ageMs: 15_001 };
  it.each<[Refusal["code"], OrderRequest, Partial<World>, object]>([
    ["symbol_not_found", LIMIT_BUY, { instrument: undefined }, { symbol: "F" }],
    ["broker_not_configured", LIMIT_BUY, { configured: false }, { venue: "alpaca" }],
    ["trading_suspended", LIMIT_BUY, { halted: true }, {}],
    ["quote_stale", MARKET_BUY, { quote: stale }, aged],
    ["quote_stale", { ...MARKET_BUY, side: "sell" }, { quote: stale }, aged],
    ["quote_stale", MARKET_BUY, { quote: crossed }, { symbol: "F", ageMs: 0 }],
    ["quote_unavailable", MARKET_BUY, { quote: undefined }, { symbol: "F" }],
    [
      "price_increment_invalid",
      { ...LIMIT_BUY, limitPrice: decimal("10.251") },
      {},
      { path: "limit_price", increment: "0.01" },
    ],
    [
      "market_closed",
      { ...LIMIT_BUY, timeInForce: "ioc" },
      { isOpen: false },
      { nextOpen: NEXT_OPEN },
    ],
    [
      "time_in_force_unsupported",
      { ...LIMIT_BUY, quantity: decimal("0.5"), timeInForce: "gtc" },
      {},
      {},
    ],
    ["time_in_force_unsupported", { ...STOP_BUY, timeInForce: "ioc" }, {}, {}],
    ["quote_stale", STOP_BUY, { quote: stale }, aged],
    [
      "quantity_increment_invalid",
      { ...LIMIT_BUY, quantity: decimal("0.5") },
      { instrument: { ...F, fractionable: false } },
      { path: "quantity", increment: "1", minimum: null },
    ],
    ["validation_error", { ...LIMIT_BUY, assetType: "crypto" }, {}, {}],
    [
      "order_type_unsupported",
      STOP_BUY,
      {
        unsupported: ({ type }) => (type === "stop" ? { term: "type", message: "no stops" } : null),
      },
      { message: "no stops" },
    ],
    [
      "time_in_force_unsupported",
      MARKET_BUY,
      {
        // What goes out is what counts: a collared buy is immediate.
        unsupported: ({ type, timeInForce }) =>
          type === "limit" && timeInForce === "ioc"
            ? { term: "time_in_force", message: "no ioc" }
            : null,
      },
      { message: "no ioc" },
    ],
  ])("refuses with %s, and nothing is written", async (code, request, change, facts) => {
    Object.assign(world, change);
    world.placing = () => {
      throw new Error("it was written");
    };
    expect(await refusal(place(request))).toMatchObject({ code, ...facts });
  });

  it("holds a stop buy at its collar, and keeps one that the market has met as a refusal", async () => {
    const drafts: OrderDraft[] = [];
    world.placing = (draft) => {
      drafts.push(draft);
      return { kind: "placed", order: orderOf(draft) };
    };
    await place(STOP_BUY);
    await place({ ...STOP_BUY, stopPrice: decimal("10") });
    await place({ ...STOP_BUY, side: "sell", stopPrice: decimal("9.99") });
    expect(drafts.map(({ reservation, denial }) => [reservation.amount, denial])).toEqual([
      ["114.4", null],
      ["104", { code: "stop_price_in_market", stop_price: "10", market_price: "10" }],
      ["0", { code: "stop_price_in_market", stop_price: "9.99", market_price: "9.99" }],
    ]);
  });

  it("answers a repeated request with its order, also when the market would refuse it now", async () => {
    const earlier = orderOf({
      id: "o-0",
      principal: PRINCIPAL,
      clientOrderId: "c-1",
      terms: { ...MARKET_BUY, assetType: "stock", timeInForce: "day" },
      venue: "alpaca",
      feeRate: ZERO,
      reservation: { amount: ZERO, quantity: ZERO, price: null, sentAs: null },
      denial: null,
    });
    world.quote = stale;
    const again = { ...MARKET_BUY, clientOrderId: "c-1" };
    expect((await refusal(place(again))).code).toBe("quote_stale");
    world.used = { kind: "replayed", order: earlier, refusal: undefined };
    expect(await place(again)).toMatchObject({ order: { id: "o-0" }, replayed: true });
    world.used = { kind: "conflict", order: earlier };
    expect((await refusal(place(again))).code).toBe("idempotency_conflict");
  });

  it("takes a limit order whatever the age of the quote", async () => {
    world.quote = stale;
    expect((await place(LIMIT_BUY)).order.status).toBe("new");
  });

  it("measures a market buy in a closed market by the last trade, for the next open", async () => {
    world.isOpen = false;
    world.quote = { ...stale, price: decimal("20") };
    await place(MARKET_BUY);
    expect(seen.submitted).toMatchObject([{ limitPrice: "20.8", timeInForce: "day" }]);
  });
});

const stored = (status: Order["status"]): Order => ({
  ...orderOf({
    id: "o-1",
    principal: PRINCIPAL,
    clientOrderId: null,
    terms: { ...LIMIT_BUY, assetType: "stock", timeInForce: "day" },
    venue: "alpaca",
    feeRate: ZERO,
    reservation: { amount: ZERO, quantity: ZERO, price: null, sentAs: null },
    denial: null,
  }),
  status,
});

describe("replacing an order", () => {
  const nothing = { quantity: null, stopPrice: null, timeInForce: null, clientOrderId: null };
  const asked = () =>
    refusal(service().replace(PRINCIPAL, "o-1", { ...nothing, limitPrice: decimal("10") }));
  const notReplaceable = { code: "order_not_replaceable", orderId: "o-1", status: "new" };

  it("is refused where its symbol is traded elsewhere now", async () => {
    world.found = { ...stored("new"), broker: "binance" };
    expect(await asked()).toEqual({ ...notReplaceable, message: "F is traded at alpaca now" });
  });

  it("is refused in the venue's words where it has none, before anything is written", async () => {
    world.found = stored("new");
    world.cannotReplace = "cancel it and place a new one";
    expect(await asked()).toEqual({ ...notReplaceable, message: world.cannotReplace });
  });
});

describe("canceling an order", () => {
  const cancel = () => service().cancel(PRINCIPAL, "o-1");

  it("leaves it pending until the venue has confirmed", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    expect((await cancel()).status).toBe("pending_cancel");
    expect(seen.recorded).toEqual([{ kind: "requested" }]);
  });

  it("answers a repetition with the canceled order, without asking the venue", async () => {
    world.canceling = () => ({ kind: "canceled", order: stored("canceled") });
    world.configured = false;
    expect((await cancel()).status).toBe("canceled");
  });

  it("says so when the venue refuses, and restores the order", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = { kind: "not_cancelable", message: "filled" };
    expect(await refusal(cancel())).toEqual({
      code: "order_not_cancelable",
      orderId: "o-1",
      status: "new",
    });
  });

  it.each([
    ["order_not_found", { kind: "not_found" }],
    ["unauthenticated", { kind: "unauthenticated" }],
    ["order_not_cancelable", { kind: "not_cancelable", order: stored("filled") }],
  ] as const)("refuses with %s what the database refuses so", async (code, result) => {
    world.canceling = () => result;
    expect((await refusal(cancel())).code).toBe(code);
  });

  it("does not take a venue that knows no such order for an end: the submit may be on its way", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = { kind: "not_found" };
    expect((await cancel()).status).toBe("pending_cancel");
    expect(seen.recorded).toEqual([{ kind: "requested" }]);
  });

  it("waits no longer than its time for a silent venue: the wish stands", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = NEVER;
    world.sleep = Promise.resolve();
    expect((await cancel()).status).toBe("pending_cancel");
    expect(seen.recorded).toEqual([{ kind: "requested" }]);
  });

  it("asks for the ends of a hundred orders at most, oldest first, and says that there are more", async () => {
    world.canceling = () => ({ kind: "canceled", order: stored("canceled") });
    world.open = Array.from({ length: 101 }, (_, i) => ({ ...stored("new"), id: `o-${i}` }));
    const { results, more } = await service().cancelMany(PRINCIPAL, { symbol: "F", side: "sell" });
    expect(results.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => `o-${i}`));
    expect(more).toBe(true);
    expect(seen.listed).toEqual([
      {
        symbol: "F",
        side: "sell",
        statuses: ["pending_new", "accepted", "new", "partially_filled"],
        direction: "asc",
        limit: 101,
      },
    ]);
  });

  it("says of each order what became of it, also where one fails", async () => {
    world.open = [stored("new"), { ...stored("new"), id: "o-2" }];
    expect((await service().cancelMany(PRINCIPAL, {})).results).toEqual([
      { id: "o-1", refusal: { code: "order_not_found" } },
      { id: "o-2", refusal: { code: "order_not_found" } },
    ]);
    world.canceling = () => {
      throw new Error("the database is gone");
    };
    expect((await service().cancelMany(PRINCIPAL, {})).results).toEqual([
      { id: "o-1", refusal: { code: "internal" } },
      { id: "o-2", refusal: { code: "internal" } },
    ]);
    expect(seen.logged).toEqual(["cancel_failed", "cancel_failed"]);
  });

  it("ends as a whole where the session has", async () => {
    world.open = [stored("new")];
    world.canceling = () => ({ kind: "unauthenticated" });
    expect(await refusal(service().cancelMany(PRINCIPAL, {}))).toEqual({ code: "unauthenticated" });
  });

  it("waits once for all orders that a request ends", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.open = Array.from({ length: 100 }, (_, i) => ({ ...stored("new"), id: `o-${i}` }));
    world.cancel = NEVER;
    world.sleep = Promise.resolve();
    const { results, more } = await service().cancelMany(PRINCIPAL, {});
    expect(results.map((result) => "order" in result && result.order.status)).toEqual(
      Array.from({ length: 100 }, () => "pending_cancel"),
    );
    expect(more).toBe(false);
    expect(seen.canceled.length).toBeLessThan(10);
    expect(seen.recorded).toHaveLength(seen.canceled.length);
    expect(seen.announced).toHaveLength(100);
  });
});

describe("closing all positions", () => {
  it("waits once for the venues of all orders that hold them", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = NEVER;
    world.sleep = Promise.resolve();
    world.holdings = Array.from({ length: 50 }, (_, i) => `S${i}`);
    world.funds = {
      freeCash: ZERO,
      quantity: decimal("2"),
      freeQuantity: ZERO,
      heldBy: ["o-1", "o-2"],
      accountStatus: "active",
      suspendTrade: false,
      closingOnly: false,
    };
    const all = { cancelOrders: true, clientOrderId: null };
    const { results } = await service().closeAll(PRINCIPAL, all);
    expect(results).toEqual(
      world.holdings.map((symbol) => ({ symbol, refusal: { code: "busy" } })),
    );
    expect(seen.canceled.length).toBeLessThan(20);
    expect(seen.announced).toHaveLength(100);
  });
});
