import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../src/db/client.ts";
import { decimal, ZERO } from "../../src/domain/decimal.ts";
import type { Execution } from "../../src/domain/execution.ts";
import { newId } from "../../src/domain/id.ts";
import type { Order } from "../../src/domain/order.ts";
import type { OrderDraft } from "../../src/orders/ports.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "./account.ts";

const BUY: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10.00" };
const DOGE: Wish = {
  symbol: "DOGE/USD",
  side: "buy",
  quantity: "100",
  limitPrice: "0.30",
  feeRate: "0.0025",
};

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

const NOW = new Date();

/** The data of an action's audit rows that concern an order, oldest first. */
async function audited(action: string, orderId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await createDatabase(database).execute<{ data: Record<string, unknown> }>(
    sql`select data from audit_log where action = ${action} and data->>'order_id' = ${orderId} order by id`,
  );
  return rows.map(({ data }) => data);
}

describe("booking what a venue reports", () => {
  it("moves order, trade, position and money at once, and gives the rest of the reservation back", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const { userIds } = await account.report(
      order,
      reportOf(order, "partial_fill", account.execution("4", "9.50")),
    );
    expect(userIds).toEqual([account.userId]);
    expect(await account.read(order)).toMatchObject({
      status: "partially_filled",
      filledQuantity: "4",
      reservedAmount: "60",
    });
    await account.report(order, reportOf(order, "fill", account.execution("6", "10")));
    expect(await account.read(order)).toMatchObject({
      status: "filled",
      filledAvgPrice: "9.8",
      reservedAmount: "0",
    });
    const { portfolio, positions } = await account.snapshot();
    expect(portfolio).toMatchObject({ cashBalance: "902", cashReserved: "0" });
    expect(positions).toMatchObject([
      { symbol: "F", quantity: "10", costBasis: "98", averageEntryPrice: "9.8" },
    ]);
    expect(await account.portfolios.trades(account.userId, { limit: 10 })).toHaveLength(2);
    expect(await account.faults()).toEqual([]);
  });

  it("books an execution once, however often and in whatever order it is told", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const [one, two] = [account.execution("4", "9.50"), account.execution("6", "10")];
    await account.report(order, reportOf(order, "fill", two), reportOf(order, "partial_fill", one));
    await account.report(order, reportOf(order, "partial_fill", one), reportOf(order, "fill", two));
    expect(await account.read(order)).toMatchObject({ status: "filled", filledQuantity: "10" });
    expect(await account.portfolios.trades(account.userId, { limit: 10 })).toHaveLength(2);
    expect(await account.faults()).toEqual([]);
  });

  it("books an execution once for any number of messengers at once", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const report = reportOf(order, "fill", account.execution("10", "10"));
    await Promise.all(Array.from({ length: 10 }, () => account.report(order, report)));
    expect(await account.portfolios.trades(account.userId, { limit: 10 })).toHaveLength(1);
    expect(await account.faults()).toEqual([]);
  });

  it("takes a fill that comes before the broker's answer", async () => {
    const account = await openAccount(database, "1000");
    const placed = await account.place(BUY);
    if (placed.kind !== "placed") throw new Error(placed.kind);
    const { order } = placed;
    await account.report(order, reportOf(order, "fill", account.execution("10", "10")));
    const answered = await account.orders.recordAnswer(
      order,
      { kind: "accepted", event: "new", brokerOrderId: `venue-${order.id}`, at: new Date() },
      new Date(),
    );
    expect(answered).toMatchObject({ status: "filled", filledQuantity: "10" });
    expect(await account.faults()).toEqual([]);
  });

  it("gives the reservation back when the broker rejects", async () => {
    const account = await openAccount(database, "1000");
    const placed = await account.place(BUY);
    if (placed.kind !== "placed") throw new Error(placed.kind);
    const rejected = await account.orders.recordAnswer(
      placed.order,
      { kind: "rejected", reason: "venue_wash_trade", message: "potential wash trade" },
      new Date(),
    );
    expect(rejected).toMatchObject({ status: "rejected", rejectionReason: "venue_wash_trade" });
    expect((await account.snapshot()).portfolio.cashReserved).toBe("0");
    expect(await account.faults()).toEqual([]);
  });

  it("counts a fee in the bought asset as cost, not as profit or loss", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(DOGE);
    await account.report(
      order,
      reportOf(order, "fill", account.execution("100", "0.30", "0.25", "DOGE")),
    );
    const { portfolio, positions } = await account.snapshot();
    // 30.00 paid for 100; a fee of 0.25 units takes round(30 × 0.25 / 100, 8) of the cost.
    expect(positions).toMatchObject([{ quantity: "99.75", costBasis: "29.925", fees: "0.075" }]);
    expect(portfolio).toMatchObject({ cashBalance: "970", fees: "0.075", realizedPnl: "0" });
    expect((await account.read(order)).fees).toBe("0.075");
    expect(await account.faults()).toEqual([]);
  });

  it("has the user pay the operator for a fee in a third asset, at its mark, and flags it", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(DOGE);
    const execution = {
      ...account.execution("100", "0.30", "0.0001", "BNB"),
      feeMarket: "BNB/USD",
    };
    await account.report(order, reportOf(order, "fill", execution));
    const { portfolio, positions } = await account.snapshot();
    expect(portfolio).toMatchObject({ cashBalance: "969.92", fees: "0.08", cashReserved: "0" });
    expect(positions).toMatchObject([{ quantity: "100", costBasis: "30", fees: "0" }]);
    const [trade] = await account.portfolios.trades(account.userId, { limit: 1 });
    expect(trade).toMatchObject({ fee: "0.0001", feeAsset: "BNB", feeUsd: "0.08" });
    const [fill] = await account.portfolios.ledger(account.userId, undefined, 1);
    const entries = fill?.entries.map((e) => `${e.account} ${e.asset} ${e.amount}`);
    // 30.075 were reserved.
    expect(entries).toEqual([
      "cash_reserved USD -30.075",
      "venue USD 30",
      "adjustment USD 0.08",
      "cash USD -0.005",
      "qty:DOGE/USD DOGE/USD 100",
      "venue DOGE/USD -100",
    ]);
    expect(await account.audited("fee_marked")).toMatchObject([
      { order_id: order.id, asset: "BNB", fee: "0.0001", mark: "800", fee_usd: "0.08000000" },
    ]);
    expect(await account.faults()).toEqual([]);
  });

  it("books nothing for a fee in an asset that has no price, and flags that", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(DOGE);
    await account.report(
      order,
      reportOf(order, "fill", account.execution("100", "0.30", "0.0001", "BNB")),
    );
    expect((await account.snapshot()).portfolio).toMatchObject({ cashBalance: "970", fees: "0" });
    expect(await account.audited("fee_unpriced")).toMatchObject([
      { order_id: order.id, asset: "BNB", fee: "0.0001", mark: null },
    ]);
    expect(await account.faults()).toEqual([]);
  });

  it("realizes exactly 50.00 when 3 bought for 1000.00 are sold one by one at 350.00", async () => {
    const account = await openAccount(database, "2000");
    // Three at 1000/3 each can't be bought at a price; one at 334 and two at 333 cost 1000.
    const bought = await account.working({ ...BUY, quantity: "3", limitPrice: "334" });
    await account.report(
      bought,
      reportOf(bought, "partial_fill", account.execution("1", "334")),
      reportOf(bought, "fill", account.execution("2", "333")),
    );
    for (const _ of [1, 2, 3]) {
      const sold = await account.working({
        ...BUY,
        side: "sell",
        quantity: "1",
        limitPrice: "350",
      });
      await account.report(sold, reportOf(sold, "fill", account.execution("1", "350")));
    }
    const { portfolio, positions } = await account.snapshot();
    expect(portfolio).toMatchObject({ realizedPnl: "50", cashBalance: "2050" });
    expect(positions).toEqual([]);
    expect(await account.faults()).toEqual([]);
  });

  it("rounds on the cumulative value: many small fills cost what one fill costs", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working({ ...DOGE, quantity: "0.00000007", limitPrice: "0.3" });
    const pieces = Array.from({ length: 7 }, () => account.execution("0.00000001", "0.3"));
    await account.report(order, ...pieces.map((piece) => reportOf(order, "partial_fill", piece)));
    // 7e-8 × 0.3 = 2.1e-8, rounded once.
    expect((await account.snapshot()).portfolio.cashBalance).toBe("999.99999998");
    expect(await account.faults()).toEqual([]);
  });

  it("releases nothing before the venue has confirmed a cancel", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const asked = await account.orders.requestCancel(account.principal, order.id, new Date());
    expect(asked).toMatchObject({ kind: "pending", order: { status: "pending_cancel" } });
    expect((await account.snapshot()).portfolio.cashReserved).toBe("100");
    await account.report(order, reportOf(order, "partial_fill", account.execution("3", "10")));
    await account.report(order, reportOf(order, "canceled"));
    expect(await account.read(order)).toMatchObject({ status: "canceled", filledQuantity: "3" });
    expect((await account.snapshot()).portfolio).toMatchObject({
      cashReserved: "0",
      cashBalance: "970",
    });
    expect(await account.faults()).toEqual([]);
  });

  it("does not believe an end while the venue has filled more than it has told", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const end = { ...reportOf(order, "canceled"), cumulative: decimal("4") };
    await account.report(order, end);
    expect(await account.read(order)).toMatchObject({ status: "new", reservedAmount: "100" });
    await account.report(order, reportOf(order, "partial_fill", account.execution("4", "10")), end);
    expect(await account.read(order)).toMatchObject({ status: "canceled", filledQuantity: "4" });
    expect((await account.snapshot()).portfolio.cashBalance).toBe("960");
    expect(await account.faults()).toEqual([]);
  });

  it("returns to what it was when the venue refuses the cancel", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    await account.orders.requestCancel(account.principal, order.id, new Date());
    await account.report(order, reportOf(order, "cancel_rejected"));
    expect((await account.read(order)).status).toBe("new");
  });

  it("books a fill that comes after the end: filled wins", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    await account.report(order, reportOf(order, "canceled"));
    await account.report(order, reportOf(order, "fill", account.execution("10", "10")));
    expect(await account.read(order)).toMatchObject({ status: "filled", filledQuantity: "10" });
    expect((await account.snapshot()).portfolio.cashBalance).toBe("900");
    expect(await account.faults()).toEqual([]);
  });

  it("restricts an account that a late fill overdraws, until it is back above", async () => {
    const account = await openAccount(database, "100");
    const late = await account.working(BUY);
    await account.report(late, reportOf(late, "canceled"));
    const other = await account.working(BUY);
    await account.report(other, reportOf(other, "fill", account.execution("10", "10")));
    await account.report(late, reportOf(late, "fill", account.execution("10", "10")));
    expect((await account.snapshot()).portfolio.cashBalance).toBe("-100");
    expect(await account.place(BUY)).toMatchObject({
      kind: "denied",
      refusal: { code: "account_restricted" },
    });
    const sale = await account.working({ ...BUY, side: "sell", quantity: "20" });
    await account.report(sale, reportOf(sale, "fill", account.execution("20", "10")));
    expect((await account.place(BUY)).kind).toBe("placed");
    expect(await account.faults()).toEqual([]);
  });

  it("calls the rest of a collared market buy canceled, with its cause", async () => {
    const account = await openAccount(database, "1000");
    const placed = await account.orders.place(draftOfMarketBuy(account), new Date());
    if (placed.kind !== "placed") throw new Error(placed.kind);
    await account.report(
      placed.order,
      reportOf(placed.order, "partial_fill", account.execution("4", "10.40")),
      reportOf(placed.order, "expired"),
    );
    expect(await account.read(placed.order)).toMatchObject({
      status: "canceled",
      cancelReason: "collar_reached",
      filledQuantity: "4",
    });
    expect(await account.faults()).toEqual([]);
  });

  describe("an execution that the venue takes back", () => {
    const restated = (order: Order, restates: string, execution: Execution | null = null) => ({
      ...reportOf(order, "restated", execution),
      restates,
    });

    it("is undone: money, holding, order; and the trade counts no more", async () => {
      const account = await openAccount(database, "1000");
      const order = await account.working(BUY);
      const [kept, busted] = [account.execution("6", "10"), account.execution("4", "9")];
      await account.report(
        order,
        reportOf(order, "partial_fill", kept),
        reportOf(order, "fill", busted),
      );
      await account.report(order, restated(order, busted.id), restated(order, busted.id));
      expect(await account.read(order)).toMatchObject({ status: "filled", filledQuantity: "6" });
      const { portfolio, positions } = await account.snapshot();
      expect(portfolio).toMatchObject({ cashBalance: "940", realizedPnl: "0" });
      expect(positions).toMatchObject([{ quantity: "6", costBasis: "60" }]);
      const trades = await account.portfolios.trades(account.userId, { limit: 10 });
      expect(trades.filter(({ voidedAt }) => voidedAt !== null)).toMatchObject([
        { executionId: busted.id },
      ]);
      expect(await account.faults()).toEqual([]);
    });

    it("gives way to the corrected one", async () => {
      const account = await openAccount(database, "1000");
      const order = await account.working(BUY);
      const wrong = account.execution("10", "10");
      await account.report(order, reportOf(order, "fill", wrong));
      const right = account.execution("10", "9.5");
      await account.report(order, restated(order, wrong.id, right));
      expect(await account.read(order)).toMatchObject({
        filledQuantity: "10",
        filledAvgPrice: "9.5",
      });
      expect((await account.snapshot()).portfolio.cashBalance).toBe("905");
      expect(await account.faults()).toEqual([]);
    });

    it("is traded again by an order that still works, and reserved for", async () => {
      const account = await openAccount(database, "1000");
      const order = await account.working(BUY);
      const busted = account.execution("4", "9");
      await account.report(
        order,
        reportOf(order, "partial_fill", busted),
        restated(order, busted.id),
      );
      expect(await account.read(order)).toMatchObject({
        filledQuantity: "0",
        reservedAmount: "100",
      });
      expect((await account.snapshot()).portfolio).toMatchObject({
        cashBalance: "1000",
        cashReserved: "100",
      });
      expect(await account.faults()).toEqual([]);
    });

    it("brings a sold holding back at its cost, with the profit undone", async () => {
      const account = await openAccount(database, "1000");
      const bought = await account.working(BUY);
      await account.report(bought, reportOf(bought, "fill", account.execution("10", "10")));
      const sold = await account.working({ ...BUY, side: "sell", limitPrice: "12" });
      const busted = account.execution("10", "12", "0.5");
      await account.report(sold, reportOf(sold, "fill", busted));
      expect((await account.snapshot()).portfolio.realizedPnl).toBe("20");
      await account.report(sold, restated(sold, busted.id));
      const { portfolio, positions } = await account.snapshot();
      expect(portfolio).toMatchObject({ cashBalance: "900", realizedPnl: "0", fees: "0" });
      expect(positions).toMatchObject([{ quantity: "10", costBasis: "100" }]);
      expect(await account.faults()).toEqual([]);
    });

    it("gives a fee in a third asset back, from where it went", async () => {
      const account = await openAccount(database, "1000");
      const order = await account.working(BUY);
      const busted = { ...account.execution("10", "10", "0.001", "BNB"), feeMarket: "BNB/USD" };
      await account.report(order, reportOf(order, "fill", busted));
      expect((await account.snapshot()).portfolio.cashBalance).toBe("899.2");
      await account.report(order, restated(order, busted.id));
      const { portfolio } = await account.snapshot();
      expect(portfolio).toMatchObject({ cashBalance: "1000", fees: "0" });
      const [undone] = await account.portfolios.ledger(account.userId, undefined, 1);
      expect(undone?.entries).toContainEqual(
        expect.objectContaining({ account: "adjustment", asset: "USD", amount: "-0.8" }),
      );
      expect(await account.faults()).toEqual([]);
    });

    it("restricts an account that has sold meanwhile what it never bought", async () => {
      const account = await openAccount(database, "1000");
      const bought = await account.working(BUY);
      const busted = account.execution("10", "10");
      await account.report(bought, reportOf(bought, "fill", busted));
      const sold = await account.working({ ...BUY, side: "sell", limitPrice: "12" });
      await account.report(sold, reportOf(sold, "fill", account.execution("10", "12")));
      await account.report(bought, restated(bought, busted.id));
      expect((await account.snapshot()).positions).toMatchObject([{ quantity: "-10" }]);
      expect((await account.place(BUY)).kind).toBe("denied");
      expect(await account.faults()).toEqual([]);
    });

    it("leaves nothing where a purchase and then its sale are taken back", async () => {
      const account = await openAccount(database, "1000");
      const bought = await account.working(BUY);
      const purchase = account.execution("10", "10");
      await account.report(bought, reportOf(bought, "fill", purchase));
      const sold = await account.working({ ...BUY, side: "sell", limitPrice: "12" });
      const sales = [account.execution("4", "12"), account.execution("6", "13", "0.5")] as const;
      await account.report(
        sold,
        reportOf(sold, "partial_fill", sales[0]),
        reportOf(sold, "fill", sales[1]),
      );
      await account.report(bought, restated(bought, purchase.id));
      await account.report(sold, restated(sold, sales[1].id));
      const short = await account.snapshot();
      expect(short.positions).toMatchObject([{ quantity: "-4", costBasis: "0" }]);
      expect(short.portfolio).toMatchObject({ cashBalance: "1048", realizedPnl: "48", fees: "0" });
      expect(await account.faults()).toEqual([]);
      await account.report(sold, restated(sold, sales[0].id));
      const { portfolio, positions } = await account.snapshot();
      expect(positions).toEqual([]);
      expect(portfolio).toMatchObject({ cashBalance: "1000", realizedPnl: "0", fees: "0" });
      expect(await account.faults()).toEqual([]);
    });

    it("counts at its cost what a sale that is taken back brings above a shortfall", async () => {
      const account = await openAccount(database, "1000");
      const [first, second] = [await account.working(BUY), await account.working(BUY)];
      const purchase = account.execution("10", "10");
      await account.report(first, reportOf(first, "fill", purchase));
      await account.report(second, reportOf(second, "fill", account.execution("10", "10")));
      const sold = await account.working({
        ...BUY,
        side: "sell",
        quantity: "16",
        limitPrice: "12",
      });
      const sale = account.execution("16", "12");
      await account.report(sold, reportOf(sold, "fill", sale));
      await account.report(first, restated(first, purchase.id));
      expect((await account.snapshot()).positions).toMatchObject([{ quantity: "-6" }]);
      await account.report(sold, restated(sold, sale.id));
      const { portfolio, positions } = await account.snapshot();
      expect(positions).toMatchObject([{ quantity: "10", costBasis: "100" }]);
      expect(portfolio).toMatchObject({ cashBalance: "900", realizedPnl: "0" });
      expect(await account.faults()).toEqual([]);
    });

    it("is audited, and not guessed at, where we never booked it", async () => {
      const account = await openAccount(database, "1000");
      const order = await account.working(BUY);
      expect(await account.report(order, restated(order, "never"))).toMatchObject({
        illegal: [{ order_id: order.id, event: "restated" }],
      });
    });
  });

  it.each(["kraken", "coinbase"] as const)(
    "books what %s reports of the orders that were sent there, and of no others",
    async (exchange) => {
      const account = await openAccount(database, "1000");
      const order = await account.working({ ...DOGE, exchange });
      expect(order.broker).toBe(exchange);
      const fill = reportOf(order, "partial_fill", account.execution("10", "0.1", "0.004"));
      const elsewhere = await account.orders.apply("binance", [fill], new Map(), new Date());
      expect(elsewhere.unknown).toEqual([order.id]);
      await account.report(order, fill);
      await account.report(order, fill);
      expect(await account.read(order)).toMatchObject({ filledQuantity: "10", fees: "0.004" });
      const openAt = async (venue: typeof exchange | "binance") =>
        (await account.orders.openAt(venue, null, 1_000)).map(({ id }) => id);
      expect(await openAt(exchange)).toContain(order.id);
      expect(await openAt("binance")).not.toContain(order.id);
      expect(await account.faults()).toEqual([]);
    },
  );

  it("ends an order whose time is over as expired, once the venue has confirmed", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(DOGE);
    const asked = await account.orders.requestExpiry(order, new Date());
    expect(asked).toMatchObject({ status: "pending_cancel", cancelReason: "time_in_force" });
    await account.report(order, reportOf(order, "canceled"));
    expect(await account.read(order)).toMatchObject({ status: "expired", reservedAmount: "0" });
    expect(await account.faults()).toEqual([]);
  });

  it("finds the orders whose time is over, and no others", async () => {
    const own = await cloneDatabase();
    const account = await openAccount(own, "1000");
    const day = await account.working({ ...DOGE, quantity: "10", timeInForce: "day" });
    await account.working({ ...DOGE, quantity: "10" });
    const ids = async (dayBefore: Date, anyBefore: Date) =>
      (await account.orders.overdue("binance", { dayBefore, anyBefore }, 10)).map(({ id }) => id);
    const [past, soon] = [new Date(0), new Date(Date.now() + 60_000)];
    expect(await ids(past, past)).toEqual([]);
    expect(await ids(soon, past)).toEqual([day.id]);
    expect(await ids(soon, soon)).toHaveLength(2);
    await own.drop();
  });

  it("tells of orders that are not ours and steps that cannot be, and writes neither", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const stranger = { ...order, id: account.userId };
    const booking = await account.report(
      order,
      reportOf(stranger, "canceled"),
      reportOf(order, "replaced"),
    );
    expect(booking).toMatchObject({
      userIds: [],
      unknown: [account.userId],
      illegal: [{ order_id: order.id, event: "replaced" }],
    });
    expect(await account.read(order)).toMatchObject({ status: "new", version: order.version });
  });

  it("audits what had to be found as a repair, and only what it changed", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const fill = reportOf(order, "partial_fill", account.execution("4", "9.50"));
    expect(await account.report(order, fill)).toMatchObject({ booked: 1, repaired: 0 });
    const again = await account.report(order, { ...fill, foundBy: "look_up" });
    expect(again).toMatchObject({ booked: 0, repaired: 0 });
    expect(await audited("repaired", order.id)).toEqual([]);
    const missed = reportOf(order, "fill", account.execution("6", "10"));
    const late = await account.report(order, { ...missed, foundBy: "look_up" });
    expect(late).toMatchObject({ booked: 1, repaired: 1 });
    expect(await audited("repaired", order.id)).toMatchObject([
      { found_by: "look_up", event: "fill", status_before: "partially_filled", status: "filled" },
    ]);
    const events = await account.orders.events(account.userId, order.id);
    expect(events.map(({ data }) => data.found_by ?? null)).toEqual([null, null, null, "look_up"]);
  });

  it("tells the operator once of an order that works at the venue and not here", async () => {
    const { orders } = await openAccount(database, "1000");
    const orderId = newId();
    const stranger = { kind: "foreign", orderId, brokerOrderId: "v-9", symbol: "F" } as const;
    await orders.auditStrangers("alpaca", [stranger, { ...stranger, brokerOrderId: "v-10" }], NOW);
    await orders.auditStrangers("alpaca", [stranger], NOW);
    const told = await audited("foreign_order_works", orderId);
    expect(told.map((data) => data.broker_order_id).sort()).toEqual(["v-10", "v-9"]);
    expect(told[0]).toMatchObject({ broker: "alpaca", symbol: "F" });
  });

  it("finds orders of a venue by id, however they ended", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    await account.report(order, reportOf(order, "canceled"));
    const found = await account.orders.atVenue("alpaca", [order.id, newId()]);
    expect(found).toMatchObject([{ id: order.id, status: "canceled", filledQuantity: "0" }]);
    expect(await account.orders.atVenue("binance", [order.id])).toEqual([]);
    expect(await account.orders.atVenue("alpaca", [])).toEqual([]);
  });

  it("journals every step without a hole, each with the order as it was then", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    await account.report(order, reportOf(order, "fill", account.execution("10", "10")));
    const events = await account.orders.events(account.userId, order.id);
    expect(events.map(({ event, status }) => [event, status])).toEqual([
      ["pending_new", "pending_new"],
      ["new", "new"],
      ["fill", "filled"],
    ]);
    expect(events.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(events[2]?.data).toMatchObject({
      order: { status: "filled", filled_quantity: "10", version: "3" },
      trade: { quantity: "10", price: "10" },
      position: { quantity: "10" },
    });
  });

  it("keeps every invariant through random histories", async () => {
    const step = fc.record({
      side: fc.constantFrom("buy" as const, "sell" as const),
      symbol: fc.constantFrom("F", "DOGE/USD"),
      units: fc.integer({ min: 1, max: 40 }),
      cents: fc.integer({ min: 100, max: 2_000 }),
      pieces: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 4 }),
      fee: fc.constantFrom("none", "usd", "base"),
      end: fc.constantFrom(
        "open" as const,
        "canceled" as const,
        "expired" as const,
        "cancel_asked" as const,
        "late_fill" as const,
      ),
      twice: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const account = await openAccount(database, "500");
        for (const { side, symbol, units, cents, pieces, fee, end, twice } of steps) {
          const price = (cents / 100).toFixed(2);
          const placed = await account.place({
            symbol,
            side,
            quantity: String(units),
            limitPrice: price,
            feeRate: "0.0025",
          });
          if (placed.kind !== "placed") continue;
          const { order } = placed;
          if (end === "cancel_asked") {
            await account.orders.requestCancel(account.principal, order.id, new Date());
          }
          const asset = fee === "base" ? (symbol.split("/")[0] ?? "") : "USD";
          const fills = pieces.map((piece) =>
            reportOf(
              order,
              "partial_fill",
              account.execution(String(piece), price, fee === "none" ? "0" : "0.01", asset),
            ),
          );
          const ending = end === "canceled" || end === "expired" ? [reportOf(order, end)] : [];
          const reports = end === "late_fill" ? [reportOf(order, "canceled"), ...fills] : fills;
          await account.report(order, ...reports, ...ending, ...(twice ? reports : []));
          expect(await account.faults()).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

function draftOfMarketBuy(account: Account): OrderDraft {
  return {
    id: newId(),
    principal: account.principal,
    clientOrderId: null,
    terms: {
      symbol: "F",
      assetType: "stock",
      side: "buy",
      type: "market",
      quantity: decimal("10"),
      notional: null,
      limitPrice: null,
      stopPrice: null,
      timeInForce: "day",
    },
    venue: "alpaca",
    feeRate: ZERO,
    reservation: {
      amount: decimal("104"),
      quantity: ZERO,
      price: decimal("10.40"),
      sentAs: { type: "limit", timeInForce: "ioc", limitPrice: decimal("10.40") },
    },
    denial: null,
  };
}
