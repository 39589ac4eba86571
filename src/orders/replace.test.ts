import { beforeEach, describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import type { Order } from "../domain/order.ts";
import type { ReplaceRequestResult } from "./ports.ts";
import type { ReplaceRequest } from "./replace.ts";
import { PRINCIPAL, stored } from "./testing/order-samples.ts";
import { createWorld, refusalOf, serviceIn, type World } from "./testing/order-world.ts";

const NOTHING: ReplaceRequest = {
  quantity: null,
  limitPrice: null,
  stopPrice: null,
  timeInForce: null,
  clientOrderId: null,
};
const CHEAPER = { limitPrice: decimal("10") };
const PART = stored("partially_filled", { filledQuantity: decimal("4") });
const STOP = stored("new", { type: "stop", limitPrice: null, stopPrice: decimal("11") });
const STOP_LIMIT: Order = { ...STOP, type: "stop_limit", limitPrice: decimal("12") };

let world: World;
let seen: World["seen"];

beforeEach(() => {
  world = createWorld();
  world.found = PART;
  seen = world.seen;
});

const replace = (change: Partial<ReplaceRequest> = CHEAPER) =>
  serviceIn(world).replace(PRINCIPAL, "o-1", { ...NOTHING, ...change });

describe("replacing an order", () => {
  it("asks the venue for the rest under a new id, once the change is written", async () => {
    const replacement = await replace({ ...CHEAPER, clientOrderId: "c-2" });
    expect(replacement).toMatchObject({ id: "o-2", status: "new", replaces: "o-1" });
    expect(seen.replacements).toEqual([
      {
        id: "o-2",
        old: PART,
        clientOrderId: "c-2",
        terms: {
          symbol: "F",
          assetType: "stock",
          side: "buy",
          type: "limit",
          quantity: "10",
          notional: null,
          limitPrice: "10",
          stopPrice: null,
          timeInForce: "day",
        },
        // Of the whole, as if it were placed now: what the old one holds already moves with it.
        reservation: { amount: "100", quantity: "0", price: "10", sentAs: null },
      },
    ]);
    expect(seen.replaced).toEqual([
      {
        old: "o-1",
        replacement: {
          id: "o-2",
          symbol: "F",
          side: "buy",
          type: "limit",
          quantity: "6",
          notional: null,
          limitPrice: "10",
          stopPrice: null,
          timeInForce: "day",
          filledBefore: "4",
        },
      },
    ]);
    expect(seen.recorded).toEqual([world.replace]);
    expect(seen.announced.map(({ id, status }) => [id, status])).toEqual([
      ["o-1", "replaced"],
      ["o-2", "new"],
    ]);
    expect(seen.canceled).toEqual([]);
  });

  it.each<[string, Order, Partial<ReplaceRequest>, object]>([
    [
      "nothing but its quantity",
      PART,
      { quantity: decimal("12") },
      { quantity: "12", limitPrice: "10.25" },
    ],
    ["its time in force", PART, { timeInForce: "gtc" }, { timeInForce: "gtc", quantity: "10" }],
    ["a stop's price", STOP, { stopPrice: decimal("11.5") }, { stopPrice: "11.5", type: "stop" }],
    [
      "both prices of a stop limit",
      STOP_LIMIT,
      { stopPrice: decimal("11.5"), limitPrice: decimal("13") },
      { stopPrice: "11.5", limitPrice: "13" },
    ],
    [
      "one price of a stop limit",
      STOP_LIMIT,
      { limitPrice: decimal("13") },
      { stopPrice: "11", limitPrice: "13" },
    ],
  ])("changes %s, and leaves the rest as it is", async (_what, old, change, terms) => {
    world.found = old;
    await replace(change);
    expect(seen.replacements).toMatchObject([{ terms }]);
  });
});

describe("a replacement that is refused, with nothing written", () => {
  const notReplaceable = (message: string) => ({
    code: "order_not_replaceable",
    orderId: "o-1",
    status: "new",
    message,
  });
  const invalid = (path: string, code: string, message: string) => ({
    code: "validation_error",
    errors: [{ path, code, message }],
  });
  const suspended = { code: "trading_suspended" };
  const atMarket = notReplaceable("market and notional orders can't be changed");
  const filled = invalid("quantity", "too_small", "must be above the 4 that has filled");

  it.each<[string, Partial<World>, Partial<ReplaceRequest>, object]>([
    ["where its venue is halted", { haltedVenues: ["alpaca"] }, CHEAPER, suspended],
    ["of no order", { found: undefined }, CHEAPER, { code: "order_not_found" }],
    [
      "of a market order",
      { found: stored("new", { type: "market", limitPrice: null }) },
      CHEAPER,
      atMarket,
    ],
    [
      "of a notional order",
      { found: stored("new", { quantity: null, notional: decimal("25") }) },
      CHEAPER,
      atMarket,
    ],
    ["to what has filled already", {}, { quantity: decimal("4") }, filled],
    ["to less than what has filled", {}, { quantity: decimal("3.9") }, filled],
    [
      "with a limit for a stop",
      { found: STOP },
      CHEAPER,
      invalid("limit_price", "unexpected", "has no meaning for a stop order"),
    ],
    [
      "with a stop for a limit",
      {},
      { stopPrice: decimal("11") },
      invalid("stop_price", "unexpected", "has no meaning for a limit order"),
    ],
    [
      "where its symbol is traded elsewhere now",
      { found: stored("new", { broker: "binance" }) },
      CHEAPER,
      notReplaceable("F is traded at alpaca now"),
    ],
    [
      "in the venue's words where it has none",
      { found: stored("new"), cannotReplace: "cancel it and place a new one" },
      CHEAPER,
      notReplaceable("cancel it and place a new one"),
    ],
    [
      "of what nobody trades any more",
      { instrument: undefined },
      CHEAPER,
      { code: "symbol_not_found", symbol: "F" },
    ],
    [
      "at a venue that is not configured",
      { configured: false },
      CHEAPER,
      { code: "broker_not_configured", venue: "alpaca" },
    ],
    [
      "by the rules of any order",
      {},
      { limitPrice: decimal("10.255") },
      { code: "price_increment_invalid", path: "limit_price", increment: "0.01" },
    ],
    [
      "by a rule whose refusal would be kept with a new order",
      {},
      { limitPrice: decimal("100.01") },
      { code: "price_outside_universe", price: "100.01", cap: "100" },
    ],
  ])("%s", async (_why, change, request, refusal) => {
    Object.assign(world, change);
    expect(await refusalOf(replace(request))).toEqual(refusal);
    expect([seen.replacements, seen.replaced, seen.announced]).toEqual([[], [], []]);
  });
});

describe("what the database says to a replacement", () => {
  const pair = { order: PART, replacement: stored("new", { id: "o-9" }) };

  it.each<[string, ReplaceRequestResult, object]>([
    [
      "the account is inactive",
      { kind: "account_inactive", accountStatus: "suspended" },
      { code: "account_inactive", accountStatus: "suspended" },
    ],
    ["the session has ended", { kind: "unauthenticated" }, { code: "unauthenticated" }],
    ["the order is gone", { kind: "not_found" }, { code: "order_not_found" }],
    [
      "the order has ended",
      { kind: "not_replaceable", order: stored("filled") },
      { code: "order_not_replaceable", orderId: "o-1", status: "filled", message: null },
    ],
    [
      "the key was used for something else",
      { ...pair, kind: "conflict" },
      { code: "idempotency_conflict", orderId: "o-9" },
    ],
    [
      "there is no money for it",
      { kind: "denied", refusal: { code: "account_restricted" } },
      { code: "account_restricted" },
    ],
  ])("is passed on: %s", async (_what, result, refusal) => {
    world.replacing = () => result;
    expect(await refusalOf(replace())).toEqual(refusal);
    expect(seen.replaced).toEqual([]);
  });

  it("is the same order again for a request that is repeated, which the venue hears of once", async () => {
    world.replacing = () => ({ ...pair, kind: "replayed" });
    expect(await replace()).toBe(pair.replacement);
    expect([seen.replaced, seen.announced]).toEqual([[], []]);
  });

  it("may be that the order has filled on: then its rest is computed anew", async () => {
    const { replacing } = world;
    world.replacing = () => {
      world.found = { ...PART, filledQuantity: decimal("7") };
      world.replacing = replacing;
      return { kind: "stale" };
    };
    expect((await replace()).status).toBe("new");
    expect(seen.replacements.map(({ old }) => old.filledQuantity)).toEqual(["4", "7"]);
    expect(seen.replaced).toMatchObject([{ replacement: { quantity: "3", filledBefore: "7" } }]);
  });

  it("is busy where it goes on filling: three times are tried", async () => {
    world.replacing = () => ({ kind: "stale" });
    expect(await refusalOf(replace())).toEqual({ code: "busy" });
    expect(seen.replacements).toHaveLength(3);
    expect(seen.replaced).toEqual([]);
  });
});

describe("what the venue says to a replacement", () => {
  it("may be nothing: both stay pending, and nothing is sent a second time", async () => {
    world.replace = { kind: "unknown", cause: "timeout" };
    expect((await replace()).status).toBe("pending_new");
    expect(seen.recorded).toEqual([]);
    expect(seen.replaced).toHaveLength(1);
    expect(seen.announced.map(({ id, status }) => [id, status])).toEqual([
      ["o-1", "pending_replace"],
      ["o-2", "pending_new"],
    ]);
  });

  it("may be no: the new one is rejected, and the old one stands", async () => {
    world.replace = { kind: "rejected", reason: "venue_rejected", message: "too late" };
    world.pairAfter = ({ order, replacement }) => ({
      order: { ...order, status: "partially_filled" },
      replacement: { ...replacement, status: "rejected" },
    });
    expect((await replace()).status).toBe("rejected");
    expect(seen.recorded).toEqual([world.replace]);
    expect(seen.announced.map(({ status }) => status)).toEqual(["partially_filled", "rejected"]);
  });

  it("may be that the old one is gone and the new one refused, which names both", async () => {
    world.replace = { kind: "incomplete", oldFilled: ZERO, message: "no funds" };
    expect(await refusalOf(replace())).toEqual({
      code: "replace_incomplete",
      orderId: "o-1",
      replacementId: "o-2",
      message: "no funds",
    });
    expect(seen.recorded).toEqual([world.replace]);
    expect(seen.announced).toHaveLength(2);
  });

  it.each([
    ["pending_cancel", "replace_overtaken", ["o-2"]],
    ["pending_cancel", "client", []],
    ["canceled", "replace_overtaken", []],
  ] as const)("has it end a new one that is %s, %s: %j", async (status, cancelReason, canceled) => {
    world.pairAfter = ({ order, replacement }) => ({
      order: { ...order, status: "replaced" },
      replacement: { ...replacement, status, cancelReason },
    });
    expect((await replace()).status).toBe(status);
    expect(seen.canceled).toEqual(canceled);
  });
});
