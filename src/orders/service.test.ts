import { beforeEach, describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import type { Refusal } from "../domain/errors.ts";
import { FORD as F, fordQuote } from "../domain/testing/ford.ts";
import type { OrderRequest } from "./deps.ts";
import type { OrderDraft } from "./ports.ts";
import {
  LIMIT_BUY,
  MARKET_BUY,
  NOW,
  orderOf,
  PRINCIPAL,
  STOP_BUY,
  stored,
} from "./testing/order-samples.ts";
import {
  createWorld,
  NEVER,
  NEXT_OPEN,
  refusalOf,
  serviceIn,
  type World,
} from "./testing/order-world.ts";

let world: World;
let seen: World["seen"];

beforeEach(() => {
  world = createWorld();
  seen = world.seen;
});

const service = () => serviceIn(world);
const place = (request: OrderRequest) => service().place(PRINCIPAL, request);

describe("placing an order", () => {
  it("sends it once and records the answer", async () => {
    const { order, replayed } = await place(LIMIT_BUY);
    expect(order).toMatchObject({ id: "o-1", status: "new", timeInForce: "day" });
    expect(replayed).toBe(false);
    expect(seen.submitted).toEqual([
      {
        id: "o-1",
        symbol: "F",
        side: "buy",
        type: "limit",
        quantity: "10",
        notional: null,
        limitPrice: "10.25",
        stopPrice: null,
        timeInForce: "day",
      },
    ]);
    expect(seen.recorded).toEqual([world.submit]);
    expect(seen.announced).toEqual([order]);
  });

  it("writes it before the venue hears of it, with what it holds and the fee that counts", async () => {
    world.feeRate = decimal("0.0025");
    world.placing = (draft) => {
      expect(seen.submitted).toEqual([]);
      return { kind: "placed", order: orderOf(draft) };
    };
    await place({ ...LIMIT_BUY, clientOrderId: "c-1" });
    expect(seen.placed).toEqual([
      {
        id: "o-1",
        principal: PRINCIPAL,
        clientOrderId: "c-1",
        terms: {
          symbol: "F",
          assetType: "stock",
          side: "buy",
          type: "limit",
          quantity: "10",
          notional: null,
          limitPrice: "10.25",
          stopPrice: null,
          timeInForce: "day",
        },
        venue: "alpaca",
        feeRate: "0.0025",
        reservation: { amount: "102.75625", quantity: "0", price: "10.25", sentAs: null },
        denial: null,
        closeShare: null,
      },
    ]);
    expect(seen.submitted).toHaveLength(1);
    expect(seen.market).toEqual(["session of stock"]);
  });

  it("lets a coin's order stand until it is canceled, where the client does not say", async () => {
    world.instrument = {
      ...F,
      assetType: "crypto",
      venue: "binance",
      priceIncrement: decimal("0.01"),
      quantityIncrement: decimal("1"),
    };
    const { order } = await place({ ...LIMIT_BUY, symbol: "DOGE/USD", assetType: "crypto" });
    expect(order).toMatchObject({ assetType: "crypto", broker: "binance", timeInForce: "gtc" });
    expect(seen.market).toEqual(["session of crypto"]);
  });

  it("takes no kind of asset that the symbol is not of", async () => {
    expect(await refusalOf(place({ ...LIMIT_BUY, assetType: "crypto" }))).toEqual({
      code: "validation_error",
      errors: [{ path: "asset_type", code: "mismatch", message: "F is a stock" }],
    });
    expect((await place({ ...LIMIT_BUY, assetType: "stock" })).order.status).toBe("new");
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
    const { order } = await place(LIMIT_BUY);
    expect(order.status).toBe("rejected");
    expect(seen.announced).toEqual([order]);
  });

  it("says busy when the broker took nothing", async () => {
    world.submit = { kind: "rejected", reason: "broker_busy", message: "429" };
    expect(await refusalOf(place(LIMIT_BUY))).toEqual({ code: "broker_busy", orderId: "o-1" });
    expect(seen.recorded).toHaveLength(1);
  });

  it("replays without asking the broker", async () => {
    world.placing = (draft) => ({ kind: "replayed", order: orderOf(draft), refusal: undefined });
    expect((await place(LIMIT_BUY)).replayed).toBe(true);
    expect([seen.submitted.length, seen.announced.length]).toEqual([0, 0]);
  });

  it("tells of a refusal that is kept, which is no order to send", async () => {
    const refused: Refusal = { code: "account_restricted", orderId: "o-1" };
    world.placing = (draft) => ({ kind: "denied", order: orderOf(draft), refusal: refused });
    expect(await refusalOf(place(LIMIT_BUY))).toEqual(refused);
    expect([seen.submitted.length, seen.announced.length]).toEqual([0, 1]);
  });

  it("refuses a key that was used for something else", async () => {
    world.placing = (draft) => ({ kind: "conflict", order: { ...orderOf(draft), id: "o-0" } });
    expect(await refusalOf(place({ ...LIMIT_BUY, clientOrderId: "c-1" }))).toEqual({
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
    expect(await refusalOf(place(LIMIT_BUY))).toEqual(kept);
  });

  it.each([
    ["unauthenticated", { kind: "unauthenticated" }],
    ["account_inactive", { kind: "account_inactive", accountStatus: "suspended" }],
  ] as const)("refuses with %s what the database refuses so", async (code, result) => {
    world.placing = () => result;
    const { kind, ...facts } = result;
    expect(await refusalOf(place(LIMIT_BUY))).toEqual({ code, ...facts });
    expect(seen.submitted).toEqual([]);
  });

  it("sends nothing where the database says neither yes nor no", async () => {
    world.placing = () => ({ kind: "unused" });
    await expect(place(LIMIT_BUY)).rejects.toThrow("an order was unused");
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

  const stale = { ...fordQuote(NOW.getTime()), confirmedAtMs: NOW.getTime() - 15_001 };
  const crossed = { ...fordQuote(NOW.getTime()), askPrice: decimal("9.98") };
  const aged = { symbol: "F", ageMs: 15_001 };
  it.each<[Refusal["code"], OrderRequest, Partial<World>, object]>([
    ["symbol_not_found", LIMIT_BUY, { instrument: undefined }, { symbol: "F" }],
    ["broker_not_configured", LIMIT_BUY, { configured: false }, { venue: "alpaca" }],
    ["trading_suspended", LIMIT_BUY, { haltedVenues: ["alpaca"] }, {}],
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
    expect(await refusalOf(place(request))).toMatchObject({ code, ...facts });
  });

  it("goes on at a venue beside one that is halted", async () => {
    world.haltedVenues = ["binance"];
    expect((await place(LIMIT_BUY)).order.symbol).toBe("F");
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
    expect((await refusalOf(place(MARKET_BUY))).code).toBe("quote_stale");
    expect(seen.keys).toEqual([]);
    expect((await refusalOf(place(again))).code).toBe("quote_stale");
    expect(seen.keys).toEqual([{ key: "c-1", quantity: "10", closeShare: null }]);
    world.used = { kind: "replayed", order: earlier, refusal: undefined };
    expect(await place(again)).toMatchObject({ order: { id: "o-0" }, replayed: true });
    world.used = { kind: "conflict", order: earlier };
    expect((await refusalOf(place(again))).code).toBe("idempotency_conflict");
    expect([seen.placed, seen.submitted]).toEqual([[], []]);
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

describe("canceling an order", () => {
  const cancel = () => service().cancel(PRINCIPAL, "o-1");

  it("leaves it pending until the venue has confirmed", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    expect((await cancel()).status).toBe("pending_cancel");
    expect(seen.canceled).toEqual(["o-1"]);
    expect(seen.recorded).toEqual([{ kind: "requested" }]);
    expect(seen.announced).toEqual([stored("pending_cancel")]);
  });

  it("answers a repetition with the canceled order, without asking the venue", async () => {
    world.canceling = () => ({ kind: "canceled", order: stored("canceled") });
    world.configured = false;
    expect((await cancel()).status).toBe("canceled");
    expect([seen.recorded, seen.announced]).toEqual([[], []]);
  });

  it("says so when the venue refuses, and restores the order", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = { kind: "not_cancelable", message: "filled" };
    expect(await refusalOf(cancel())).toEqual({
      code: "order_not_cancelable",
      orderId: "o-1",
      status: "new",
    });
    expect(seen.recorded).toEqual([{ kind: "refused", message: "filled" }]);
    expect(seen.announced).toEqual([stored("new")]);
  });

  it("takes what was canceled meanwhile for what was asked, whatever the venue answers", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = { kind: "not_cancelable", message: "canceled" };
    world.afterRefusal = () => stored("canceled");
    expect((await cancel()).status).toBe("canceled");
  });

  it.each([
    ["order_not_found", { kind: "not_found" }],
    ["unauthenticated", { kind: "unauthenticated" }],
    ["order_not_cancelable", { kind: "not_cancelable", order: stored("filled") }],
  ] as const)("refuses with %s what the database refuses so", async (code, result) => {
    world.canceling = () => result;
    expect((await refusalOf(cancel())).code).toBe(code);
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
    world.sleep = async () => undefined;
    expect((await cancel()).status).toBe("pending_cancel");
    expect(seen.sleptMs).toEqual([8_000]);
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
    const error = new Error("the database is gone");
    expect(seen.logged).toEqual([
      { event: "cancel_failed", order_id: "o-1", error },
      { event: "cancel_failed", order_id: "o-2", error },
    ]);
  });

  it("ends as a whole where the session has", async () => {
    world.open = [stored("new")];
    world.canceling = () => ({ kind: "unauthenticated" });
    expect(await refusalOf(service().cancelMany(PRINCIPAL, {}))).toEqual({
      code: "unauthenticated",
    });
  });

  it("waits once for all orders that a request ends", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.open = Array.from({ length: 100 }, (_, i) => ({ ...stored("new"), id: `o-${i}` }));
    world.cancel = NEVER;
    world.sleep = async () => undefined;
    const { results, more } = await service().cancelMany(PRINCIPAL, {});
    expect(results.map((result) => "order" in result && result.order.status)).toEqual(
      Array.from({ length: 100 }, () => "pending_cancel"),
    );
    expect(more).toBe(false);
    expect(seen.canceled.length).toBeLessThan(10);
    expect(seen.sleptMs).toEqual([8_000]);
    expect(seen.recorded).toHaveLength(seen.canceled.length);
    expect(seen.announced).toHaveLength(100);
  });
});

it("ends no order where none is overdue", async () => {
  expect(await service().expire()).toBe(0);
});

describe("reading orders", () => {
  const DOGE = { symbol: "DOGE/USD", assetType: "crypto" } as const;

  it("finds one by either of its ids, or says that there is none", async () => {
    const missing = { code: "order_not_found" };
    expect(await refusalOf(service().get("u-1", "o-1"))).toEqual(missing);
    expect(await refusalOf(service().getByClientOrderId("u-1", "c-1"))).toEqual(missing);
    expect(await refusalOf(service().events("u-1", "o-1"))).toEqual(missing);
    world.found = stored("new");
    expect(await service().get("u-1", "o-1")).toBe(world.found);
    expect(await service().getByClientOrderId("u-1", "c-1")).toBe(world.found);
  });

  it("lists what is asked for", async () => {
    world.open = [stored("new")];
    const filter = { direction: "desc", limit: 50 } as const;
    expect(await service().list("u-1", filter)).toBe(world.open);
    expect(seen.listed).toEqual([filter]);
  });

  it("tells the life of one, the rows of its journal as the API shows them", async () => {
    const event = { seq: 3, event: "new", status: "new", at: NOW } as const;
    world.events = [{ ...event, data: { status: "new" } }];
    expect(await service().events("u-1", "o-1")).toEqual([
      { ...event, data: { shown: { status: "new" } } },
    ]);
  });

  it("looks for halts around orders that are read, not around one that has just been written", async () => {
    world.haltedSymbols = new Set(["F"]);
    const orders = [stored("new"), stored("new", DOGE)];
    expect(await service().surroundings(orders)).toEqual({
      stocksOpen: true,
      halted: new Set(["F"]),
    });
    expect(await service().sessionAround(stored("new"))).toEqual({
      stocksOpen: true,
      halted: new Set(),
    });
    expect(seen.market).toEqual(["session of stock", "halts of F", "session of stock"]);
  });
});
