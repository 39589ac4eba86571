import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { portfolios } from "../db/schema/holdings.ts";
import { sessions, users } from "../db/schema/identity.ts";
import { accountEvents, ledgerEntries } from "../db/schema/journal.ts";
import { decimal } from "../domain/decimal.ts";
import { newId } from "../domain/id.ts";
import { describeAuthRepository } from "./repository.contract.ts";
import { createAuthRepository } from "./repository.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await cloneDatabase();
  db = createDatabase(database);
});

afterAll(() => database.drop());

describeAuthRepository("accounts in Postgres", async () => ({
  repository: createAuthRepository(db),
  async setAccountStatus(userId, accountStatus) {
    await db.update(users).set({ accountStatus }).where(eq(users.id, userId));
  },
}));

describe("a new account", () => {
  const at = new Date("2026-11-02T15:00:00.000Z");
  const draft = (cash: string) => ({
    userId: newId(),
    portfolioId: newId(),
    sessionId: newId(),
    email: `${newId()}@example.com`,
    username: `u_${newId().replaceAll("-", "").slice(-20)}`,
    passwordHash: "hash",
    fullName: null,
    deviceName: null,
    cash: decimal(cash),
    tokenHash: newId(),
    at,
    expiresAt: new Date(at.getTime() + 604_800_000),
  });

  it("starts with a deposit that journal, ledger and portfolio agree on, in one round trip", async () => {
    const before = await database.roundTrips();
    const account = draft("100000");
    await createAuthRepository(db).openAccount(account);
    const after = await database.roundTrips();
    expect(after.requests - before.requests).toBe(1);

    const { userId } = account;
    const [portfolio] = await db.select().from(portfolios).where(eq(portfolios.userId, userId));
    expect(portfolio).toMatchObject({
      id: account.portfolioId,
      cashBalance: "100000",
      cashReserved: "0",
      netDeposits: "100000",
      lastSeq: 2,
    });
    const events = await db
      .select()
      .from(accountEvents)
      .where(eq(accountEvents.userId, userId))
      .orderBy(accountEvents.seq);
    expect(events).toMatchObject([
      { seq: 1, kind: "account", event: "opened", data: { account_status: "active" } },
      {
        seq: 2,
        kind: "cash",
        event: "deposit",
        data: { cash_balance: "100000", cash_reserved: "0", amount: "100000" },
      },
    ]);
    const entries = await db
      .select()
      .from(ledgerEntries)
      .where(eq(ledgerEntries.userId, userId))
      .orderBy(ledgerEntries.ordinal);
    expect(entries).toMatchObject([
      { account: "cash", asset: "USD", amount: "100000" },
      { account: "external", asset: "USD", amount: "-100000" },
    ]);
    const checks = await db.execute<{ name: string; ok: boolean }>(
      sql`select * from verify_account(${userId})`,
    );
    expect(checks.rows.length).toBeGreaterThan(0);
    expect(checks.rows.filter(({ ok }) => !ok)).toEqual([]);
  });

  it("may start with nothing", async () => {
    const account = draft("0");
    await createAuthRepository(db).openAccount(account);
    const events = await db
      .select()
      .from(accountEvents)
      .where(eq(accountEvents.userId, account.userId));
    expect(events).toMatchObject([{ seq: 1, event: "opened" }]);
  });

  it("leaves nothing behind when its name is taken", async () => {
    const first = draft("5");
    await createAuthRepository(db).openAccount(first);
    const second = { ...draft("5"), email: first.email };
    await createAuthRepository(db).openAccount(second);
    const rows = await db.select().from(sessions).where(eq(sessions.id, second.sessionId));
    expect(rows).toEqual([]);
  });
});
