import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
// @ts-expect-error: Vite gives the text of the file.
import wranglerToml from "../wrangler.toml?raw";
import { assembleApp, createApp } from "./app.ts";
import { AppError } from "./domain/errors.ts";
import { newId } from "./domain/id.ts";
import { SLOT_QUOTA } from "./domain/rate-limits.ts";
import type { HealthChecks } from "./health/report.ts";
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
  const services = { auth, health: { ...WELL, ...health } } as Services;
  const app = createApp(() => services);
  const request = (path: string, init?: RequestInit) =>
    app.fetch(new Request(`http://localhost:8000${path}`, init), bindings);
  return { request };
}

/** With no routes but those that a test adds. */
const createBareApp = () => assembleApp(() => ({}) as Services, new Map());

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
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("every answer", () => {
  it("carries a request id of our own, timing and protective headers", async () => {
    const { headers } = await createTestApp().request("/health/live");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{14}7[0-9a-f-]{21}$/);
    expect(headers.get("server-timing")).toMatch(/total;dur=\d+\.\d/);
  });

  it.each([
    ["an answer", "/health/live", {}, 200],
    ["a refusal", "/api/v1/auth/me", {}, 401],
    ["a fault", "/api/v1/auth/me", { headers: { authorization: "Bearer good" } }, 500],
    ["an unknown path", "/nowhere", {}, 404],
    ["another method", "/health/live", { method: "DELETE" }, 405],
    ["too long an address", `/health/live?${"x".repeat(9_000)}`, {}, 414],
    ["what is not a stream", "/ws/market", {}, 426],
  ])("protects itself: %s", async (_name, path, init, status) => {
    const me = () => Promise.reject(new Error("a fault"));
    const response = await createTestApp({ me }).request(path, init);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
    });
  });

  it("that anybody may have says itself how long it is kept", async () => {
    const ASSETS = {
      fetch: async () => new Response("", { headers: { "cache-control": "public, max-age=60" } }),
    };
    const { headers } = await createTestApp({ settings: { ASSETS } }).request("/api/docs");
    expect(headers.get("cache-control")).toBe("public, max-age=60");
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
    const app = createBareApp();
    app.get("/elsewhere", () => Response.redirect("https://example.com/"));
    const response = await app.request("/elsewhere", {}, SETTINGS);
    expect(response.status).toBe(302);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("x-request-id")).not.toBeNull();
  });

  it("may be a WebSocket", async () => {
    const app = createBareApp();
    app.get("/socket", () => {
      const [client, server] = Object.values(new WebSocketPair());
      server?.accept();
      server?.send("hello");
      return new Response(null, { status: 101, webSocket: client ?? null });
    });
    const response = await app.request("/socket", { headers: { upgrade: "websocket" } }, SETTINGS);
    expect(response.status).toBe(101);
    const { webSocket } = response;
    const message = new Promise((resolve) => {
      webSocket?.addEventListener("message", ({ data }) => resolve(data));
    });
    webSocket?.accept();
    expect(await message).toBe("hello");
  });
});

describe("metrics", () => {
  it("tell of each request by its route's pattern, and of what it waited for", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    await createTestApp({ settings: { METRICS } }).request("/api/v1/auth/me?secret=1", GOOD);
    expect(points.map(({ blobs }) => blobs)).toEqual([
      ["request", "GET", "/api/v1/auth/me", "401"],
      ["step", "db"],
    ]);
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

  it.each(["/api/v1/authentic", "/api/v1/auth/nothing", "/api/v1", "/"])(
    "of an unknown path is a 404: %s",
    async (path) => {
      expect((await createTestApp().request(path)).status).toBe(404);
    },
  );

  it("finds its route however the path is spelled", async () => {
    const response = await createTestApp().request("/api/v1/%61uth/me");
    expect(response.status).toBe(401);
  });

  it("of an unknown path stays a 404, whatever its body", async () => {
    const response = await createTestApp().request("/api/v1/nothing", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(404);
  });

  it.each([
    ["as JSON", { "content-type": "application/json" }],
    ["as nobody says what", {}],
  ])("may break off, sent %s", async (_name, headers) => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error("Network connection lost.")),
    });
    const response = await createTestApp().request("/api/v1/auth/login", {
      method: "POST",
      headers,
      body,
    });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({ code: "malformed_json" });
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
  const refresh = (request: ReturnType<typeof createTestApp>["request"], address: string) =>
    request("/api/v1/auth/refresh", {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": address },
      body: '{"refresh_token":"x"}',
    });

  it("refuse what is too much, and say the policy either way", async () => {
    const keys: string[] = [];
    const RATE_LIMIT = limiter(async ({ key }) => ({ success: keys.push(key) <= 1 }));
    const { request } = createTestApp({ settings: { RATE_LIMIT } });
    const first = await refresh(request, "192.0.2.1");
    expect(first.status).toBe(401);
    expect(first.headers.get("ratelimit-policy")).toBe('"auth";q=20;w=60');
    const second = await refresh(request, "192.0.2.1");
    expect(second.status).toBe(429);
    expect(second.headers.get("retry-after")).toBe("60");
    expect(second.headers.get("ratelimit-policy")).toBe('"auth";q=20;w=60');
    expect(await json(second)).toMatchObject({ code: "rate_limited" });
    expect(keys).toEqual(["auth:192.0.2.1:0", "auth:192.0.2.1:0"]);
  });

  it("count by user where there is one, and by network where there is none", async () => {
    const keys: string[] = [];
    const RATE_LIMIT = limiter(async ({ key }) => ({ success: keys.push(key) > 0 }));
    const RATE_LIMITS = "auth=20,orders=20,reads=20,audits=20";
    const { request } = createTestApp({ settings: { RATE_LIMIT, RATE_LIMITS } });
    await request("/api/v1/auth/me", GOOD);
    await refresh(request, "2001:db8:1:2:3::4");
    expect(keys).toEqual([`reads:${USER_ID}:0`, "auth:2001:db8:1:2::/64:0"]);
  });

  it("count what is dear to answer apart from what is cheap", async () => {
    const keys: string[] = [];
    const RATE_LIMIT = limiter(async ({ key }) => ({ success: keys.push(key) === 0 }));
    const { request } = createTestApp({ settings: { RATE_LIMIT } });
    const response = await request("/api/v1/portfolio/ledger/verify", GOOD);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(response.headers.get("ratelimit-policy")).toBe('"audits";q=20;w=60');
    expect(keys).toEqual([`audits:${USER_ID}:0`]);
  });

  it("let through what the setting says, however many slots that takes", async () => {
    const used = new Map<string, number>();
    const RATE_LIMIT = limiter(async ({ key }) => {
      used.set(key, (used.get(key) ?? 0) + 1);
      return { success: (used.get(key) ?? 0) <= SLOT_QUOTA };
    });
    const RATE_LIMITS = "auth=20,orders=20,reads=100,audits=20";
    const { request } = createTestApp({ settings: { RATE_LIMIT, RATE_LIMITS } });
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++) statuses.push((await request("/api/v1/auth/me", GOOD)).status);
    expect(statuses.indexOf(429)).toBe(100);
  });

  it("are made of slots as large as wrangler.toml sets them", () => {
    expect(wranglerToml.replaceAll(/\s+/g, " ")).toMatch(
      new RegExp(`name = "RATE_LIMIT"[^[]*limit = ${SLOT_QUOTA}, period = 60`),
    );
  });
});

describe("bounds", () => {
  it.each([
    [8_000, 200],
    [9_000, 414],
  ])("of the address: %i characters are a %i", async (length, status) => {
    const response = await createTestApp().request(`/health/live?${"x".repeat(length)}`);
    expect(response.status).toBe(status);
  });

  it.each([
    [15_000, 200],
    [17_000, 431],
  ])("of the headers: %i characters are a %i", async (length, status) => {
    const headers = { "x-long": "x".repeat(length) };
    const response = await createTestApp().request("/health/live", { headers });
    expect(response.status).toBe(status);
  });

  it("of the time in which a body arrives: 20 s are a 408", async () => {
    vi.useFakeTimers();
    const { request } = createTestApp();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    const headers = { "content-type": "application/json" };
    const answer = request("/api/v1/auth/refresh", { method: "POST", headers, body });
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await answer).status).toBe(408);
  });

  it("leave bodies unread that have no meaning", async () => {
    const response = await createTestApp().request("/api/v1/orders", {
      method: "DELETE",
      headers: { "content-type": "application/json", authorization: "Bearer bad" },
      body: "{",
    });
    expect(response.status).toBe(401);
  });
});

describe("faulty settings", () => {
  const settings = { JWT_SECRET: "short" };

  it("are named by /health, and stop nothing but the API", async () => {
    const ASSETS = { fetch: async () => new Response("<html>") };
    const { request } = createTestApp({ settings: { ...settings, ASSETS } });
    const health = await request("/health");
    expect(health.status).toBe(503);
    expect(await json(health)).toMatchObject({
      status: "down",
      settings: [{ setting: "JWT_SECRET", message: "must have at least 32 characters" }],
    });
    expect((await request("/health/live")).status).toBe(200);
    expect((await request("/api/docs")).status).toBe(200);
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

  it("is the built document", async () => {
    const response = await createTestApp({ settings: { ASSETS } }).request("/api/openapi.json");
    expect(await response.text()).toBe("<html>");
  });

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
});
