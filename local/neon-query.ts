import type { IncomingHttpHeaders } from "node:http";
import pg from "pg";

/** One statement as Neon's HTTP endpoint takes it; parameters are text or null. */
export interface Statement {
  readonly query: string;
  readonly params: readonly (string | null)[];
}

/** One result as it goes out: values are the text that Postgres wrote, in arrays, in the order of `fields`. */
export interface StatementResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rowAsArray: true;
  readonly fields: readonly object[];
  readonly rows: readonly (string | null)[][];
}

export type BatchPoint = "begin" | "before-commit" | "committed";

/** What every statement passes on its way; what it throws ends the connection without an answer. */
export type OnStatement = (at: {
  readonly database: string;
  readonly statements: readonly Statement[];
  readonly point: BatchPoint;
}) => void | Promise<void>;

/** Marks an error of the seam, so that it is not mistaken for the database's. */
export class ConnectionCut extends Error {}

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
};

const asText = { getTypeParser: () => (value: string) => value };

/** One statement, which commits by itself. */
export function runSingle(pool: pg.Pool, statement: Statement): Promise<StatementResult> {
  return run(pool, statement);
}

/** All statements in one transaction, whose kind `begin` states. */
export async function runBatch(
  pool: pg.Pool,
  statements: readonly Statement[],
  begin: string,
  pass: (point: BatchPoint) => Promise<void>,
): Promise<StatementResult[]> {
  await pass("begin");
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const results: StatementResult[] = [];
    for (const statement of statements) results.push(await run(client, statement));
    await pass("before-commit");
    await client.query("COMMIT");
    await pass("committed");
    return results;
  } catch (error) {
    await client.query("ROLLBACK").catch((rollback: Error) => {
      broken = rollback;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The BEGIN that the request's `Neon-Batch-*` headers ask for; undefined for an unknown isolation level. */
export function beginOf(headers: IncomingHttpHeaders): string | undefined {
  const level = headers["neon-batch-isolation-level"];
  const words = ["BEGIN"];
  if (level !== undefined) {
    const name = ISOLATION_LEVELS[String(level)];
    if (name === undefined) return undefined;
    words.push("ISOLATION LEVEL", name);
  }
  if (headers["neon-batch-read-only"] === "true") words.push("READ ONLY");
  if (headers["neon-batch-deferrable"] === "true") words.push("DEFERRABLE");
  return words.join(" ");
}

async function run(
  client: pg.Pool | pg.PoolClient,
  statement: Statement,
): Promise<StatementResult> {
  const result = await client.query({
    text: statement.query,
    values: [...statement.params],
    rowMode: "array",
    types: asText,
    // The simple protocol would accept "SELECT 1; SELECT 2", which Neon refuses.
    queryMode: "extended",
  } as pg.QueryArrayConfig);
  return {
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: true,
    fields: result.fields,
    rows: result.rows,
  };
}

const ERROR_FIELDS = [
  "severity",
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const satisfies readonly (keyof pg.DatabaseError)[];

/** The body of a 400: the database's message and whatever fields it filled. */
export function errorBody(error: unknown): Record<string, string | undefined> {
  if (!(error instanceof pg.DatabaseError)) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  const body: Record<string, string | undefined> = { message: error.message };
  for (const field of ERROR_FIELDS) {
    if (error[field] !== undefined) body[field] = error[field];
  }
  return body;
}
