import { beforeEach, describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import type { Instrument } from "../domain/instrument.ts";
import { FORD as F } from "../domain/testing/ford.ts";
import type { CloseRequest } from "./close.ts";
import type { Funds } from "./ports.ts";
import { FUNDS, PRINCIPAL, stored } from "./testing/order-samples.ts";
import { createWorld, NEVER, refusalOf, serviceIn, type World } from "./testing/order-world.ts";

const ALL: CloseRequest = {
  symbol: "F",
  quantity: null,
  share: null,
  cancelOrders: false,
  clientOrderId: null,
};
const WHOLE: Instrument = { ...F, quantityIncrement: decimal("1"), minQuantity: decimal("2") };
const held = (quantity: string): Funds => ({ ...FUNDS, quantity: decimal(quantity) });

let world: World;
let seen: World["seen"];

beforeEach(() => {
  world = createWorld();
  world.funds = () => FUNDS;
  seen = world.seen;
});

const close = (change: Partial<CloseRequest> = {}) =>
  serviceIn(world).close(PRINCIPAL, { ...ALL, ...change });

describe("closing a position", () => {
  it("sells all of it at market", async () => {
    const { order, replayed } = await close();
    expect([order.status, replayed]).toEqual(["new", false]);
    expect(seen.placed).toMatchObject([
      { clientOrderId: null, closeShare: "1", reservation: { amount: "0", quantity: "10" } },
    ]);
    expect(seen.submitted).toEqual([
      {
        id: "o-1",
        symbol: "F",
        side: "sell",
        type: "market",
        quantity: "10",
        notional: null,
        limitPrice: null,
        stopPrice: null,
        timeInForce: "day",
      },
    ]);
  });

  it.each<[string, Partial<CloseRequest>, string, string | null]>([
    ["a share of it", { share: decimal("0.25") }, "2.5", "0.25"],
    ["so many units", { quantity: decimal("3") }, "3", null],
  ])("sells %s, which is the term that a key stands for", async (_what, part, quantity, share) => {
    await close({ ...part, clientOrderId: "c-1" });
    expect(seen.keys).toEqual([{ key: "c-1", quantity: part.quantity ?? null, closeShare: share }]);
    expect(seen.placed).toMatchObject([
      { clientOrderId: "c-1", terms: { quantity }, closeShare: share },
    ]);
  });

  it("sells whole steps of the venue's: what is below one stays", async () => {
    world.instrument = WHOLE;
    world.funds = () => held("10.7");
    await close();
    await close({ share: decimal("0.5") });
    expect(seen.submitted.map(({ quantity }) => quantity)).toEqual(["10", "5"]);
  });

  it.each([
    ["less than a step", "0.7", WHOLE.minQuantity, null, "quantity"],
    ["less than the venue takes", "1.9", WHOLE.minQuantity, null, "quantity"],
    ["a share that is less than a step", "5", null, decimal("0.1"), "percentage"],
    ["a share that is too little", "10", WHOLE.minQuantity, decimal("0.1"), "percentage"],
  ])("can't sell %s, and says what could be sold", async (_what, quantity, min, share, path) => {
    world.instrument = { ...WHOLE, minQuantity: min };
    world.funds = () => held(quantity);
    expect(await refusalOf(close({ share }))).toEqual({
      code: "quantity_increment_invalid",
      path,
      increment: "1",
      minimum: min,
    });
    expect(seen.placed).toEqual([]);
  });

  it.each(["0", "-1"])("finds no position where %s is held", async (quantity) => {
    world.funds = () => held(quantity);
    const missing = { code: "position_not_found", symbol: "F" };
    expect(await refusalOf(close())).toEqual(missing);
    expect(await refusalOf(close({ quantity: decimal("1") }))).toEqual(missing);
    expect(seen.placed).toEqual([]);
  });

  it("is refused to whom the database does not know, and of what nobody trades", async () => {
    world.funds = () => undefined;
    expect(await refusalOf(close())).toEqual({ code: "unauthenticated" });
    world.instrument = undefined;
    expect(await refusalOf(close())).toEqual({ code: "symbol_not_found", symbol: "F" });
  });
});

describe("closing once more under the same key", () => {
  const again = () => close({ clientOrderId: "c-1" });

  it("answers with the first order, also when that has sold everything", async () => {
    world.funds = () => held("0");
    world.used = { kind: "replayed", order: stored("filled"), refusal: undefined };
    expect(await again()).toEqual({ order: stored("filled"), replayed: true });
    expect([seen.placed, seen.submitted]).toEqual([[], []]);
  });

  it("is a conflict where the key was used for something else", async () => {
    world.used = { kind: "conflict", order: stored("filled") };
    expect(await refusalOf(again())).toEqual({ code: "idempotency_conflict", orderId: "o-1" });
    expect(seen.placed).toEqual([]);
  });

  it("looks for no key where there is none", async () => {
    await close();
    expect(seen.keys).toEqual([]);
  });
});

describe("closing what open sells hold", () => {
  /** What the database has of the account each time it is asked, the last for ever. */
  const told = (...answers: readonly Partial<Funds>[]) => {
    const left = answers.map((change) => ({ ...FUNDS, ...change }));
    world.funds = () => (left.length > 1 ? left.shift() : left[0]);
  };
  const HELD = { freeQuantity: ZERO, heldBy: ["s-1", "s-2"] };
  const closing = () => close({ cancelOrders: true });

  beforeEach(() => {
    world.canceling = (id) => ({ kind: "pending", order: stored("pending_cancel", { id }) });
    // The venue is in time; between two looks nothing else is waited for.
    world.sleep = (ms) => (ms < 8_000 ? Promise.resolve() : NEVER);
  });

  it("leaves them alone unless it is asked to end them", async () => {
    told(HELD);
    await close();
    expect([seen.canceled, seen.sleptMs]).toEqual([[], []]);
    expect(seen.placed).toHaveLength(1);
  });

  it("ends them, waits until the venue has confirmed that, and sells what they held", async () => {
    told(HELD, HELD, { heldBy: ["s-2"] }, {});
    await closing();
    expect(seen.canceled).toEqual(["s-1", "s-2"]);
    expect(seen.sleptMs).toEqual([8_000, 50, 100]);
    expect(seen.submitted.map(({ quantity }) => quantity)).toEqual(["10"]);
  });

  it("sells what is left, where one of them has filled in part before its end", async () => {
    told(HELD, held("4"));
    await closing();
    expect(seen.submitted.map(({ quantity }) => quantity)).toEqual(["4"]);
  });

  it("finds no position where they have sold it all before their end", async () => {
    told(HELD, held("0"));
    expect((await refusalOf(closing())).code).toBe("position_not_found");
  });

  it("waits for those that held it at first, not for others that came since", async () => {
    told(HELD, { heldBy: ["s-3"] });
    await closing();
    expect(seen.sleptMs).toEqual([8_000]);
    expect(seen.placed).toHaveLength(1);
  });

  it("has nothing to end where nothing holds it, and looks once", async () => {
    let looks = 0;
    world.funds = () => {
      looks += 1;
      return FUNDS;
    };
    await closing();
    expect([looks, seen.canceled, seen.sleptMs]).toEqual([1, [], []]);
    expect(seen.placed).toHaveLength(1);
  });

  it("gives up after a second, with nothing placed, so that it may be asked again", async () => {
    told(HELD);
    expect(await refusalOf(closing())).toEqual({ code: "busy" });
    expect(seen.sleptMs).toEqual([8_000, 50, 100, 250, 600]);
    expect(seen.placed).toEqual([]);
  });

  it("does not mind one that has ended by itself, but anything else", async () => {
    told(HELD, {});
    world.canceling = () => ({ kind: "not_cancelable", order: stored("filled") });
    await closing();
    expect(seen.placed).toHaveLength(1);
    for (const kind of ["not_found", "unauthenticated"] as const) {
      told(HELD);
      world.canceling = () => ({ kind });
      const code = kind === "not_found" ? "order_not_found" : kind;
      expect(await refusalOf(closing())).toEqual({ code });
    }
    world.canceling = () => {
      throw new Error("the database is gone");
    };
    await expect(closing()).rejects.toThrow("the database is gone");
    expect(seen.placed).toHaveLength(1);
  });
});

describe("closing all positions", () => {
  const closeAll = (clientOrderId: string | null = null, cancelOrders = false) =>
    serviceIn(world).closeAll(PRINCIPAL, { cancelOrders, clientOrderId });

  it("closes each under a key of its own, and says what became of it", async () => {
    world.holdings = ["A", "B"];
    world.funds = (symbol) => (symbol === "A" ? FUNDS : held("0"));
    const { results, more } = await closeAll("k");
    expect(more).toBe(false);
    expect(results).toMatchObject([
      { symbol: "A", order: { symbol: "A", status: "new" }, replayed: false },
      { symbol: "B", refusal: { code: "position_not_found", symbol: "B" } },
    ]);
    expect(seen.keys).toMatchObject([{ key: "k:A" }, { key: "k:B" }]);
    await closeAll();
    expect(seen.placed.map(({ clientOrderId }) => clientOrderId)).toEqual(["k:A", null]);
    expect(seen.canceled).toEqual([]);
  });

  it("closes fifty at most, and says that there are more", async () => {
    world.holdings = Array.from({ length: 51 }, (_, i) => `S${i}`);
    const { results, more } = await closeAll();
    expect(results.map(({ symbol }) => symbol)).toEqual(world.holdings.slice(0, 50));
    expect(more).toBe(true);
    world.holdings.pop();
    expect((await closeAll()).more).toBe(false);
  });

  it("goes on where one fails, which is logged", async () => {
    world.holdings = ["A", "B"];
    const error = new Error("the database is gone");
    world.funds = (symbol) => {
      if (symbol === "A") throw error;
      return FUNDS;
    };
    expect((await closeAll()).results).toMatchObject([
      { symbol: "A", refusal: { code: "internal" } },
      { symbol: "B", order: { symbol: "B" } },
    ]);
    expect(seen.logged).toEqual([{ event: "close_failed", symbol: "A", error }]);
  });

  it("ends as a whole where the session has", async () => {
    world.holdings = ["A"];
    world.funds = () => undefined;
    expect(await refusalOf(closeAll())).toEqual({ code: "unauthenticated" });
  });

  it("waits once for the venues of all orders that hold them", async () => {
    world.canceling = () => ({ kind: "pending", order: stored("pending_cancel") });
    world.cancel = NEVER;
    world.sleep = async () => undefined;
    world.holdings = Array.from({ length: 50 }, (_, i) => `S${i}`);
    world.funds = () => ({ ...held("2"), freeQuantity: ZERO, heldBy: ["o-1", "o-2"] });
    const { results } = await closeAll(null, true);
    expect(results).toEqual(
      world.holdings.map((symbol) => ({ symbol, refusal: { code: "busy" } })),
    );
    expect(seen.canceled.length).toBeGreaterThan(0);
    expect(seen.canceled.length).toBeLessThan(20);
    expect(seen.announced).toHaveLength(100);
  });
});
