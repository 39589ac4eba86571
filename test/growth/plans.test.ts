import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthRepository } from "../../src/auth/repository.ts";
import { decimal } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import { CLOSED_STATUSES, OPEN_STATUSES } from "../../src/domain/order.ts";
import { createJournalReader } from "../../src/journal/reader.ts";
import type { OrderFilter } from "../../src/orders/ports.ts";
import { createOrderReader } from "../../src/orders/reader.ts";
import { createWatchlistRepository } from "../../src/watchlists/repository.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf, type Wish } from "../orders/account.ts";
import { growTables, statementsOf } from "./statements.ts";

/** What grows with users and their doings. Reading all of one of these gets dearer every day. */
const GROWING =
  /^(users|sessions|refresh_tokens|portfolios|positions|orders|trades|account_events|ledger_transactions|ledger_entries|audit_log|watchlists|watchlist_symbols)$/;
const WISH: Wish = { symbol: "F", side: "buy", quantity: "10", limitPrice: "10" };
const VIEWS = { order: String, trade: String, position: String, cash: () => ({}) };
/** Half of all random ids are below it. */
const MIDDLE = "80000000-0000-4000-8000-000000000000";
const LIST: OrderFilter = { direction: "desc", limit: 51 };
const CLOSED: OrderFilter = { ...LIST, statuses: CLOSED_STATUSES };
const DAY_MS = 86_400_000;
const DAY = {
  startMs: Date.now() - DAY_MS,
  stepMs: 300_000,
  startDays: { stock: "2026-01-02", crypto: "2026-01-02" },
  changesMax: 1_000,
};

let database: TestDatabase;
let client: pg.Client;
let account: Account;

beforeAll(async () => {
  database = await cloneDatabase();
  account = await openAccount(database, "100000");
  const order = await account.working({ ...WISH, clientOrderId: "mine" });
  await account.report(order, reportOf(order, "fill", account.execution("10", "10")));
  await account.working(WISH);
  const list = { id: newId(), name: "Cars", symbols: [] };
  await createWatchlistRepository(account.db).create(account.principal, list, 20, new Date());
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await growTables(client, account.userId);
}, 120_000);

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

async function plansOf(run: () => Promise<unknown>): Promise<Plan[]> {
  const nodes: Plan[] = [];
  for (const { query, params } of await statementsOf(run)) {
    const { rows } = await client.query(`explain (format json) ${query}`, params);
    nodes.push(...nodesOf(rows[0]["QUERY PLAN"][0].Plan));
  }
  return nodes;
}

const scansOf = (nodes: readonly Plan[]) =>
  nodes
    .filter((node) => node["Node Type"] === "Seq Scan" && GROWING.test(node["Relation Name"] ?? ""))
    .map((node) => node["Relation Name"]);

describe("a read among many accounts and with a long past", () => {
  const orders = () => createOrderReader(account.db);
  const portfolios = () => account.portfolios;
  const journal = () => createJournalReader(account.db, VIEWS);
  const watchlists = () => createWatchlistRepository(account.db);
  const accounts = () => createAuthRepository(account.db);
  const id = () => account.userId;

  it.each<[string, () => Promise<unknown>]>([
    ["orders", () => orders().list(id(), LIST)],
    ["orders, a page on", () => orders().list(id(), { ...LIST, cursor: MIDDLE })],
    ["open orders", () => orders().list(id(), { ...LIST, statuses: OPEN_STATUSES })],
    ["closed orders", () => orders().list(id(), CLOSED)],
    ["orders, oldest first", () => orders().list(id(), { ...LIST, direction: "asc" })],
    ["one order", () => orders().find(id(), newId())],
    ["one order by its client's id", () => orders().findByClientOrderId(id(), "mine")],
    ["the events of an order", () => orders().events(id(), newId())],
    ["what is open at a venue", () => orders().openAt("alpaca", null, 500)],
    ["some orders of a venue", () => orders().atVenue("alpaca", [newId(), newId()])],
    ["what an order may cost", () => orders().funds(id(), "F")],
    ["trades", () => portfolios().trades(id(), { limit: 51 })],
    ["the ledger", () => portfolios().ledger(id(), undefined, 51)],
    ["positions and money", () => account.snapshot()],
    ["what is held", () => portfolios().heldSymbols(id())],
    ["what a day's history is made of", () => portfolios().ledgerOver(id(), DAY)],
    ["who signs in, by name", () => accounts().findCredentials({ username: "user_7" })],
    ["who signs in, by address", () => accounts().findCredentials({ email: "7@example.com" })],
    ["the journal of a stream", () => journal().read(id(), 10, 100)],
    ["the head of a journal", () => journal().head(id())],
    ["watchlists", () => watchlists().list(id())],
  ])("goes by indexes: %s", async (_name, read) => {
    const nodes = await plansOf(read);
    expect(nodes.length).toBeGreaterThan(0);
    expect(scansOf(nodes)).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["orders", () => orders().list(id(), LIST)],
    ["orders, a page on", () => orders().list(id(), { ...LIST, cursor: MIDDLE })],
    ["closed orders", () => orders().list(id(), CLOSED)],
    ["trades", () => portfolios().trades(id(), { limit: 51 })],
    ["the journal of a stream", () => journal().read(id(), 10, 100)],
  ])("has its order from the index: %s", async (_name, read) => {
    const kinds = (await plansOf(read)).map((node) => node["Node Type"]);
    expect(kinds.filter((kind) => kind.includes("Sort"))).toEqual([]);
  });
});

describe("what writes", () => {
  /** Runs what it would send, and undoes it: how often each growing table was read whole. */
  async function wholeReadsOf(run: () => Promise<unknown>): Promise<unknown[]> {
    const statements = await statementsOf(run);
    expect(statements.length).toBe(1);
    await client.query("begin");
    try {
      for (const { query, params } of statements) await client.query(query, params);
      const { rows } = await client.query(
        "select relname, seq_scan from pg_stat_xact_user_tables where seq_scan > 0",
      );
      return rows.filter(({ relname }) => GROWING.test(relname));
    } finally {
      await client.query("rollback");
    }
  }

  it("reads no growing table whole: placing an order", async () => {
    expect(await wholeReadsOf(() => account.place(WISH))).toEqual([]);
  });

  it("reads no growing table whole: booking a fill", async () => {
    const order = await account.working(WISH);
    const fill = reportOf(order, "fill", account.execution("10", "10"));
    expect(await wholeReadsOf(() => account.report(order, fill))).toEqual([]);
  });

  it("reads no growing table whole: canceling", async () => {
    const order = await account.working(WISH);
    const cancel = () => account.orders.requestCancel(account.principal, order.id, new Date());
    expect(await wholeReadsOf(cancel)).toEqual([]);
  });

  it("reads no growing table whole: signing in", async () => {
    const draft = {
      sessionId: newId(),
      userId: account.userId,
      deviceName: null,
      tokenHash: "another",
      at: new Date(),
      expiresAt: new Date(Date.now() + DAY_MS),
    };
    const signIn = () => createAuthRepository(account.db).openSession(draft, "none");
    expect(await wholeReadsOf(signIn)).toEqual([]);
  });

  it("reads no growing table whole: refreshing a session", async () => {
    const rotation = {
      tokenHash: account.userId,
      successorHash: "its successor",
      graceS: 10,
      at: new Date(),
      expiresAt: new Date(Date.now() + DAY_MS),
    };
    const refresh = () => createAuthRepository(account.db).rotateRefreshToken(rotation);
    expect(await wholeReadsOf(refresh)).toEqual([]);
  });

  it("reads no growing table whole: a deposit", async () => {
    const deposit = () =>
      account.portfolios.deposit(
        account.principal,
        { amount: decimal("10"), key: "once" },
        new Date(),
      );
    expect(await wholeReadsOf(deposit)).toEqual([]);
  });
});
