import { spawnSync } from "node:child_process";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../test/harness/database.ts";
import { openBusyAccount } from "../test/ledger/busy-account.ts";
import { root } from "./checkout.ts";
import { verifyAccounts } from "./verify-accounts.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

function command(url: string) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "local", "ledger-verify.ts")],
    { env: { ...process.env, DATABASE_URL: url }, encoding: "utf8" },
  );
  return { status, stdout };
}

it("verifies all accounts, and stops at the first that fails, with its rows", async () => {
  expect(await verifyAccounts(database.url)).toEqual({ verified: 0, checks: 0, failure: null });
  const accounts = [await openBusyAccount(database), await openBusyAccount(database)];
  const sound = await verifyAccounts(database.url);
  expect(sound).toMatchObject({ verified: 2, failure: null });
  expect(sound.checks).toBeGreaterThan(50);
  expect(command(database.url)).toEqual({
    status: 0,
    stdout: `ledger   | 2 accounts, ${sound.checks} checks: all hold\n`,
  });

  const broken = String(accounts[1]?.userId);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    `update trades set price = price + 1 where id = (
       select id from trades where user_id = $1 and voided_at is null limit 1) returning id`,
    [broken],
  );
  const { failure } = await verifyAccounts(database.url);
  expect(failure?.userId).toBe(broken);
  expect(failure?.checks.map(({ name }) => name)).toContain("trades_rebuild");
  const { status, stdout } = command(database.url);
  expect(status).toBe(1);
  expect(stdout).toContain(`account ${broken} fails`);
  expect(stdout).toContain(`"id":"${rows[0].id}"`);

  await client.query(
    `update account_events set data = jsonb_set(data, '{order,quantity}', '"many"')
     where user_id = $1 and event = 'fill'`,
    [broken],
  );
  await client.end();
  expect((await verifyAccounts(database.url)).failure?.checks).toMatchObject([
    { name: "can_be_read", actual: expect.stringContaining("many") },
  ]);
});

it("says in one line why it can't begin", () => {
  expect(command("mysql://localhost")).toEqual({
    status: 1,
    stdout: "ledger   | DATABASE_URL is not a postgres:// URL\n",
  });
});
