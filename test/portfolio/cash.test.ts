import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "../orders/account.ts";

const BUY: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10" };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

const request = (amount: string, key: string | null = null) => ({ amount: decimal(amount), key });
const deposit = (account: Account, amount: string, key?: string) =>
  account.portfolios.deposit(account.principal, request(amount, key), new Date());
const reset = (account: Account, cash: string, key?: string) =>
  account.portfolios.reset(account.principal, request(cash, key), new Date());

async function holding(cash = "1000"): Promise<Account> {
  const account = await openAccount(database, cash);
  const order = await account.working({ ...BUY, clientOrderId: "mine" });
  await account.report(order, reportOf(order, "fill", account.execution("10", "9", "1")));
  return account;
}

/** Of the user's audit log, by action. */
async function audited({ db, userId }: Account, action: string): Promise<unknown[]> {
  const { rows } = await db.execute<{ data: unknown }>(
    sql`select data from audit_log where user_id = ${userId} and action = ${action} order by at, id`,
  );
  return rows.map(({ data }) => data);
}

describe("a deposit", () => {
  it("moves cash, journal, ledger and audit log in one round trip", async () => {
    const account = await openAccount(database, "100");
    const before = await database.roundTrips();
    const result = await deposit(account, "12.5");
    expect((await database.roundTrips()).requests - before.requests).toBe(1);
    expect(result).toMatchObject({
      kind: "deposited",
      answer: { seq: 3, amount: "12.5", cashBalance: "112.5", netDeposits: "112.5" },
    });
    const [transaction] = await account.portfolios.ledger(account.userId, undefined, 1);
    expect(transaction).toMatchObject({
      id: "answer" in result && "id" in result.answer ? result.answer.id : "",
      seq: 3,
      kind: "deposit",
      entries: [
        { account: "cash", asset: "USD", amount: "12.5" },
        { account: "external", asset: "USD", amount: "-12.5" },
      ],
    });
    expect(await audited(account, "deposit")).toEqual([{ seq: 3, amount: "12.5" }]);
    expect(await account.faults()).toEqual([]);
  });

  it("happens once a key, whatever comes in between and however many ask at once", async () => {
    const account = await openAccount(database, "100");
    const results = await Promise.all(
      Array.from({ length: 20 }, () => deposit(account, "5", "once")),
    );
    expect(results.filter(({ kind }) => kind === "deposited")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === "replayed")).toHaveLength(19);
    await deposit(account, "7", "twice");
    expect(await deposit(account, "5.00", "once")).toMatchObject({
      kind: "replayed",
      answer: { cashBalance: "105" },
    });
    expect((await account.snapshot()).portfolio.cashBalance).toBe("112");
    expect(await account.faults()).toEqual([]);
  });

  it("refuses a key that was used for something else", async () => {
    const account = await openAccount(database, "100");
    await deposit(account, "5", "once");
    expect(await deposit(account, "6", "once")).toEqual({ kind: "conflict" });
    expect(await reset(account, "5", "once")).toEqual({ kind: "conflict" });
    const other = await openAccount(database, "100");
    expect((await deposit(other, "6", "once")).kind).toBe("deposited");
  });

  it("lifts the restriction of an account that a late fill has overdrawn", async () => {
    const account = await openAccount(database, "100");
    const late = await account.working(BUY);
    await account.report(late, reportOf(late, "canceled"));
    const other = await account.working(BUY);
    await account.report(other, reportOf(other, "fill", account.execution("10", "10")));
    await account.report(late, reportOf(late, "fill", account.execution("10", "10")));
    expect(await account.place(BUY)).toMatchObject({ kind: "denied" });
    await deposit(account, "200");
    expect((await account.place(BUY)).kind).toBe("placed");
    expect(await account.faults()).toEqual([]);
  });
});

describe("a reset", () => {
  it("leaves nothing but its cash, and what was earned and paid before counts no more", async () => {
    const account = await holding();
    const result = await reset(account, "500");
    expect(result).toMatchObject({
      kind: "reset",
      answer: { cashBalance: "500", positionsClosed: ["F"] },
    });
    const { portfolio, positions } = await account.snapshot();
    expect(portfolio).toMatchObject({
      cashBalance: "500",
      cashReserved: "0",
      netDeposits: "500",
      realizedPnl: "0",
      fees: "0",
    });
    expect(positions).toEqual([]);
    const transactions = await account.portfolios.ledger(account.userId, undefined, 2);
    expect(transactions.map(({ kind }) => kind)).toEqual(["deposit", "reset"]);
    expect(await audited(account, "reset")).toMatchObject([
      { cash: "500", positions_closed: ["F"] },
    ]);
    expect(await account.faults()).toEqual([]);
  });

  it("is refused while orders are open, and names them", async () => {
    const account = await holding();
    const order = await account.working(BUY);
    expect(await reset(account, "500")).toEqual({ kind: "open_orders", orderIds: [order.id] });
    await account.report(order, reportOf(order, "canceled"));
    expect((await reset(account, "500")).kind).toBe("reset");
  });

  it("is refused while a venue owes executions of an order that is over", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    await account.report(order, reportOf(order, "canceled"));
    await account.report(order, { ...reportOf(order, "canceled"), cumulative: decimal("4") });
    expect(await reset(account, "500")).toEqual({ kind: "open_orders", orderIds: [order.id] });
    const owed = account.execution("4", "10");
    await account.report(order, reportOf(order, "partial_fill", owed));
    expect((await reset(account, "500")).kind).toBe("reset");
    expect(await account.faults()).toEqual([]);
  });

  it("keeps session, orders and trades, and client order ids stay spent", async () => {
    const account = await holding();
    await reset(account, "500");
    const replayed = await account.place({ ...BUY, clientOrderId: "mine" });
    expect(replayed).toMatchObject({ kind: "replayed", order: { status: "filled" } });
    expect(await account.portfolios.trades(account.userId, { limit: 10 })).toHaveLength(1);
    expect((await account.place(BUY)).kind).toBe("placed");
    expect(await account.faults()).toEqual([]);
  });

  it("is done once a key", async () => {
    const account = await holding();
    await reset(account, "500", "again");
    await deposit(account, "1");
    expect(await reset(account, "500", "again")).toMatchObject({
      kind: "replayed",
      answer: { cashBalance: "500", positionsClosed: ["F"] },
    });
    expect((await account.snapshot()).portfolio.cashBalance).toBe("501");
  });

  it("may be of nothing, twice", async () => {
    const account = await holding();
    await reset(account, "0");
    expect(await reset(account, "0")).toMatchObject({ kind: "reset" });
    expect((await account.snapshot()).portfolio.netDeposits).toBe("0");
    const transactions = await account.portfolios.ledger(account.userId, undefined, 10);
    expect(transactions.filter(({ kind }) => kind === "reset")).toHaveLength(1);
    expect(await account.faults()).toEqual([]);
  });

  it("does not undo what a venue still does to the orders of before", async () => {
    const account = await openAccount(database, "1000");
    const order = await account.working(BUY);
    const busted = account.execution("4", "9", "1");
    await account.report(
      order,
      reportOf(order, "partial_fill", busted),
      reportOf(order, "canceled"),
    );
    await reset(account, "500");
    await account.report(order, reportOf(order, "fill", account.execution("6", "10")));
    expect((await account.snapshot()).portfolio).toMatchObject({ cashBalance: "440", fees: "0" });
    await account.report(order, { ...reportOf(order, "restated"), restates: busted.id });
    // What the bust takes back was emptied with the reset.
    const { portfolio, positions } = await account.snapshot();
    expect(portfolio).toMatchObject({ cashBalance: "477", fees: "-1", netDeposits: "500" });
    expect(positions).toMatchObject([{ quantity: "2" }]);
    expect(await account.faults()).toEqual([]);
  });
});

describe("neither is for", () => {
  const moves = [
    ["a deposit", deposit],
    ["a reset", reset],
  ] as const;

  it.each(moves)("an ended session: %s", async (_name, move) => {
    const account = await openAccount(database, "100");
    const principal = { ...account.principal, sessionId: newId() };
    expect(await move({ ...account, principal }, "5")).toEqual({ kind: "unauthenticated" });
  });

  it.each(moves)("an account that is closed, or holds real money: %s", async (_name, move) => {
    const account = await openAccount(database, "100");
    const set = (change: ReturnType<typeof sql>) =>
      account.db.execute(sql`update users set ${change} where id = ${account.userId}`);
    await set(sql`account_status = 'closed'`);
    expect(await move(account, "5")).toEqual({ kind: "account_inactive", accountStatus: "closed" });
    await set(sql`account_status = 'active', account_type = 'live'`);
    expect(await move(account, "5")).toEqual({ kind: "not_paper" });
    expect((await account.snapshot()).portfolio.cashBalance).toBe("100");
  });
});
