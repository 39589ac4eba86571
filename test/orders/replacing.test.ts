import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimal, mul, ZERO } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import type { Order } from "../../src/domain/order.ts";
import type { ReplacePair } from "../../src/orders/ports.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "./account.ts";

const BUY: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10.00" };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

interface Change {
  readonly quantity?: string;
  readonly limitPrice?: string;
  readonly clientOrderId?: string;
}

/** Asks for a change of `old`, as the service would from what it read. */
function ask(account: Account, old: Order, change: Change) {
  const quantity = decimal(change.quantity ?? String(old.quantity));
  const limitPrice = decimal(change.limitPrice ?? String(old.limitPrice));
  return account.orders.requestReplace(
    account.principal,
    {
      id: newId(),
      old,
      clientOrderId: change.clientOrderId ?? null,
      terms: { ...old, quantity, limitPrice },
      reservation: {
        amount: mul(quantity, limitPrice),
        quantity: ZERO,
        price: limitPrice,
        sentAs: null,
      },
    },
    new Date(),
  );
}

async function asked(account: Account, old: Order, change: Change) {
  const result = await ask(account, old, change);
  if (result.kind !== "requested") throw new Error(result.kind);
  return result;
}

const swap = (account: Account, pair: ReplacePair, oldFilled = ZERO) =>
  account.orders.recordReplace(
    pair,
    { kind: "replaced", brokerOrderId: "venue-2", oldFilled, at: new Date() },
    new Date(),
  );

/** Only half of it went through: the old order is gone, the new one was refused. */
const halve = (account: Account, pair: ReplacePair, oldFilled = ZERO) =>
  account.orders.recordReplace(
    pair,
    { kind: "incomplete", oldFilled, message: "insufficient balance" },
    new Date(),
  );

/** The statuses of those that the link asks the venue about. */
async function watched(account: Account, { order, replacement }: ReplacePair) {
  const open = await account.orders.openAt("alpaca", null, 1_000);
  const ours = open.filter(({ id }) => id === order.id || id === replacement.id);
  return ours.map(({ status }) => status);
}

/** Two of ten are filled, and twelve in all are asked for: the venue is sent an order for ten. */
async function raced(account: Account, side: Wish["side"] = "buy") {
  const old = await account.working({ ...BUY, side });
  await account.report(old, reportOf(old, "partial_fill", account.execution("2", "10")));
  return asked(account, await account.read(old), { quantity: "12" });
}

const reserved = async (account: Account) => (await account.snapshot()).portfolio.cashReserved;

describe("replacing", () => {
  it("reserves what the new order needs beyond the old one, and moves all of it with the swap", async () => {
    const account = await openAccount(database, "1000");
    const old = await account.working(BUY);
    const pair = await asked(account, old, { quantity: "15", limitPrice: "11" });
    const { order, replacement } = pair;
    expect(order).toMatchObject({ status: "pending_replace", replacedBy: replacement.id });
    expect(replacement).toMatchObject({
      status: "pending_new",
      replaces: old.id,
      reservedAmount: "65",
    });
    expect(await reserved(account)).toBe("165");

    const swapped = await swap(account, pair);
    expect(swapped.order).toMatchObject({ status: "replaced", reservedAmount: "0" });
    expect(swapped.replacement).toMatchObject({
      status: "new",
      reservedAmount: "165",
      brokerOrderId: "venue-2",
    });
    expect(await reserved(account)).toBe("165");
    expect(await account.faults()).toEqual([]);
  });

  it("gives back what a smaller order does not need, but only once the venue has swapped them", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), { limitPrice: "4" });
    expect(await reserved(account)).toBe("100");
    await swap(account, pair);
    expect(await reserved(account)).toBe("40");
    expect(await account.faults()).toEqual([]);
  });

  it("starts the new order with the rest", async () => {
    const account = await openAccount(database, "1000");
    const pair = await raced(account);
    expect(pair.replacement.quantity).toBe("10");
    const { replacement } = await swap(account, pair, decimal("2"));
    expect(replacement).toMatchObject({ status: "new", quantity: "10", reservedAmount: "100" });
    expect(await account.faults()).toEqual([]);
  });

  describe("an order that goes on filling until it is replaced", () => {
    const OVERTAKEN = { status: "pending_cancel", cancelReason: "replace_overtaken" };

    it("has its successor canceled, which at the venue would trade too much", async () => {
      const account = await openAccount(database, "1000");
      const pair = await raced(account);
      const { order } = pair;
      await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
      expect(await account.read(order)).toMatchObject({ status: "pending_replace" });
      const { replacement } = await swap(account, pair, decimal("5"));
      // Seven are left of twelve; the venue has ten.
      expect(replacement).toMatchObject({ ...OVERTAKEN, quantity: "10", reservedAmount: "70" });
      expect(await account.audited("replace_overtaken")).toEqual([
        { order_id: replacement.id, replaces: order.id, excess: "3" },
      ]);
      await account.report(replacement, reportOf(replacement, "canceled"));
      expect(await account.read(replacement)).toMatchObject({
        status: "canceled",
        cancelReason: "replace_overtaken",
        reservedAmount: "0",
      });
      expect(await account.faults()).toEqual([]);
    });

    it("is told to whoever books it, so that the venue hears of the cancel at once", async () => {
      const account = await openAccount(database, "1000");
      const { order, replacement } = await raced(account);
      const fill = reportOf(order, "partial_fill", account.execution("3", "10"));
      const { overtaken } = await account.report(order, fill, reportOf(order, "replaced"));
      expect(overtaken).toMatchObject([{ id: replacement.id, ...OVERTAKEN }]);
      expect((await account.report(order, fill, reportOf(order, "replaced"))).overtaken).toEqual(
        [],
      );
    });

    it.each(["in its answer", "in its report"])(
      "stops its successor at once by what the venue tells %s, which pays for the rest when it comes",
      async (where) => {
        // To the last cent: 20 are spent, and 100 are held for the ten that are left.
        const account = await openAccount(database, "120");
        const pair = await raced(account);
        const { order, replacement } = pair;
        const end = { ...reportOf(order, "replaced"), cumulative: decimal("5") };
        if (where === "in its answer") await swap(account, pair, decimal("5"));
        else await account.report(order, reportOf(replacement, "new"), end);
        expect(await watched(account, pair)).toEqual(["replaced", "pending_cancel"]);
        expect(await account.read(replacement)).toMatchObject({
          ...OVERTAKEN,
          reservedAmount: "100",
        });
        await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
        await account.report(order, end);
        expect(await account.read(order)).toMatchObject({
          status: "replaced",
          filledQuantity: "5",
        });
        expect(await account.read(replacement)).toMatchObject({ reservedAmount: "70" });
        expect((await account.snapshot()).portfolio).toMatchObject({
          cashBalance: "70",
          cashReserved: "70",
        });
        expect(await account.audited("restricted")).toEqual([]);
        expect(await account.faults()).toEqual([]);
      },
    );

    it("is paid from what its successor holds, also when it is told after the swap", async () => {
      const account = await openAccount(database, "120");
      const pair = await raced(account);
      const { order } = await swap(account, pair, decimal("2"));
      expect(order.status).toBe("replaced");
      await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
      expect(await account.read(pair.replacement)).toMatchObject({
        ...OVERTAKEN,
        reservedAmount: "70",
      });
      expect(await account.audited("restricted")).toEqual([]);
      expect(await account.faults()).toEqual([]);
    });

    it("gives units of a sell alike", async () => {
      const account = await openAccount(database, "1000");
      const bought = await account.working({ ...BUY, quantity: "12" });
      await account.report(bought, reportOf(bought, "fill", account.execution("12", "10")));
      const pair = await raced(account, "sell");
      const { order, replacement } = pair;
      await swap(account, pair, decimal("2"));
      expect(await account.read(replacement)).toMatchObject({ reservedQuantity: "10" });
      await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
      expect(await account.read(replacement)).toMatchObject({
        ...OVERTAKEN,
        reservedQuantity: "7",
      });
      expect((await account.snapshot()).positions).toMatchObject([
        { quantity: "7", quantityReserved: "7" },
      ]);
      expect(await account.faults()).toEqual([]);
    });

    it("is replaced where its venue calls that canceled, once the new one works", async () => {
      const account = await openAccount(database, "1000");
      const { order, replacement } = await raced(account);
      await account.report(order, reportOf(replacement, "new"));
      expect(await account.read(order)).toMatchObject({ status: "pending_replace" });
      await account.report(order, reportOf(order, "canceled"));
      expect(await account.read(order)).toMatchObject({
        status: "replaced",
        replacedBy: replacement.id,
      });
      expect(await account.read(replacement)).toMatchObject({ status: "new" });
      expect(await account.faults()).toEqual([]);
    });

    it("may trade in full before its cancel arrives; then that is booked, and known", async () => {
      const account = await openAccount(database, "1000");
      const pair = await raced(account);
      const { order } = pair;
      await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
      const { replacement } = await swap(account, pair, decimal("5"));
      await account.report(
        replacement,
        reportOf(replacement, "fill", account.execution("10", "10")),
        reportOf(replacement, "cancel_rejected"),
      );
      expect(await account.read(replacement)).toMatchObject({
        status: "filled",
        filledQuantity: "10",
        reservedAmount: "0",
      });
      expect((await account.snapshot()).portfolio.cashBalance).toBe("850");
      expect(await account.faults()).toEqual([]);
    });
  });

  it("leaves the old order as it was when the venue refuses", async () => {
    const account = await openAccount(database, "1000");
    const old = await account.working(BUY);
    const pair = await asked(account, old, { limitPrice: "20" });
    const refused = await account.orders.recordReplace(
      pair,
      { kind: "rejected", reason: "venue_rejected", message: "too late" },
      new Date(),
    );
    expect(refused.order).toMatchObject({ status: "new", replacedBy: null, reservedAmount: "100" });
    expect(refused.replacement).toMatchObject({ status: "rejected", reservedAmount: "0" });
    expect(await reserved(account)).toBe("100");
    expect(await account.faults()).toEqual([]);
  });

  it("takes a refusal that comes late, after the venue had taken the request", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), { limitPrice: "20" });
    const { order } = pair;
    await account.orders.recordReplace(
      pair,
      { kind: "requested", brokerOrderId: "v2" },
      new Date(),
    );
    await account.report(order, reportOf(order, "replace_rejected"));
    expect(await account.read(order)).toMatchObject({ status: "new" });
    expect(await reserved(account)).toBe("100");
    expect(await account.faults()).toEqual([]);
  });

  it("rejects the new order when the old one fills first", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), {
      limitPrice: "20",
    });
    const { order, replacement } = pair;
    await account.report(order, reportOf(order, "fill", account.execution("10", "10")));
    expect(await account.read(order)).toMatchObject({ status: "filled" });
    expect(await account.read(replacement)).toMatchObject({
      status: "rejected",
      rejectionReason: "order_filled",
    });
    expect(await reserved(account)).toBe("0");
    expect(await account.faults()).toEqual([]);
  });

  it.each(["replaced first", "new first", "a fill of the new one first"])(
    "swaps once, whatever the venue tells first: %s",
    async (what) => {
      const account = await openAccount(database, "1000");
      const pair = await asked(account, await account.working(BUY), {
        limitPrice: "11",
      });
      const { order, replacement } = pair;
      const fill = reportOf(replacement, "partial_fill", account.execution("1", "11"));
      const news = [reportOf(order, "replaced"), reportOf(replacement, "new"), fill];
      if (what === "new first") news.reverse().push(...news.splice(0, 1));
      if (what === "a fill of the new one first") news.reverse();
      await account.report(order, ...news);
      expect(await account.read(order)).toMatchObject({ status: "replaced" });
      expect(await account.read(replacement)).toMatchObject({
        status: "partially_filled",
        filledQuantity: "1",
        reservedAmount: "99",
      });
      expect(await account.faults()).toEqual([]);
    },
  );

  it("cancels the old order and rejects the new one when only half of the replace went through", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), { limitPrice: "11" });
    const half = await halve(account, pair);
    expect(half.order).toMatchObject({ status: "canceled", cancelReason: "replace_incomplete" });
    expect(half.replacement.status).toBe("rejected");
    expect(await reserved(account)).toBe("0");
    expect(await account.faults()).toEqual([]);
  });

  it.each(["replaced", "canceled"] as const)(
    "ends the old order of half a replace, told as %s, only with the executions that the venue has counted",
    async (end) => {
      const account = await openAccount(database, "1000");
      const old = await account.working(BUY);
      const pair = await asked(account, old, { limitPrice: "11" });
      const half = await halve(account, pair, decimal("4"));
      expect(half.order.status).toBe("pending_cancel");
      expect(half.replacement.status).toBe("rejected");
      expect(await reserved(account)).toBe("100");
      expect(await watched(account, pair)).toEqual(["pending_cancel"]);
      const ended = { ...reportOf(old, end), cumulative: decimal("4") };
      await account.report(old, ended);
      expect((await account.read(old)).status).toBe("pending_cancel");
      const missed = reportOf(old, "partial_fill", account.execution("4", "9"));
      await account.report(old, missed, ended);
      expect(await account.read(old)).toMatchObject({
        status: "canceled",
        cancelReason: "replace_incomplete",
        filledQuantity: "4",
      });
      expect(await reserved(account)).toBe("0");
      expect(await watched(account, pair)).toEqual([]);
      expect(await account.faults()).toEqual([]);
    },
  );

  it("has the venue asked about a replaced order until all that it has counted is booked", async () => {
    const account = await openAccount(database, "1000");
    const old = await account.working(BUY);
    const pair = await asked(account, old, { limitPrice: "11" });
    const swapped = await swap(account, pair, decimal("4"));
    expect(swapped.order.status).toBe("replaced");
    // Four of ten are traded, and the venue has a new order for ten.
    expect(await watched(account, pair)).toEqual(["replaced", "pending_cancel"]);
    await account.report(old, reportOf(old, "partial_fill", account.execution("3", "9")));
    expect(await watched(account, pair)).toEqual(["replaced", "pending_cancel"]);
    await account.report(old, reportOf(old, "partial_fill", account.execution("1", "9")));
    expect(await watched(account, pair)).toEqual(["pending_cancel"]);
    expect(await account.read(old)).toMatchObject({ status: "replaced", filledQuantity: "4" });
    expect(await account.faults()).toEqual([]);
  });

  it("learns from the venue's own word for the end what is missing of a replaced order", async () => {
    const account = await openAccount(database, "1000");
    const old = await account.working(BUY);
    const pair = await asked(account, old, { limitPrice: "11" });
    // Until that word, nobody knows what the old order had filled.
    await account.report(pair.replacement, reportOf(pair.replacement, "new"));
    expect(await watched(account, pair)).toEqual(["pending_replace", "new"]);
    await account.report(old, { ...reportOf(old, "replaced"), cumulative: decimal("2") });
    expect(await watched(account, pair)).toEqual(["replaced", "pending_cancel"]);
    await account.report(old, reportOf(old, "partial_fill", account.execution("2", "9")));
    expect(await watched(account, pair)).toEqual(["pending_cancel"]);
    expect(await account.faults()).toEqual([]);
  });

  it("is refused for want of money, for an order that has moved, and for one that does not work", async () => {
    const account = await openAccount(database, "150");
    const old = await account.working(BUY);
    expect(await ask(account, old, { limitPrice: "20" })).toMatchObject({
      kind: "denied",
      refusal: { code: "insufficient_buying_power", required: "100", available: "50" },
    });
    await account.report(old, reportOf(old, "partial_fill", account.execution("1", "10")));
    expect(await ask(account, old, { limitPrice: "9" })).toEqual({ kind: "stale" });
    await account.report(old, reportOf(old, "canceled"));
    expect((await ask(account, await account.read(old), { limitPrice: "9" })).kind).toBe(
      "not_replaceable",
    );
    expect(await account.faults()).toEqual([]);
  });

  it("leaves the old order as it was when the venue never heard of the new one", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), {
      limitPrice: "20",
    });
    const { order, replacement } = pair;
    await account.report(order, {
      ...reportOf(replacement, "rejected"),
      reason: "submit_not_found",
    });
    expect(await account.read(order)).toMatchObject({ status: "new", replacedBy: null });
    expect(await account.read(replacement)).toMatchObject({
      status: "rejected",
      rejectionReason: "submit_not_found",
    });
    expect(await reserved(account)).toBe("100");
    expect(await account.faults()).toEqual([]);
  });

  it("leaves the old order as it was when the new one was canceled before it ever arrived", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), { limitPrice: "20" });
    const { order, replacement } = pair;
    await account.orders.requestCancel(account.principal, replacement.id, new Date());
    await account.report(order, {
      ...reportOf(replacement, "canceled"),
      reason: "submit_not_found",
    });
    expect(await account.read(order)).toMatchObject({ status: "new", replacedBy: null });
    expect(await account.read(replacement)).toMatchObject({ status: "canceled" });
    expect(await reserved(account)).toBe("100");
    expect(await account.faults()).toEqual([]);
  });

  it("takes an answer that comes after the venue's refusal has been told", async () => {
    const account = await openAccount(database, "1000");
    const pair = await asked(account, await account.working(BUY), { limitPrice: "20" });
    const { order } = pair;
    await account.report(order, reportOf(order, "replace_rejected"));
    const refused = await account.orders.recordReplace(
      pair,
      { kind: "rejected", reason: "venue_rejected", message: "too late" },
      new Date(),
    );
    expect(refused.order).toMatchObject({ status: "new", replacedBy: null });
    expect(refused.replacement.status).toBe("rejected");
    expect(await account.faults()).toEqual([]);
  });

  it("replays the same change by its client order id", async () => {
    const account = await openAccount(database, "1000");
    const old = await account.working(BUY);
    const { replacement } = await asked(account, old, { limitPrice: "11", clientOrderId: "c-2" });
    const again = await ask(account, old, { limitPrice: "11", clientOrderId: "c-2" });
    expect(again).toMatchObject({ kind: "replayed", replacement: { id: replacement.id } });
    for (const change of [{ limitPrice: "12" }, { limitPrice: "11", quantity: "11" }]) {
      const other = await ask(account, old, { ...change, clientOrderId: "c-2" });
      expect(other.kind).toBe("conflict");
    }
  });
});
