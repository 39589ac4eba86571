import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createApp } from "../app.ts";
import { createAuthRepository } from "../auth/repository.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { sessions } from "../db/schema/identity.ts";
import { watchlistSymbols } from "../db/schema/watchlists.ts";
import { ZERO } from "../domain/decimal.ts";
import { newId } from "../domain/id.ts";
import type { Principal, Scope } from "../domain/principal.ts";
import type { Services } from "../services.ts";
import { createWatchlistRepository } from "./repository.ts";
import { createWatchlistService, LISTS_MAX, SYMBOLS_MAX } from "./service.ts";

const LISTED = new Set(["F", "T", "BRK.B", "DOGE/USD"]);

let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof createApp>;
const principals = new Map<string, Principal>();

beforeAll(async () => {
  database = await cloneDatabase();
  db = createDatabase(database);
  const watchlists = createWatchlistService({
    watchlists: createWatchlistRepository(db),
    instrumentExists: async (symbols) => new Set(symbols.filter((symbol) => LISTED.has(symbol))),
    now: () => new Date(),
    newId,
  });
  const auth: Partial<Services["auth"]> = {
    async verify(token) {
      const principal = principals.get(token);
      if (principal === undefined) throw new Error("no such token");
      return principal;
    },
  };
  app = createApp(() => ({ auth, watchlists }) as Services);
});

afterAll(() => database.drop());

let user: Awaited<ReturnType<typeof signUp>>;
beforeEach(async () => {
  user = await signUp();
});

async function signUp(scopes: readonly Scope[] = ["read", "trade"]) {
  const [userId, sessionId] = [newId(), newId()];
  const opened = await createAuthRepository(db).openAccount({
    userId,
    sessionId,
    portfolioId: newId(),
    email: `${userId}@example.com`,
    username: `u${userId.replaceAll("-", "").slice(-24)}`,
    passwordHash: "none",
    fullName: null,
    deviceName: null,
    tokenHash: userId,
    cash: ZERO,
    at: new Date(),
    expiresAt: new Date(Date.now() + 86_400_000),
  });
  expect(opened.kind).toBe("opened");
  principals.set(userId, { userId, sessionId, apiKeyId: null, scopes, expiresAt: null });
  const send = async (method: string, path = "", body?: unknown) => {
    const headers = { authorization: `Bearer ${userId}`, "content-type": "application/json" };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const bindings = { ...env, LOG_LEVEL: "error" } as Env;
    const response = await app.fetch(
      new Request(`http://localhost/api/v1/watchlists${path}`, init),
      bindings,
    );
    const text = await response.text();
    const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: json };
  };
  const create = (name: string, symbols: readonly string[] = []) =>
    send("POST", "", { name, symbols });
  return { userId, sessionId, send, create };
}

describe("watchlists", () => {
  it("are made, read, changed and deleted", async () => {
    const { send, create } = user;
    expect((await send("GET")).body).toEqual({ watchlists: [] });
    const created = await create(" Cars ", ["t", "doge-usd", "F", "DOGEUSD"]);
    expect(created.status).toBe(201);
    const { id } = created.body;
    const list = { id, name: "Cars", symbols: ["T", "DOGE/USD", "F"] };
    expect(created.body).toEqual(list);
    expect(created.headers.get("location")).toBe(`/api/v1/watchlists/${id}`);
    expect(created.headers.get("server-timing")).toMatch(/^db;dur=/);
    expect((await send("GET", `/${id}`)).body).toEqual(list);

    const second = (await create("coins")).body;
    expect(second.symbols).toEqual([]);
    expect((await send("GET")).body).toEqual({ watchlists: [list, second] });

    const changed = await send("PUT", `/${id}`, { name: "cars", symbols: ["F", "T"] });
    expect(changed).toMatchObject({ status: 200, body: { id, name: "cars", symbols: ["F", "T"] } });
    expect((await send("GET", `/${id}`)).body).toEqual(changed.body);

    expect((await send("DELETE", `/${id}`)).status).toBe(204);
    expect(await send("GET", `/${id}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect((await send("DELETE", `/${id}`)).status).toBe(404);
    const left = await db.select().from(watchlistSymbols).where(sql`watchlist_id = ${id}`);
    expect(left).toEqual([]);
  });

  it("change in one round trip, and are read in one", async () => {
    const before = await database.roundTrips();
    const { body } = await user.create("Cars", ["F", "T"]);
    await user.send("GET", `/${body.id}`);
    await user.send("PUT", `/${body.id}`, { name: "Cars", symbols: ["F"] });
    await user.send("DELETE", `/${body.id}`);
    expect((await database.roundTrips()).requests - before.requests).toBe(4);
  });

  it("name every symbol that there is not", async () => {
    const { status, body } = await user.create("Cars", ["F", "ZZZZ", "T", "NOPE/USD"]);
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: "validation_error",
      errors: [
        { path: "symbols.1", code: "unknown_symbol", message: "there is no symbol ZZZZ" },
        { path: "symbols.3", code: "unknown_symbol", message: "there is no symbol NOPE/USD" },
      ],
    });
    expect((await user.send("GET")).body).toEqual({ watchlists: [] });
  });

  it.each([
    [{ symbols: [] }, "name"],
    [{ name: " ", symbols: [] }, "name"],
    [{ name: "x".repeat(65), symbols: [] }, "name"],
    [{ name: "a\u0000b", symbols: [] }, "name"],
    [{ name: "Cars" }, "symbols"],
    [{ name: "Cars", symbols: ["not a symbol"] }, "symbols.0"],
    [{ name: "Cars", symbols: Array(SYMBOLS_MAX + 1).fill("F") }, "symbols"],
    [{ name: "Cars", symbol: ["F"] }, "symbol"],
  ])("refuse %j", async (body, path) => {
    const answer = await user.send("POST", "", body);
    expect(answer).toMatchObject({ status: 422, body: { code: "validation_error" } });
    expect((answer.body.errors as { path: string }[]).map((error) => error.path)).toContain(path);
  });

  it("have names of their own, whatever the case, for each user", async () => {
    await user.create("Cars");
    const taken = { status: 409, body: { code: "watchlist_name_taken", field: "name" } };
    expect(await user.create("CARS")).toMatchObject(taken);
    const other = (await user.create("Coins")).body;
    expect(await user.send("PUT", `/${other.id}`, { name: "cars", symbols: [] })).toMatchObject(
      taken,
    );
    expect((await (await signUp()).create("Cars")).status).toBe(201);
  });

  it("are as many as one may have, however many are made at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: LISTS_MAX + 10 }, (_, i) => user.create(`List ${i}`, ["F"])),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(LISTS_MAX);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const { status, body } of refused)
      expect({ status, body }).toMatchObject({
        status: 409,
        body: { code: "watchlist_limit_reached", max: LISTS_MAX },
      });
    const { watchlists } = (await user.send("GET")).body;
    expect(watchlists).toHaveLength(LISTS_MAX);
  });

  it("of the same name, made at once, are one", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => user.create("Cars")));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("of another user are not there", async () => {
    const { id } = (await user.create("Cars", ["F"])).body;
    const other = await signUp();
    const missing = { status: 404, body: { code: "not_found" } };
    expect(await other.send("GET", `/${id}`)).toMatchObject(missing);
    expect(await other.send("PUT", `/${id}`, { name: "Mine", symbols: [] })).toMatchObject(missing);
    expect(await other.send("DELETE", `/${id}`)).toMatchObject(missing);
    expect((await user.send("GET", `/${id}`)).body).toMatchObject({ name: "Cars", symbols: ["F"] });
  });

  it("change only while the session holds", async () => {
    const { id } = (await user.create("Cars", ["F"])).body;
    await db.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, user.sessionId));
    const refused = { status: 401, body: { code: "unauthenticated" } };
    expect(await user.create("Coins")).toMatchObject(refused);
    expect(await user.send("PUT", `/${id}`, { name: "x", symbols: [] })).toMatchObject(refused);
    expect(await user.send("DELETE", `/${id}`)).toMatchObject(refused);
    expect((await user.send("GET", `/${id}`)).body).toMatchObject({ name: "Cars" });
  });

  it("are not changed by a credential that may only read", async () => {
    const reader = await signUp(["read"]);
    expect(await reader.create("Cars")).toMatchObject({
      status: 403,
      body: { code: "insufficient_scope", scope: "trade" },
    });
    expect((await reader.send("GET")).status).toBe(200);
  });
});
