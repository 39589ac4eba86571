import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { type Account, openAccount, reportOf } from "../orders/account.ts";

const FEW = 20;
const MANY = 4 * FEW;

let database: TestDatabase;
let client: pg.Client;
let account: Account;

beforeAll(async () => {
  database = await cloneDatabase();
  account = await openAccount(database, "1000");
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

interface Plan {
  readonly "Actual Loops": number;
  /** Of each loop. */
  readonly "Actual Rows": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly Plans?: readonly Plan[];
}

function rowsOf(plan: Plan): number {
  const each =
    plan["Actual Rows"] +
    (plan["Rows Removed by Filter"] ?? 0) +
    (plan["Rows Removed by Join Filter"] ?? 0);
  return (plan.Plans ?? []).reduce((rows, one) => rows + rowsOf(one), each * plan["Actual Loops"]);
}

/** How many rows pass through all steps of a verification. */
async function rowsVerified(): Promise<number> {
  await client.query("analyze");
  const { rows } = await client.query(
    "explain (analyze, format json) select * from verify_account($1)",
    [account.userId],
  );
  return rowsOf(rows[0]["QUERY PLAN"][0].Plan);
}

async function fill(times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const order = await account.working({
      symbol: "F",
      side: "buy",
      quantity: "1",
      limitPrice: "1",
    });
    await account.report(order, reportOf(order, "fill", account.execution("1", "1")));
  }
}

it("verifying an account takes as many times the work as the account is long, not the square of it", async () => {
  await fill(FEW);
  const few = await rowsVerified();
  await fill(MANY - FEW);
  const many = await rowsVerified();
  expect(few).toBeGreaterThan(20 * FEW);
  expect(many / few).toBeLessThan(6);
  expect(await account.faults()).toEqual([]);
}, 60_000);
