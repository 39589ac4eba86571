import pg from "pg";
import type { TestPlatform } from "../harness/platform.ts";

/** Asks the platform's database directly: for what no answer of the API shows. */
export async function query<Row extends pg.QueryResultRow>(
  { databaseUrl }: Pick<TestPlatform, "databaseUrl">,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** What the audit log holds of one action, oldest first. */
export async function audited(
  platform: Pick<TestPlatform, "databaseUrl">,
  action: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = await query<{ data: Record<string, unknown> }>(
    platform,
    "select data from audit_log where action = $1 order by id",
    [action],
  );
  return rows.map(({ data }) => data);
}
