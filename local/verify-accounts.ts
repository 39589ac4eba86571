import type pg from "pg";
import { connect } from "./connect.ts";
import { reasonOf } from "./start-failure.ts";

export interface FailedCheck {
  readonly name: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface Verification {
  /** Accounts that were looked at. */
  readonly verified: number;
  /** Of all of them. */
  readonly checks: number;
  /** The first account that fails, after which nothing is looked at. */
  readonly failure: { readonly userId: string; readonly checks: readonly FailedCheck[] } | null;
}

const PAGE = 500;

/** Runs `verify_account` over every account of a database, oldest first, each at one instant. */
export async function verifyAccounts(url: string): Promise<Verification> {
  const client = await connect(url);
  let verified = 0;
  let checks = 0;
  try {
    for await (const userId of accountsOf(client)) {
      const found = await verifyAccount(client, userId);
      verified += 1;
      checks += found.length;
      const failed = found.filter(({ ok }) => !ok);
      if (failed.length > 0) return { verified, checks, failure: { userId, checks: failed } };
    }
  } finally {
    await client.end();
  }
  return { verified, checks, failure: null };
}

async function* accountsOf(client: pg.Client): AsyncGenerator<string> {
  let last = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await client.query<{ id: string }>(
      "select id from users where id > $1 order by id limit $2",
      [last, PAGE],
    );
    for (const { id } of rows) yield id;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < PAGE) return;
  }
}

async function verifyAccount(client: pg.Client, userId: string) {
  try {
    const { rows } = await client.query<FailedCheck & { ok: boolean }>(
      "select name, ok is true as ok, expected, actual, rows from verify_account($1)",
      [userId],
    );
    return rows;
  } catch (error) {
    // Something in its rows is not even of its type.
    const actual = reasonOf(error);
    return [{ name: "can_be_read", ok: false, expected: null, actual, rows: [] }];
  }
}
