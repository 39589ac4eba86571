import { Client, NeonDbError, neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { cloneDatabase, type TestDatabase } from "../test/harness/database.ts";
import { type NeonStandIn, startNeonStandIn } from "./neon.ts";
import type { OnStatement } from "./neon-query.ts";
import { freePort } from "./ports.ts";

let database: TestDatabase;
let standIn: NeonStandIn;
let onStatement: OnStatement = () => {};

beforeAll(async () => {
  database = await cloneDatabase("template1");
  const postgresPort = Number(new URL(database.url).port);
  standIn = await startNeonStandIn({ postgresPort, onStatement: (at) => onStatement(at) });
  neonConfig.fetchEndpoint = standIn.httpEndpoint;
  neonConfig.wsProxy = standIn.wsProxy;
  neonConfig.useSecureWebSocket = false;
  neonConfig.webSocketConstructor = WebSocket;
  await neon(
    database.url,
  )`CREATE TABLE notes (id int PRIMARY KEY, text text NOT NULL, price numeric)`;
});

beforeEach(async () => {
  onStatement = () => {};
  await neon(database.url)`TRUNCATE notes`;
});

afterAll(async () => {
  await standIn?.stop();
  await database?.drop();
});

describe("single statements", () => {
  it("keeps exact numbers, nulls, arrays, JSON and text as Postgres has them", async () => {
    const rows = await neon(database.url)`
      SELECT ${"0.10"}::numeric AS price, ${null}::text AS nothing, ${"ä'\"\\"}::text AS words,
        ARRAY['a', 'b'] AS list, '{"a": 1}'::jsonb AS document, 9007199254740993::bigint AS big`;
    expect(rows).toEqual([
      {
        price: "0.10",
        nothing: null,
        words: "ä'\"\\",
        list: ["a", "b"],
        document: { a: 1 },
        big: "9007199254740993",
      },
    ]);
  });

  it("reports command, count and fields", async () => {
    const sql = neon(database.url, { fullResults: true, arrayMode: true });
    const result = await sql`INSERT INTO notes VALUES (1, 'a'), (2, 'b') RETURNING id`;
    expect(result).toMatchObject({ command: "INSERT", rowCount: 2, rows: [[1], [2]] });
    expect(result.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([["id", 23]]);
  });

  it("passes on what the database says about an error", async () => {
    const sql = neon(database.url);
    await sql`INSERT INTO notes VALUES (1, 'a')`;
    const error = await sql`INSERT INTO notes VALUES (1, 'b')`.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NeonDbError);
    expect(error).toMatchObject({
      code: "23505",
      severity: "ERROR",
      constraint: "notes_pkey",
      table: "notes",
      detail: "Key (id)=(1) already exists.",
    });
  });

  it("refuses two statements in one text", async () => {
    await expect(neon(database.url).query("SELECT 1; SELECT 2")).rejects.toMatchObject({
      code: "42601",
    });
  });

  it("tells a database that does not exist from a server that does not answer", async () => {
    const url = new URL(database.url);
    url.pathname = "/nowhere";
    await expect(neon(url.href)`SELECT 1`).rejects.toMatchObject({ code: "3D000" });

    const cutOff = await startNeonStandIn({ postgresPort: await freePort() });
    neonConfig.fetchEndpoint = cutOff.httpEndpoint;
    await expect(neon(database.url)`SELECT 1`).rejects.toThrow("Server error (HTTP status 502)");
    neonConfig.fetchEndpoint = standIn.httpEndpoint;
    await cutOff.stop();
  });
});

describe("batches", () => {
  it("runs in one transaction, of the kind that the headers ask for", async () => {
    const sql = neon(database.url);
    const [isolation, readOnly, one, other] = await sql.transaction(
      [
        sql`SHOW transaction_isolation`,
        sql`SHOW transaction_read_only`,
        sql`SELECT txid_current_if_assigned() IS NULL AS clean, pg_backend_pid() AS session`,
        sql`SELECT pg_backend_pid() AS session`,
      ],
      { isolationLevel: "RepeatableRead", readOnly: true },
    );
    expect(isolation).toEqual([{ transaction_isolation: "repeatable read" }]);
    expect(readOnly).toEqual([{ transaction_read_only: "on" }]);
    expect(one?.[0]?.session).toBe(other?.[0]?.session);
  });

  it("defaults to what Postgres defaults to", async () => {
    const sql = neon(database.url);
    const [isolation] = await sql.transaction([sql`SHOW transaction_isolation`]);
    expect(isolation).toEqual([{ transaction_isolation: "read committed" }]);
  });

  it("keeps nothing if one statement fails", async () => {
    const sql = neon(database.url);
    const batch = sql.transaction([
      sql`INSERT INTO notes VALUES (1, 'a')`,
      sql`INSERT INTO notes VALUES (2, NULL)`,
    ]);
    await expect(batch).rejects.toMatchObject({ code: "23502", column: "text" });
    expect(await sql`SELECT * FROM notes`).toEqual([]);
  });

  it("refuses a write in a read-only batch and leaves the session clean", async () => {
    const sql = neon(database.url);
    const batch = sql.transaction([sql`INSERT INTO notes VALUES (1, 'a')`], { readOnly: true });
    await expect(batch).rejects.toMatchObject({ code: "25006" });
    await sql`INSERT INTO notes VALUES (1, 'a')`;
    expect(await sql`SELECT id FROM notes`).toEqual([{ id: 1 }]);
  });

  it("serves many at once, each in a session of its own", async () => {
    const sql = neon(database.url);
    await sql`INSERT INTO notes VALUES (1, 'counter', 0)`;
    const raise = () =>
      sql.transaction([
        sql`SELECT 1 FROM notes WHERE id = 1 FOR UPDATE`,
        sql`UPDATE notes SET price = price + 1 WHERE id = 1`,
      ]);
    await Promise.all(Array.from({ length: 60 }, raise));
    expect(await sql`SELECT price FROM notes`).toEqual([{ price: "60" }]);
  });
});

describe("the WebSocket tunnel", () => {
  it("carries an interactive transaction", async () => {
    const client = new Client(database.url);
    await client.connect();
    await client.query("BEGIN");
    await client.query("INSERT INTO notes VALUES ($1, $2)", [1, "a"]);
    expect(await neon(database.url)`SELECT * FROM notes`).toEqual([]);
    await client.query("COMMIT");
    await client.end();
    expect(await neon(database.url)`SELECT id FROM notes`).toEqual([{ id: 1 }]);
  });
});

describe("counts and cuts", () => {
  it("counts round trips by database", async () => {
    const name = new URL(database.url).pathname.slice(1);
    const sql = neon(database.url);
    const before = standIn.stats()[name];
    await sql`SELECT 1`;
    await sql.transaction([sql`SELECT 1`, sql`SELECT 2`]);
    const after = standIn.stats()[name];
    expect(after?.requests).toBe((before?.requests ?? 0) + 2);
    expect(after?.batches).toBe((before?.batches ?? 0) + 1);
    expect(after?.statements).toBe((before?.statements ?? 0) + 3);
    const stats = await fetch(new URL("/stats", standIn.httpEndpoint));
    expect(await stats.json()).toEqual(standIn.stats());
  });

  const cutAt = (wanted: string) => {
    onStatement = ({ point }) => {
      if (point === wanted) throw new Error("cut");
    };
  };
  const insert = () => {
    const sql = neon(database.url);
    return sql.transaction([sql`INSERT INTO notes VALUES (1, 'a')`]);
  };
  const count = async () => {
    onStatement = () => {};
    return (await neon(database.url)`SELECT id FROM notes`).length;
  };

  it("can cut a batch before its commit: nothing is kept, nothing is answered", async () => {
    cutAt("before-commit");
    await expect(insert()).rejects.toThrow("Error connecting to database");
    expect(await count()).toBe(0);
  });

  it("can cut a batch after its commit: it is kept, but nothing is answered", async () => {
    cutAt("committed");
    await expect(insert()).rejects.toThrow("Error connecting to database");
    expect(await count()).toBe(1);
  });
});
