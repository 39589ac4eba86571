import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { openAccount, reportOf, type Wish } from "../orders/account.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.parse("2026-11-20T00:00:00Z");
const STOCK: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10" };
const COIN: Wish = { symbol: "DOGE/USD", side: "buy", quantity: "100", limitPrice: "0.3" };

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

/** An account in November, whose clock shows what `at` says. */
async function openThen(cash: string) {
  let nowMs = START_MS - 48 * HOUR_MS;
  const now = () => new Date(nowMs);
  const account = await openAccount(database, cash, now);
  const { portfolios, principal, userId } = account;
  return {
    ...account,
    at: (time: string) => {
      nowMs = Date.parse(`2026-11-${time}Z`);
    },
    async trade(wish: Wish, price: string, fee = "0", asset = "USD") {
      const order = await account.working(wish);
      const execution = account.execution(wish.quantity, price, fee, asset);
      await account.report(order, { ...reportOf(order, "fill", execution), at: now() });
    },
    put: (amount: string) =>
      portfolios.deposit(principal, { amount: decimal(amount), key: null }, now()),
    startOver: (amount: string) =>
      portfolios.reset(principal, { amount: decimal(amount), key: null }, now()),
    async over(changesMax = 100) {
      const found = await portfolios.ledgerOver(userId, {
        startMs: START_MS,
        stepMs: HOUR_MS,
        startDays: { stock: "2026-11-19", crypto: "2026-11-20" },
        changesMax,
      });
      if (found === undefined) throw new Error("the portfolio is gone");
      return found;
    },
  };
}

const shown = ({ changes }: Awaited<ReturnType<Awaited<ReturnType<typeof openThen>>["over"]>>) =>
  changes
    ?.map(({ byMs, ...change }) => ({ by: new Date(byMs).toISOString().slice(8, 16), ...change }))
    .toSorted((a, b) => `${a.by} ${a.asset}`.localeCompare(`${b.by} ${b.asset}`));

describe("what the ledger tells since a time", () => {
  it("is what changed in each step, reservations left out, and what there is now", async () => {
    const account = await openThen("1000");
    account.at("19T12:00:00");
    await account.trade(STOCK, "10");
    account.at("20T09:59:59.999");
    await account.trade({ ...STOCK, side: "sell", quantity: "4" }, "11", "0.5");
    account.at("20T10:00:00");
    await account.trade(COIN, "0.3", "0.25", "DOGE");
    account.at("20T10:00:00.001");
    await account.put("25");
    await account.working({ ...STOCK, quantity: "1" });
    const over = await account.over();
    expect(shown(over)).toEqual([
      { by: "20T10:00", asset: "DOGE/USD", amount: "99.75", deposited: "0" },
      { by: "20T10:00", asset: "F", amount: "-4", deposited: "0" },
      { by: "20T10:00", asset: "USD", amount: "13.5", deposited: "0" },
      { by: "20T11:00", asset: "USD", amount: "25", deposited: "25" },
    ]);
    expect(Object.fromEntries(over.balances)).toEqual({
      USD: "938.5",
      "DOGE/USD": "99.75",
      F: "6",
    });
    expect(over.beganAtMs).toBe(START_MS - 48 * HOUR_MS);
  });

  it("begins anew with a reset, whose cash is a deposit", async () => {
    const account = await openThen("1000");
    account.at("20T09:00:00");
    await account.trade(STOCK, "10");
    account.at("20T10:30:00");
    await account.startOver("70");
    const over = await account.over();
    expect(shown(over)).toEqual([{ by: "20T11:00", asset: "USD", amount: "70", deposited: "70" }]);
    expect(over.beganAtMs).toBe(Date.parse("2026-11-20T10:30:00Z"));
    expect(Object.fromEntries(over.balances)).toEqual({ USD: "70" });
  });

  it("is not told where it is too much", async () => {
    const account = await openThen("1000");
    account.at("20T09:00:00");
    await account.put("1");
    account.at("20T11:00:00");
    await account.put("1");
    expect((await account.over(2)).changes).toHaveLength(2);
    expect((await account.over(1)).changes).toBeNull();
  });

  it("comes with the last close before it of what was held or traded, in one round trip", async () => {
    const account = await openThen("1000");
    account.at("20T09:00:00");
    await account.trade(STOCK, "10");
    await account.trade(COIN, "0.3");
    account.at("20T11:00:00");
    await account.trade({ ...COIN, side: "sell" }, "0.3");
    await account.db.execute(sql`
      insert into daily_bars (symbol, day, open, high, low, close, volume) values
        ('F', '2026-11-17', 9, 9, 9, 9.25, 1), ('F', '2026-11-18', 9, 9, 9, 9.5, 1), ('F', '2026-11-19', 9, 9, 9, 9.75, 1),
        ('DOGE/USD', '2026-11-19', 1, 1, 1, 0.31, 1), ('DOGE/USD', '2026-11-20', 1, 1, 1, 0.32, 1),
        ('T', '2026-11-18', 1, 1, 1, 25, 1)`);
    const before = await database.roundTrips();
    const { openingCloses } = await account.over();
    expect((await database.roundTrips()).requests - before.requests).toBe(1);
    expect(Object.fromEntries(openingCloses)).toEqual({ F: "9.5", "DOGE/USD": "0.31" });
  });

  it("is found by the time it was written at, and the reset by its own index", async () => {
    const { db, userId } = await openThen("1");
    await db.execute(sql`
      insert into account_events (user_id, seq, kind, event, at, data)
      select ${userId}::uuid, 1000 + n, (case when n % 1000 = 0 then 'cash' else 'order' end)::event_kind, 'x', now(), '{}'
      from generate_series(1, 20000) n`);
    await db.execute(sql`
      insert into ledger_transactions (id, user_id, seq, kind, created_at)
      select gen_random_uuid(), ${userId}::uuid, 1000 + n, 'release', timestamptz '2026-01-01' + n * interval '1 minute'
      from generate_series(1, 20000) n`);
    await db.execute(sql`analyze account_events, ledger_transactions`);
    const explained = async (query: ReturnType<typeof sql>) =>
      JSON.stringify((await db.execute(sql`explain (format json) ${query}`)).rows);
    const moved = sql`select 1 from ledger_transactions
      where user_id = ${userId} and created_at > timestamptz '2026-01-14 12:00Z'`;
    expect(await explained(moved)).toContain("ledger_transactions_time_idx");
    const restart = sql`select seq, at from account_events
      where user_id = ${userId} and kind = 'cash' and event = 'reset' order by seq desc limit 1`;
    expect(await explained(restart)).toContain("account_events_cash_idx");
  });
});
