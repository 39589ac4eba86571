import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "../orders/account.ts";

const STOCK: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10" };
const COIN: Wish = { symbol: "DOGE/USD", side: "buy", quantity: "100", limitPrice: "0.3" };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  const { db } = await openAccount(database, "0");
  await db.execute(sql`
    insert into daily_bars (symbol, day, open, high, low, close, volume) values
      ('F', '2026-11-20', 9, 9, 9, 9.25, 1), ('F', '2026-11-23', 9, 9, 9, 9.5, 1), ('DOGE/USD', '2026-11-22', 1, 1, 1, 0.31, 1)`);
  await db.execute(sql`
    insert into daily_bar_spans (symbol, from_day, through_day, tried_at) values
      ('F', '2026-01-01', '2026-11-23', now()), ('DOGE/USD', '2026-01-01', '2026-11-22', now())`);
});
afterAll(() => database.drop());

async function trade(account: Account, wish: Wish, price: string, fee = "0", asset = "USD") {
  const order = await account.working(wish);
  const execution = account.execution(wish.quantity, price, fee, asset);
  await account.report(order, reportOf(order, "fill", execution));
}

/** A close of both markets, between what came before and what comes after. */
async function closeMarkets() {
  const at = new Date(Date.now() + 2);
  await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    stock: { at, day: "2026-11-23" },
    crypto: { at, day: "2026-11-22" },
  };
}

const daysOf = async (account: Account, closes: Awaited<ReturnType<typeof closeMarkets>>) =>
  (await account.snapshot(closes)).days.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));

describe("what has happened since the last close", () => {
  it("is nothing to what was held before, whose close is told", async () => {
    const account = await openAccount(database, "1000");
    await trade(account, STOCK, "10");
    await account.working({ ...STOCK, side: "sell", quantity: "4", limitPrice: "20" });
    const closes = await closeMarkets();
    await account.working({ ...STOCK, quantity: "1" });
    expect(await daysOf(account, closes)).toEqual([
      { symbol: "F", quantity: "0", cash: "0", close: "9.5" },
    ]);
  });

  it("is what was bought and sold since, with the fees of it", async () => {
    const account = await openAccount(database, "1000");
    await trade(account, STOCK, "10");
    const closes = await closeMarkets();
    await trade(account, { ...STOCK, quantity: "5" }, "9", "0.5");
    await trade(account, { ...STOCK, side: "sell", quantity: "8" }, "11", "0.25");
    await trade(account, COIN, "0.3", "0.25", "DOGE");
    expect(await daysOf(account, closes)).toEqual([
      { symbol: "DOGE/USD", quantity: "99.75", cash: "-30", close: "0.31" },
      { symbol: "F", quantity: "-3", cash: "42.25", close: "9.5" },
    ]);
  });

  it("is of what was sold out, too", async () => {
    const account = await openAccount(database, "1000");
    await trade(account, STOCK, "10");
    const closes = await closeMarkets();
    await trade(account, { ...STOCK, side: "sell" }, "11");
    expect(await daysOf(account, closes)).toEqual([
      { symbol: "F", quantity: "-10", cash: "110", close: "9.5" },
    ]);
    // Sold out before: that is of another day.
    expect(await daysOf(account, await closeMarkets())).toEqual([]);
  });

  it("tells no close that the table does not have yet", async () => {
    const account = await openAccount(database, "1000");
    await trade(account, STOCK, "10");
    const closes = await closeMarkets();
    const close = async (day: string) =>
      (await daysOf(account, { ...closes, stock: { ...closes.stock, day } }))[0]?.close;
    expect(await close("2026-11-24")).toBeNull();
    expect(await close("2026-11-22")).toBe("9.25");
    expect(await close("2026-11-19")).toBeNull();
  });

  it("counts each market from its own close", async () => {
    const account = await openAccount(database, "1000");
    const before = await closeMarkets();
    await trade(account, STOCK, "10");
    await trade(account, COIN, "0.3");
    const after = await closeMarkets();
    expect(await daysOf(account, { stock: before.stock, crypto: after.crypto })).toMatchObject([
      { symbol: "DOGE/USD", quantity: "0", cash: "0" },
      { symbol: "F", quantity: "10", cash: "-100" },
    ]);
  });

  it("counts deposits, and after a reset what came with and after it", async () => {
    const account = await openAccount(database, "1000");
    const put = (amount: string) =>
      account.portfolios.deposit(
        account.principal,
        { amount: decimal(amount), key: null },
        new Date(),
      );
    const closes = await closeMarkets();
    await put("50");
    expect((await account.snapshot(closes)).depositsSince).toEqual({ stock: "50", crypto: "50" });
    await trade(account, STOCK, "10");
    const request = { amount: decimal("500"), key: null };
    await account.portfolios.reset(account.principal, request, new Date());
    await put("5");
    await trade(account, { ...STOCK, quantity: "2" }, "10");
    const snapshot = await account.snapshot(closes);
    expect(snapshot.depositsSince).toEqual({ stock: "505", crypto: "505" });
    expect(snapshot.days).toMatchObject([{ symbol: "F", quantity: "2", cash: "-20" }]);
  });
});
