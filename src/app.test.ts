import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
// @ts-expect-error: Vite gives the text of the file.
import wranglerToml from "../wrangler.toml?raw";
import { createApp } from "./app.ts";
import { AppError } from "./domain/errors.ts";
import { newId } from "./domain/id.ts";
import type { HealthChecks } from "./health/report.ts";
import { LIMITS } from "./http/rate-limit.ts";
import type { Services } from "./services.ts";

const USER_ID = newId();
const SETTINGS = {
  ...env,
  LOG_LEVEL: "error",
  DATABASE_URL: "postgres://user:password@localhost/db",
  JWT_SECRET: "0123456789abcdef0123456789abcdef",
  ALPACA_KEY_ID: "key",
  ALPACA_SECRET_KEY: "secret",
  CRYPTO_API_KEY: "key",
  CRYPTO_API_SECRET: "secret",
};
const WELL: HealthChecks = {
  database: async () => {},
  kv: async () => {},
  marketData: async () => ({ ageMs: 1_000 }),
  broker: async () => ({ unavailable: [] }),
};

interface Options {
  readonly settings?: Partial<Record<keyof Env, unknown>>;
  readonly scopes?: readonly ("read" | "trade")[];
  readonly me?: () => Promise<never>;
  readonly health?: Partial<HealthChecks>;
}

function createTestApp({ settings, scopes = ["read", "trade"], me, health }: Options = {}) {
  const bindings = { ...SETTINGS, ...settings } as Env;
  const auth: Partial<Services["auth"]> = {
    async verify(token) {
      if (token === "expired") throw new AppError({ code: "token_expired" });
      if (token !== "good") throw new AppError({ code: "unauthenticated" });
      return { userId: USER_ID, sessionId: newId(), apiKeyId: null, scopes, expiresAt: null };
    },
    me: me ?? (() => Promise.reject(new AppError({ code: "unauthenticated" }))),
    refresh: async () => {
      throw new AppError({ code: "invalid_refresh_token" });
    },
  };
  const app = createApp(() => ({ auth, health: { ...WELL, ...health } }) as Services);
  const request = (path: string, init?: RequestInit) =>
    app.request(`http://localhost:8000${path}`, init, bindings);
  return { app, request };
}

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const GOOD = { headers: { authorization: "Bearer good" } };
const limiter = (limit: RateLimit["limit"]) => ({ limit });

let logged: Record<string, unknown>[] = [];

beforeEach(() => {
  logged = [];
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void logged.push(JSON.parse(line)));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("every answer", () => {
  it("carries a request id of our own, timing and protective headers", async () => {
    const { headers } = await createTestApp().request("/health/live");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{14}7[0-9a-f-]{21}$/);
    expect(headers.get("server-timing")).toMatch(/total;dur=\d+\.\d/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });

  it("keeps a caller's sane request id, and no other", async () => {
    const { request } = createTestApp();
    const withId = (id: string) => request("/health/live", { headers: { "x-request-id": id } });
    expect((await withId("caller-1")).headers.get("x-request-id")).toBe("caller-1");
    for (const id of ["x".repeat(129), 'a"b', "a b"]) {
      expect((await withId(id)).headers.get("x-request-id")).not.toBe(id);
    }
  });

  it("is logged by its pattern, without query or token", async () => {
    const { request } = createTestApp({ settings: { LOG_LEVEL: "info" } });
    await request("/api/v1/auth/me?token=hunter2", {
      headers: { authorization: "Bearer good", "x-request-id": "r-1" },
    });
    const line = logged.find(({ event }) => event === "request");
    expect(line).toMatchObject({
      request_id: "r-1",
      method: "GET",
      route: "/api/v1/auth/me",
      status: 401,
      user_id: USER_ID,
    });
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  it("may come from elsewhere, with headers that cannot be changed", async () => {
    const { app, request } = createTestApp();
    app.get("/elsewhere", () => Response.redirect("https://example.com/"));
    const response = await request("/elsewhere");
    expect(response.status).toBe(302);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("x-request-id")).not.toBeNull();
  });

  it("may be a WebSocket", async () => {
    const { app, request } = createTestApp();
    app.get("/socket", () => {
      const [client, server] = Object.values(new WebSocketPair());
      server?.accept();
      server?.send("hello");
      return new Response(null, { status: 101, webSocket: client ?? null });
    });
    const response = await request("/socket", { headers: { upgrade: "websocket" } });
    expect(response.status).toBe(101);
    const { webSocket } = response;
    const message = new Promise((resolve) => {
      webSocket?.addEventListener("message", ({ data }) => resolve(data));
    });
    webSocket?.accept();
    expect(await message).toBe("hello");
  });
});

describe("a problem", () => {
  it("has the members of RFC 9457 and our own", async () => {
    const response = await createTestApp().request("/api/v1/nothing?x=1", {
      headers: { "x-request-id": "r-1" },
    });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await json(response)).toEqual({
      type: "urn:speedtrade:problem:not-found",
      title: "Not found",
      status: 404,
      detail: "Nothing is here.",
      instance: "/api/v1/nothing",
      request_id: "r-1",
      code: "not_found",
    });
  });

  it("says nothing of a fault of ours but the request id, which the log explains", async () => {
    const { request } = createTestApp({
      me: async () => {
        throw new Error("relation users does not exist");
      },
    });
    const response = await request("/api/v1/auth/me", {
      headers: { authorization: "Bearer good", "x-request-id": "r-500" },
    });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain("r-500");
    expect(text).not.toContain("relation");
    const faults = logged.filter(({ event }) => event === "unhandled_error");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({
      request_id: "r-500",
      error: { message: "relation users does not exist", stack: expect.stringContaining("Error") },
    });
  });

  it("of another method names the ones there are", async () => {
    const response = await createTestApp().request("/api/v1/auth/me", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(await json(response)).toMatchObject({ code: "method_not_allowed" });
  });

  it("of an unknown path stays a 404, whatever its body", async () => {
    const response = await createTestApp().request("/api/v1/nothing", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(404);
  });
});

describe("authentication", () => {
  it.each([
    ["no credential", undefined, "unauthenticated", "Bearer realm"],
    ["another scheme", "Basic Z29vZA==", "unauthenticated", "Bearer realm"],
    ["a bad token", "Bearer bad", "unauthenticated", "Bearer realm"],
    ["an expired token", "Bearer expired", "token_expired", "invalid_token"],
  ])("refuses %s", async (_name, authorization, code, challenge) => {
    const init = authorization === undefined ? {} : { headers: { authorization } };
    const response = await createTestApp().request("/api/v1/auth/me", init);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain(challenge);
    expect(await json(response)).toMatchObject({ code });
  });

  it("refuses a credential without the scope", async () => {
    const response = await createTestApp({ scopes: ["trade"] }).request("/api/v1/auth/me", GOOD);
    expect(response.status).toBe(403);
    expect(await json(response)).toMatchObject({ code: "insufficient_scope", scope: "read" });
  });
});

describe("rate limits", () => {
  it("refuse what is too much, and say the policy either way", async () => {
    const keys: string[] = [];
    const AUTH_LIMIT = limiter(async ({ key }) => ({ success: keys.push(key) <= 1 }));
    const { request } = createTestApp({ settings: { AUTH_LIMIT } });
    const refresh = () =>
      request("/api/v1/auth/refresh", {
        method: "POST",
        headers: { "content-type": "application/json", "cf-connecting-ip": "192.0.2.1" },
        body: '{"refresh_token":"x"}',
      });
    const first = await refresh();
    expect(first.status).toBe(401);
    expect(first.headers.get("ratelimit-policy")).toBe('"auth";q=20;w=60');
    const second = await refresh();
    expect(second.status).toBe(429);
    expect(second.headers.get("retry-after")).toBe("60");
    expect(second.headers.get("ratelimit-policy")).toBe('"auth";q=20;w=60');
    expect(await json(second)).toMatchObject({ code: "rate_limited" });
    expect(keys).toEqual(["192.0.2.1", "192.0.2.1"]);
  });

  it("count by user where there is one", async () => {
    const keys: string[] = [];
    const READS_LIMIT = limiter(async ({ key }) => ({ success: keys.push(key) > 0 }));
    await createTestApp({ settings: { READS_LIMIT } }).request("/api/v1/auth/me", GOOD);
    expect(keys).toEqual([USER_ID]);
  });

  it.each(Object.values(LIMITS))("of $binding are what wrangler.toml sets", (limit) => {
    expect(wranglerToml.replaceAll(/\s+/g, " ")).toMatch(
      new RegExp(`name = "${limit.binding}"[^[]*limit = ${limit.quota}, period = 60`),
    );
  });
});

describe("faulty settings", () => {
  const settings = { JWT_SECRET: "short" };

  it("are named by /health, and stop nothing but the API", async () => {
    const { request } = createTestApp({ settings });
    const health = await request("/health");
    expect(health.status).toBe(503);
    expect(await json(health)).toMatchObject({
      status: "down",
      settings: [{ setting: "JWT_SECRET", message: "must have at least 32 characters" }],
    });
    expect((await request("/health/live")).status).toBe(200);
    expect((await request("/api/openapi.json")).status).toBe(200);
    const me = await request("/api/v1/auth/me", GOOD);
    expect(me.status).toBe(500);
    expect(await json(me)).toMatchObject({ code: "internal" });
    expect(logged.map(({ event }) => event)).toContain("settings_faulty");
  });
});

describe("/health", () => {
  it("says what it is and how its parts are", async () => {
    const response = await createTestApp().request("/health");
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({
      status: "ok",
      mode: "paper",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      time: expect.any(String),
      checks: { database: { status: "ok" }, market_data: { age_ms: 1_000 } },
    });
  });

  it("asks each part once in five seconds", async () => {
    let asked = 0;
    const { request } = createTestApp({
      health: {
        database: async () => {
          asked += 1;
        },
      },
    });
    await request("/health");
    await request("/health");
    expect(asked).toBe(1);
  });

  it("is 503 while the database is down", async () => {
    const { request } = createTestApp({ health: { database: () => Promise.reject(new Error()) } });
    expect((await request("/health")).status).toBe(503);
  });
});

describe("CORS", () => {
  const preflight = {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "POST" },
  };

  it("is off by default", async () => {
    const response = await createTestApp().request("/api/v1/auth/login", preflight);
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  });

  it("lets the origins of the setting in, and no other", async () => {
    const { request } = createTestApp({ settings: { CORS_ORIGINS: "https://app.example" } });
    const allowed = await request("/api/v1/auth/login", preflight);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const other = await request("/health/live", { headers: { origin: "https://evil.example" } });
    expect(other.headers.has("access-control-allow-origin")).toBe(false);
  });
});

describe("the documentation", () => {
  const ASSETS = {
    async fetch(request: Request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/api/assets/missing.js") return new Response(null, { status: 404 });
      return new Response("<html>", { headers: { "content-type": "text/html" } });
    },
  };

  it.each(["/api/docs", "/api/redoc"])("at %s runs no inline script", async (path) => {
    const response = await createTestApp({ settings: { ASSETS } }).request(path);
    expect(response.status).toBe(200);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    expect(response.headers.get("x-request-id")).not.toBeNull();
  });

  it("answers for a missing file as for everything", async () => {
    const { request } = createTestApp({ settings: { ASSETS } });
    const response = await request("/api/assets/missing.js");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  it("holds every route, its refusals and the one problem schema", async () => {
    const document = (await json(await createTestApp().request("/api/openapi.json"))) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/health", "/api/v1/auth/register", "/api/v1/auth/me"]),
    );
    expect(document.paths["/api/v1/auth/login"]?.post?.responses["401"]).toEqual({
      $ref: "#/components/responses/Unauthenticated",
    });
    expect(document.components.responses).toHaveProperty("Unauthenticated");
    expect(document.components.schemas).toHaveProperty("Problem");
    expect(document.components.securitySchemes).toHaveProperty("bearer");
    const references = JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g);
    for (const [, kind = "", name = ""] of references) {
      expect(document.components[kind]).toHaveProperty(name);
    }
  });
});
