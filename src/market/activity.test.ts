import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { newId } from "../domain/id.ts";
import { activeStatement, createActivityReader } from "./reader.ts";

let database: TestDatabase;
let db: Database;
const userId = newId();

beforeAll(async () => {
  database = await cloneDatabase();
  db = createDatabase(database);
  await db.execute(sql`insert into users (id, email, username, password_hash, created_at, updated_at)
    values (${userId}, 'a@example.com', 'a', '', now(), now())`);
});

afterAll(() => database.drop());

const active = () => createActivityReader(db).active();

const hold = (symbol: string, closed = false) =>
  db.execute(sql`insert into positions (id, user_id, symbol, asset_type, quantity, cost_basis, opened_at, closed_at, updated_at)
    values (${newId()}, ${userId}, ${symbol}, 'stock', 1, 1, now(), ${closed ? sql`now()` : sql`null`}, now())`);

const order = (symbol: string, status: string) =>
  db.execute(sql`insert into orders
    (id, user_id, symbol, asset_type, side, type, quantity, time_in_force, status, broker, created_at, updated_at)
    values (${newId()}, ${userId}, ${symbol}, 'stock', 'buy', 'market', 1, 'day', ${status}, 'alpaca', now(), now())`);

it("knows of nothing at first", async () => {
  expect(await active()).toEqual({ held: [], listed: [] });
});

it("names what is held, what is ordered and what is listed, each once, in one round trip", async () => {
  for (const symbol of ["T", "AAL", "DOGE/USD"]) await hold(symbol);
  await hold("SOLD", true);
  for (const status of ["new", "partially_filled", "pending_cancel"]) await order("NVDA", status);
  await order("AAL", "pending_new");
  await order("DONE", "filled");
  for (const name of ["Cars", "Coins"]) {
    const id = newId();
    await db.execute(sql`insert into watchlists values (${id}, ${userId}, ${name}, now(), now())`);
    await db.execute(
      sql`insert into watchlist_symbols values (${id}, 1, 'F'), (${id}, 2, ${name === "Cars" ? "T" : "XRP/USD"})`,
    );
  }
  const before = await database.roundTrips();
  expect(await active()).toEqual({
    held: ["AAL", "DOGE/USD", "NVDA", "T"],
    listed: ["F", "T", "XRP/USD"],
  });
  expect((await database.roundTrips()).requests - before.requests).toBe(1);
});

it("costs as much as there are symbols, however many hold them", async () => {
  await db.execute(sql`insert into users (id, email, username, password_hash, created_at, updated_at)
    select gen_random_uuid(), 'x' || n, 'x' || n, '', now(), now() from generate_series(1, 5000) n`);
  await db.execute(sql`insert into positions (id, user_id, symbol, asset_type, quantity, cost_basis, opened_at, updated_at)
    select gen_random_uuid(), id, s, 'stock', 1, 1, now(), now() from users, unnest(array['F', 'T', 'AAL', 'SOFI']) s
    where username like 'x%'`);
  await db.execute(
    sql`insert into watchlists select gen_random_uuid(), id, 'w', now(), now() from users where username like 'x%'`,
  );
  await db.execute(sql`insert into watchlist_symbols select w.id, n, s
    from watchlists w, unnest(array['AA', 'BB', 'CC']) with ordinality x(s, n) where w.name = 'w'`);
  await db.execute(sql`analyze positions, watchlist_symbols, orders`);
  const { rows } = await db.execute(sql`explain (format json) ${activeStatement()}`);
  const plan = JSON.stringify(rows);
  expect(plan).toContain("positions_held_idx");
  expect(plan).toContain("watchlist_symbols_symbol_key");
  expect(plan).not.toMatch(/"Seq Scan"[^{}]*"(positions|watchlist_symbols)"/);
  expect((await active()).held).toEqual(["AAL", "DOGE/USD", "F", "NVDA", "SOFI", "T"]);
});
