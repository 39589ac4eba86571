import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { decimal } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/id.ts";
import type { Services } from "../services.ts";
import { createAccessTokens } from "./access-token.ts";
import type { Guesses } from "./guesses.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import type { Passwords } from "./password.ts";
import { createRefreshTokens } from "./refresh-token.ts";
import { createAuthService } from "./service.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const START = new Date("2026-11-02T15:00:00.000Z");
const ADA = { email: "ada@example.com", username: "ada", password: "correct horse battery" };

interface Session {
  readonly user: Record<string, unknown>;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
}

interface NewKey {
  readonly id: string;
  readonly key_id: string;
  readonly secret: string;
}

function setUp() {
  let now = START;
  const accounts = createMemoryAccounts();
  const verified: (string | null)[] = [];
  let accepted = "";
  let isBusy = false;
  function work(): void {
    if (isBusy) throw new AppError({ code: "busy" });
  }
  const passwords: Passwords = {
    async hash(password) {
      if (password.length < 8) throw new Error("too short");
      work();
      return `hash of ${password}`;
    },
    isOutdated: (phc) => phc.startsWith("old "),
    verify: async (password, phc) => {
      work();
      verified.push(phc);
      return phc === `hash of ${password}` || phc === accepted;
    },
  };
  const ended: (readonly string[])[] = [];
  const guessed = new Map<string, number>();
  const guesses: Guesses = {
    begin: async (address) => ({
      async on(account) {
        const name = `${JSON.stringify(account)} ${address}`;
        const count = (guessed.get(name) ?? 0) + 1;
        if (count > 3) throw new AppError({ code: "rate_limited", retryAfterS: 7 });
        guessed.set(name, count);
        return {
          isLast: count === 3,
          passed: async () => void guessed.delete(name),
          withdrawn: async () => void guessed.set(name, count - 1),
        };
      },
    }),
  };
  const deps = { now: () => now, newId };
  const key = { id: "k1", secret: SECRET };
  const auth = createAuthService({
    ...deps,
    accounts: accounts.repository,
    passwords,
    guesses,
    accessTokens: createAccessTokens(
      { issuer: "speedtrade", audience: "speedtrade-api", key },
      deps,
    ),
    refreshTokens: createRefreshTokens(SECRET),
    endStreams: async (_userId, sessionIds) => void ended.push(sessionIds),
    endKeyStreams: async (_userId, apiKeyId) => void ended.push([apiKeyId]),
    paperStartCash: decimal("100000"),
  });

  const counted: string[] = [];
  const unlimited: RateLimit = { limit: async ({ key }) => ({ success: counted.push(key) > 0 }) };
  const bindings = {
    ...env,
    LOG_LEVEL: "error",
    DATABASE_URL: "postgres://user:password@localhost/db",
    JWT_SECRET: SECRET,
    ALPACA_KEY_ID: "key",
    ALPACA_SECRET_KEY: "secret",
    CRYPTO_API_KEY: "key",
    CRYPTO_API_SECRET: "secret",
    RATE_LIMIT: unlimited,
  } as Env;
  const app = createApp(() => ({ auth }) as Services);

  function post(path: string, body: unknown, accessToken?: string) {
    const headers = new Headers({ "content-type": "application/json" });
    if (accessToken !== undefined) headers.set("authorization", `Bearer ${accessToken}`);
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return app.fetch(new Request(`http://localhost/api/v1/auth/${path}`, init), bindings);
  }

  return {
    auth,
    accounts,
    verified,
    ended,
    /** What the limiter was asked. */
    counted,
    post,
    send: (method: string, path: string, accessToken: string) =>
      app.fetch(
        new Request(`http://localhost/api/v1/auth/${path}`, {
          method,
          headers: { authorization: `Bearer ${accessToken}` },
        }),
        bindings,
      ),
    byKey: (method: string, path: string, { key_id, secret }: NewKey) =>
      app.fetch(
        new Request(`http://localhost/api/v1/auth/${path}`, {
          method,
          headers: { "x-api-key-id": key_id, "x-api-secret-key": secret },
        }),
        bindings,
      ),
    me: (accessToken: string) => test.send("GET", "me", accessToken),
    async login(device_name: string): Promise<Session> {
      const response = await post("login", {
        username: "ada",
        password: ADA.password,
        device_name,
      });
      return response.json();
    },
    /** Whatever the password. */
    accept(hash: string) {
      accepted = hash;
    },
    beBusy(busy: boolean) {
      isBusy = busy;
    },
    passSeconds(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    async register(account = ADA): Promise<Session> {
      const response = await post("register", account);
      expect(response.status).toBe(201);
      return response.json();
    },
  };
}

let test: ReturnType<typeof setUp>;
beforeEach(() => {
  test = setUp();
});

const refusalOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { status, code } = (await response.json()) as Record<string, unknown>;
  expect(status).toBe(response.status);
  return `${status} ${code}`;
};

describe("POST /auth/register", () => {
  it("opens a paper account with a session", async () => {
    const response = await test.post("register", {
      email: " Ada@Example.com ",
      username: "Ada",
      password: ADA.password,
      full_name: "Ada Lovelace",
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("server-timing")).toContain("register;dur=");
    expect(await response.json()).toEqual({
      user: {
        id: expect.any(String),
        email: "ada@example.com",
        username: "ada",
        full_name: "Ada Lovelace",
        kyc_status: "not_started",
        account_type: "paper",
        account_status: "active",
        created_at: "2026-11-02T15:00:00.000Z",
        updated_at: "2026-11-02T15:00:00.000Z",
      },
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 1800,
      refresh_token: expect.any(String),
      refresh_expires_in: 604800,
      session_id: expect.any(String),
    });
  });

  it("names what is taken, in any case of letters", async () => {
    await test.register();
    const sameEmail = { ...ADA, email: "ADA@example.com", username: "other" };
    expect(await refusalOf(await test.post("register", sameEmail))).toBe("409 email_taken");
    const sameName = { ...ADA, email: "other@example.com", username: "ADA" };
    expect(await refusalOf(await test.post("register", sameName))).toBe("409 username_taken");
  });

  it.each([
    ["an e-mail address", { email: "ada" }, "email", "must be an e-mail address"],
    [
      "a username",
      { username: "a!" },
      "username",
      "must be 3 to 32 of the letters a-z, digits and _",
    ],
    ["a password", { password: "short" }, "password", "must have at least 10 characters"],
    ["a password", { password: "x".repeat(129) }, "password", "must have at most 128 characters"],
    [
      "a password",
      { password: "Password123" },
      "password",
      "is among the passwords that are tried first",
    ],
    ["a password", { password: "ada@example.com" }, "password", "is the account's own name"],
    ["known members", { fullName: "Ada" }, "fullName", "unknown member, did you mean full_name?"],
  ])("wants %s", async (_name, change, path, message) => {
    const response = await test.post("register", { ...ADA, ...change });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ path, message }] });
    expect(text).not.toContain("correct horse");
  });
});

describe("text that the database cannot keep", () => {
  const bad = ["a\0b", "\ud800", "lone \udfff surrogate"];
  const { password } = ADA;
  it.each(
    bad.flatMap((text) => [
      ["register", "full_name", { ...ADA, full_name: text }],
      ["register", "email", { ...ADA, email: `${text}@example.com` }],
      ["register", "username", { ...ADA, username: text }],
      ["register", "password", { ...ADA, password: password + text }],
      ["login", "username", { username: text, password }],
      ["login", "email", { email: text, password }],
      ["login", "password", { username: "ada", password: text }],
      ["login", "device_name", { username: "ada", password, device_name: text }],
      ["refresh", "refresh_token", { refresh_token: text }],
    ]),
  )("is refused by %s in %s", async (route, path, body) => {
    const response = await test.post(String(route), body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "validation_error", errors: [{ path }] });
  });

  it("does not include emoji or other scripts", async () => {
    const response = await test.post("register", { ...ADA, full_name: "Ада 🦄 愛" });
    expect(response.status).toBe(201);
  });
});

describe("POST /auth/login", () => {
  it("opens a session by e-mail or username, in any case of letters", async () => {
    const { user } = await test.register();
    for (const login of [{ email: "ADA@example.com" }, { username: "Ada" }]) {
      const response = await test.post("login", {
        ...login,
        password: ADA.password,
        device_name: "laptop",
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ user, token_type: "Bearer" });
    }
  });

  it("answers a wrong password and an unknown name alike, after the same work", async () => {
    await test.register();
    const wrong = await test.post("login", { username: "ada", password: "wrong" });
    const unknown = await test.post("login", { username: "nobody", password: "wrong" });
    expect(await refusalOf(wrong)).toBe("401 invalid_credentials");
    expect(await refusalOf(unknown)).toBe("401 invalid_credentials");
    expect(test.verified).toEqual([`hash of ${ADA.password}`, null]);
  });

  it("counts no guess that nobody could look at", async () => {
    await test.register();
    const login = () => test.post("login", { username: "ada", password: ADA.password });
    test.beBusy(true);
    for (let n = 0; n < 5; n += 1) expect(await refusalOf(await login())).toBe("503 busy");
    test.beBusy(false);
    expect((await login()).status).toBe(200);
  });

  it("limits guesses, of what there is and what there is not, and says when to come back", async () => {
    const { user } = await test.register();
    const login = (username: string, password: string) =>
      test.post("login", { username, password });
    for (const username of ["ada", "nobody"]) {
      for (let n = 0; n < 3; n += 1)
        expect(await refusalOf(await login(username, "wrong"))).toBe("401 invalid_credentials");
      const limited = await login(username, ADA.password);
      expect(limited.headers.get("retry-after")).toBe("7");
      expect(await refusalOf(limited)).toBe("429 rate_limited");
    }
    expect(test.accounts.guessing).toEqual([{ userId: user.id, address: "unknown" }]);
  });

  it("forgets wrong guesses after a right one", async () => {
    await test.register();
    const login = (password: string) => test.post("login", { username: "ada", password });
    for (let n = 0; n < 6; n += 1) {
      expect((await login("wrong")).status).toBe(401);
      expect((await login(ADA.password)).status).toBe(200);
    }
  });

  it("hashes a password anew whose hash is of an older kind", async () => {
    const { user } = await test.register();
    const id = String(user.id);
    const session = { userId: id, deviceName: null, at: START, expiresAt: START };
    const current = `hash of ${ADA.password}`;
    const draft = { ...session, sessionId: newId(), tokenHash: newId() };
    await test.accounts.repository.openSession(draft, current, "old hash");
    const login = (password: string) => test.post("login", { username: "ada", password });
    const stored = async () =>
      (await test.accounts.repository.findCredentials({ id }))?.passwordHash;
    test.accept("old hash");
    // Shorter than any of ours may be: it goes on as it is.
    expect((await login("secret")).status).toBe(200);
    expect(await stored()).toBe("old hash");
    expect((await login(ADA.password)).status).toBe(200);
    expect(await stored()).toBe(current);
  });

  it("wants one name", async () => {
    for (const names of [{}, { email: ADA.email, username: ADA.username }]) {
      const response = await test.post("login", { ...names, password: ADA.password });
      expect(await refusalOf(response)).toBe("422 validation_error");
    }
  });

  it("lets nobody in to a suspended account", async () => {
    const { user } = await test.register();
    test.accounts.setAccountStatus(String(user.id), "suspended");
    const response = await test.post("login", { username: "ada", password: ADA.password });
    expect(await refusalOf(response)).toBe("403 account_inactive");
  });
});

describe("GET /auth/me", () => {
  it("answers with the user until the token expires", async () => {
    const { user, access_token } = await test.register();
    expect(await (await test.me(access_token)).json()).toEqual(user);
    test.passSeconds(1801);
    expect(await refusalOf(await test.me(access_token))).toBe("401 token_expired");
  });
});

describe("POST /auth/refresh", () => {
  const refresh = (refresh_token: string) => test.post("refresh", { refresh_token });

  it("gives new tokens of the same session, without the user", async () => {
    const { session_id, refresh_token } = await test.register();
    test.passSeconds(1801);
    const response = await refresh(refresh_token);
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as Session;
    expect(tokens).toMatchObject({ session_id, expires_in: 1800, refresh_expires_in: 604800 });
    expect(tokens).not.toHaveProperty("user");
    expect(tokens.refresh_token).not.toBe(refresh_token);
    expect((await test.me(tokens.access_token)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("repeats a lost answer for 10 s, then takes the token as stolen and ends its session", async () => {
    const { session_id, refresh_token } = await test.register();
    const first = (await (await refresh(refresh_token)).json()) as Session;
    test.passSeconds(10);
    const again = (await (await refresh(refresh_token)).json()) as Session;
    expect(again.refresh_token).toBe(first.refresh_token);
    test.passSeconds(1);
    expect(await refusalOf(await refresh(refresh_token))).toBe("401 refresh_token_reused");
    expect(test.ended).toEqual([[session_id]]);
    expect(await refusalOf(await refresh(first.refresh_token))).toBe("401 invalid_refresh_token");
  });

  it("knows no other token", async () => {
    expect(await refusalOf(await refresh("nonsense"))).toBe("401 invalid_refresh_token");
  });
});

describe("POST /auth/ws-ticket", () => {
  it("gives a ticket that stands for its caller once", async () => {
    const { user, access_token, session_id } = await test.register();
    const response = await test.post("ws-ticket", {}, access_token);
    expect(response.status).toBe(201);
    const { ticket, expires_in } = (await response.json()) as Record<string, unknown>;
    expect(expires_in).toBe(60);
    expect(await test.auth.streamTickets.redeem(String(ticket))).toMatchObject({
      userId: user.id,
      sessionId: session_id,
      expiresAt: new Date(START.getTime() + 1_800_000),
    });
    await expect(test.auth.streamTickets.redeem(String(ticket))).rejects.toThrow("unauthenticated");
  });

  it("is for nobody whose session has ended", async () => {
    const { access_token } = await test.register();
    expect(await refusalOf(await test.post("ws-ticket", {}))).toBe("401 unauthenticated");
    await test.post("logout", {}, access_token);
    const late = await test.post("ws-ticket", {}, access_token);
    expect(await refusalOf(late)).toBe("401 unauthenticated");
  });
});

describe("POST /auth/logout", () => {
  it("ends the session, its refresh tokens and its streams", async () => {
    const { access_token, refresh_token, session_id } = await test.register();
    const response = await test.post("logout", {}, access_token);
    expect(response.status).toBe(204);
    expect(test.ended).toEqual([[session_id]]);
    const refreshed = await test.post("refresh", { refresh_token });
    expect(await refusalOf(refreshed)).toBe("401 invalid_refresh_token");
    const repeated = await test.post("logout", {}, access_token);
    expect(await refusalOf(repeated)).toBe("401 unauthenticated");
  });

  it("ends all sessions on demand", async () => {
    const first = await test.register();
    const login = await test.post("login", { username: "ada", password: ADA.password });
    const second = (await login.json()) as Session;
    await test.post("logout", { all: true }, second.access_token);
    expect(new Set(test.ended.flat())).toEqual(new Set([first.session_id, second.session_id]));
  });
});

describe("POST /auth/password", () => {
  const NEXT = "another horse battery";
  const change = (token: string, current_password: string, new_password: string) =>
    test.post("password", { current_password, new_password }, token);

  it("changes it and ends the other sessions with their streams", async () => {
    const first = await test.register();
    const second = await test.login("laptop");
    expect((await change(second.access_token, ADA.password, NEXT)).status).toBe(204);
    expect(test.ended).toEqual([[first.session_id]]);
    const { refresh_token } = first;
    const dead = await test.post("refresh", { refresh_token });
    expect(await refusalOf(dead)).toBe("401 invalid_refresh_token");
    expect((await test.post("refresh", { refresh_token: second.refresh_token })).status).toBe(200);
    const old = await test.post("login", { username: "ada", password: ADA.password });
    expect(await refusalOf(old)).toBe("401 invalid_credentials");
    expect((await test.post("login", { username: "ada", password: NEXT })).status).toBe(200);
  });

  it("wants the current one, and a session that holds", async () => {
    const { access_token } = await test.register();
    const wrong = await change(access_token, "wrong horse battery", NEXT);
    expect(await refusalOf(wrong)).toBe("401 invalid_credentials");
    await test.post("logout", {}, access_token);
    const late = await change(access_token, ADA.password, NEXT);
    expect(await refusalOf(late)).toBe("401 unauthenticated");
    expect((await test.post("login", { username: "ada", password: ADA.password })).status).toBe(
      200,
    );
  });

  it.each(["short", "Password123", "ada@example.com"])("does not take %s", async (weak) => {
    const { access_token } = await test.register();
    const response = await change(access_token, ADA.password, weak);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: "new_password" }] });
  });
});

describe("/auth/sessions", () => {
  it("lists the sessions that hold, page by page", async () => {
    const first = await test.register();
    const second = await test.login("laptop");
    const third = await test.login("phone");
    await test.post("logout", {}, second.access_token);
    const response = await test.send("GET", "sessions?limit=1", first.access_token);
    expect(response.status).toBe(200);
    const page = (await response.json()) as { next_page_token: string };
    expect(page).toEqual({
      sessions: [
        {
          id: third.session_id,
          device_name: "phone",
          current: false,
          created_at: START.toISOString(),
          last_used_at: START.toISOString(),
          expires_at: "2026-11-09T15:00:00.000Z",
        },
      ],
      next_page_token: expect.any(String),
    });
    const path = `sessions?limit=1&page_token=${page.next_page_token}`;
    const next = await test.send("GET", path, first.access_token);
    expect(await next.json()).toMatchObject({
      sessions: [{ id: first.session_id, device_name: null, current: true }],
      next_page_token: null,
    });
  });

  it("ends one with its streams, once", async () => {
    const { access_token } = await test.register();
    const lost = await test.login("lost phone");
    const end = () => test.send("DELETE", `sessions/${lost.session_id}`, access_token);
    expect((await end()).status).toBe(204);
    expect(test.ended).toEqual([[lost.session_id]]);
    const refreshed = await test.post("refresh", { refresh_token: lost.refresh_token });
    expect(await refusalOf(refreshed)).toBe("401 invalid_refresh_token");
    expect(await refusalOf(await end())).toBe("404 not_found");
    const own = await test.send("DELETE", `sessions/${newId()}`, lost.access_token);
    expect(await refusalOf(own)).toBe("401 unauthenticated");
  });
});

describe("/auth/api-keys", () => {
  async function createKey(token: string, change: Record<string, unknown> = {}): Promise<NewKey> {
    const response = await test.post(
      "api-keys",
      { name: "bot", scopes: ["read"], ...change },
      token,
    );
    expect(response.status).toBe(201);
    return response.json();
  }

  it("are made with a secret that is told once", async () => {
    const { user, access_token } = await test.register();
    const expires_at = "2026-12-01T00:00:00.000Z";
    const { secret, ...key } = await createKey(access_token, { expires_at });
    expect(secret).toMatch(/^sts_[\w-]{43}$/);
    expect(key).toEqual({
      id: expect.any(String),
      name: "bot",
      key_id: expect.stringMatching(/^stk_[\w-]{20}$/),
      scopes: ["read"],
      expires_at,
      last_used_at: null,
      created_at: START.toISOString(),
    });
    test.passSeconds(1);
    const me = await test.byKey("GET", "me", { secret, ...key });
    expect(await me.json()).toEqual(user);
    const listed = await test.send("GET", "api-keys", access_token);
    expect(await listed.json()).toEqual({
      api_keys: [{ ...key, last_used_at: "2026-11-02T15:00:01.000Z" }],
      next_page_token: null,
    });
  });

  it("have no say over keys, passwords and sessions", async () => {
    const { access_token } = await test.register();
    const key = await createKey(access_token, { scopes: ["trade", "read"] });
    for (const [method, path] of [
      ["GET", "api-keys"],
      ["POST", "api-keys"],
      ["DELETE", `api-keys/${key.id}`],
      ["POST", "password"],
      ["GET", "sessions"],
      ["DELETE", `sessions/${newId()}`],
      ["POST", "logout"],
    ] as const)
      expect(await refusalOf(await test.byKey(method, path, key))).toBe("403 insufficient_scope");
  });

  it("do what their scopes say", async () => {
    const { access_token } = await test.register();
    const key = await createKey(access_token, { scopes: ["trade"] });
    expect(await refusalOf(await test.byKey("GET", "me", key))).toBe("403 insufficient_scope");
  });

  it("are good until they end, or are deleted, or their account is closed", async () => {
    const { user, access_token } = await test.register();
    const short = await createKey(access_token, { expires_at: "2026-11-02T15:00:05.000Z" });
    const deleted = await createKey(access_token);
    const kept = await createKey(access_token);
    for (const key of [short, deleted, kept])
      expect((await test.byKey("GET", "me", key)).status).toBe(200);
    const remove = () => test.send("DELETE", `api-keys/${deleted.id}`, access_token);
    expect((await remove()).status).toBe(204);
    expect(test.ended).toEqual([[deleted.id]]);
    expect(await refusalOf(await remove())).toBe("404 not_found");
    expect(await refusalOf(await test.byKey("GET", "me", deleted))).toBe("401 unauthenticated");
    test.passSeconds(5);
    expect(await refusalOf(await test.byKey("GET", "me", short))).toBe("401 unauthenticated");
    test.passSeconds(5);
    test.accounts.setAccountStatus(String(user.id), "closed");
    expect(await refusalOf(await test.byKey("GET", "me", kept))).toBe("403 account_inactive");
  });

  it("that are not known yet are counted by address before anybody looks for them", async () => {
    const { access_token } = await test.register();
    const key = await createKey(access_token);
    test.counted.length = 0;
    const strange = { ...key, secret: "sk_made_up" };
    for (let n = 0; n < 3; n += 1)
      expect(await refusalOf(await test.byKey("GET", "me", strange))).toBe("401 unauthenticated");
    expect(test.counted.map((name) => name.replace(/:\d+$/, ""))).toEqual(
      Array(3).fill("reads:unknown"),
    );
    test.counted.length = 0;
    for (let n = 0; n < 3; n += 1) expect((await test.byKey("GET", "me", key)).status).toBe(200);
    expect(test.counted.filter((name) => name.startsWith("reads:unknown"))).toHaveLength(1);
  });

  it("are good with their own secret only", async () => {
    const { access_token } = await test.register();
    const [one, other] = [await createKey(access_token), await createKey(access_token)];
    for (const secret of [other.secret, `${one.secret}x`, "", "sts_'; drop table users"]) {
      const response = await test.byKey("GET", "me", { ...one, secret });
      expect(await refusalOf(response)).toBe("401 unauthenticated");
    }
  });

  it("are at most twenty, and end in the future", async () => {
    const { access_token } = await test.register();
    for (let n = 0; n < 20; n += 1) await createKey(access_token);
    const body = { name: "bot", scopes: ["read"] };
    const more = await test.post("api-keys", body, access_token);
    expect(await refusalOf(more)).toBe("409 api_key_limit_reached");
    for (const change of [
      { expires_at: START.toISOString() },
      { scopes: [] },
      { scopes: ["all"] },
    ]) {
      const response = await test.post("api-keys", { ...body, ...change }, access_token);
      expect(await refusalOf(response)).toBe("422 validation_error");
    }
  });

  it("get tickets for streams", async () => {
    const { user, access_token } = await test.register();
    const key = await createKey(access_token);
    const response = await test.byKey("POST", "ws-ticket", key);
    expect(response.status).toBe(201);
    const { ticket } = (await response.json()) as { ticket: string };
    expect(await test.auth.streamTickets.redeem(ticket)).toEqual({
      userId: user.id,
      sessionId: null,
      apiKeyId: key.id,
      scopes: ["read"],
      expiresAt: null,
    });
  });
});
