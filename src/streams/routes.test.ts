import { Hono } from "hono";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { AppEnv } from "../http/app-env.ts";
import type { Services } from "../services.ts";
import { FULL_STATUS, readHandshake } from "./handshake.ts";
import { streamRoutes } from "./routes.ts";

const PRINCIPAL: Principal = {
  userId: "u",
  sessionId: "s",
  apiKeyId: null,
  scopes: ["read"],
  expiresAt: new Date("2026-11-20T15:00:00.000Z"),
};
const UPGRADE = { upgrade: "websocket" };

/** As the Worker's runtime has it: with a socket, and with the status that Node's refuses. */
class SocketResponse extends Response {
  override readonly webSocket: WebSocket | null;

  constructor(body: null, init: ResponseInit) {
    super(body, { ...init, status: init.status === 101 ? 200 : (init.status ?? 200) });
    this.webSocket = init.webSocket ?? null;
  }
}

/** Objects here answer without a socket unless one is given: what matters is what they are asked. */
function setup(webSocket: WebSocket | null = null) {
  const seen: (string | undefined)[] = [];
  const asked: { name: string; request: Request; options?: unknown }[] = [];
  const full = new Set<string>();
  const failing = new Set<string>();
  const time = { nowMs: Date.now() };
  const namespace = (kind: string) => ({
    getByName: (name: string, options?: unknown) => ({
      async fetch(request: Request) {
        asked.push({ name: `${kind} ${name}`, request, options });
        if (failing.has(name)) throw new Error("lost");
        return { webSocket, status: full.has(name) ? FULL_STATUS : 200 };
      },
    }),
  });
  const env = { STREAM_GATEWAY: namespace("gateway"), SYMBOL_ROOM: namespace("room") };
  const streams: Partial<Services["streams"]> = {
    async verifyToken(token) {
      if (token !== "good") throw new AppError({ code: "unauthenticated" });
      return PRINCIPAL;
    },
    now: () => new Date(time.nowMs),
    instrumentExists: async (symbols) => new Set(symbols.filter((symbol) => symbol !== "NOPE")),
  };
  const tickets = new Set(["once"]);
  const apiKeys: Pick<Services["auth"]["apiKeys"], "verify"> = {
    verify: async (keyId, secret) => ({
      ...PRINCIPAL,
      sessionId: null,
      apiKeyId: `${keyId} ${secret}`,
      scopes: keyId === "blind" ? ["trade"] : ["read"],
    }),
  };
  const auth = {
    apiKeys,
    streamTickets: {
      async redeem(ticket: string) {
        if (!tickets.delete(ticket)) throw new AppError({ code: "unauthenticated" });
        return PRINCIPAL;
      },
    },
  } as Services["auth"];
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set("services", { streams, auth } as Services);
    c.set("origins", ["https://app.example"]);
    await next();
    seen.push(c.var.principal?.userId);
  });
  const refusals: unknown[] = [];
  app.onError((error, c) => {
    if (!(error instanceof AppError)) return c.text(String(error));
    refusals.push(error.refusal);
    return c.text(error.refusal.code);
  });
  app.route("/ws", streamRoutes);
  return {
    app,
    env,
    asked,
    seen,
    refusals,
    full,
    failing,
    time,
    async get(path: string, headers: Record<string, string> = UPGRADE) {
      const response = await app.request(path, { headers }, env);
      return await response.text();
    },
  };
}

describe("an upgrade", () => {
  it("goes to a gateway near the client, with the principal and nothing of the client's", async () => {
    const { asked, get } = setup();
    await get("/ws/market?token=good", {
      upgrade: "WebSocket",
      "x-stream-principal": '{"userId":"somebody else"}',
      "sec-websocket-extensions": "permessage-deflate",
    });
    const [{ name, request }] = asked as [(typeof asked)[0]];
    expect(name).toBe("gateway local:0");
    expect(readHandshake(request)).toMatchObject({ principal: PRINCIPAL, subprotocol: false });
    expect(request.headers.get("sec-websocket-extensions")).toBeNull();
    expect(request.url).not.toContain("good");
  });

  it("goes to the next gateway when one is full, and back when it has places again", async () => {
    const { asked, full, time, refusals, get } = setup();
    const entered = async () => {
      asked.length = 0;
      await get("/ws/market");
      return asked.map(({ name }) => name.replace("gateway local:", "")).join();
    };
    full.add("local:0").add("local:1");
    const first = await entered();
    expect(first).toBe("0,1,2");
    const tried = new Set<string>();
    for (let n = 0; n < 100; n += 1) tried.add(await entered());
    expect(tried).toEqual(new Set(["2", "0,1,2"]));
    full.delete("local:0");
    for (let n = 0; n < 400 && (await entered()) !== "0"; n += 1);
    expect(await entered()).toBe("0");
    for (let shard = 0; shard < 100; shard += 1) full.add(`local:${shard}`);
    const all = (await entered()).split(",").map(Number);
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(refusals.at(-1)).toEqual({ code: "busy" });
    expect(await get("/ws/market")).toBe("busy");
    // They were all asked just now.
    expect(await entered()).toBe("");
    time.nowMs += 1_000;
    full.clear();
    expect(await entered()).not.toBe("");
  });

  it("goes elsewhere after one that failed", async () => {
    const { full, failing, get } = setup();
    full.add("local:0");
    failing.add("local:1");
    const answers = [];
    for (let n = 0; n < 30; n += 1) answers.push(await get("/ws/market?token=good"));
    expect(answers).toContain("Error: lost");
    expect(answers.filter((answer) => answer === "busy").length).toBeGreaterThan(15);
  });

  it("takes the token from the subprotocols as well", async () => {
    const { asked, get } = setup();
    await get("/ws/market", { ...UPGRADE, "sec-websocket-protocol": "speedtrade, bearer.good" });
    const handshake = asked[0] && readHandshake(asked[0].request);
    expect(handshake).toMatchObject({ principal: PRINCIPAL, subprotocol: true });
  });

  it("tells the log whose it is", async () => {
    const { seen, get } = setup();
    await get("/ws/market?token=good");
    await get("/ws/market");
    expect(seen).toEqual(["u", undefined]);
  });

  it("without a token leaves it to the first message; with a wrong one it is refused", async () => {
    const { asked, get } = setup();
    await get("/ws/market");
    expect(asked[0] && readHandshake(asked[0].request)).toMatchObject({ principal: null });
    expect(await get("/ws/market?token=bad")).toBe("unauthenticated");
    expect(await get("/ws/market", {})).toBe("upgrade_required");
    expect(asked).toHaveLength(1);
  });

  it("takes an API key that may read", async () => {
    const { asked, refusals, get } = setup();
    const key = (id: string) => ({ ...UPGRADE, "x-api-key-id": id, "x-api-secret-key": "s" });
    await get("/ws/market", key("k"));
    expect(asked[0] && readHandshake(asked[0].request)?.principal?.apiKeyId).toBe("k s");
    expect(await get("/ws/market", key("blind"))).toBe("insufficient_scope");
    expect(refusals.at(-1)).toEqual({ code: "insufficient_scope", scope: "read" });
    expect(asked).toHaveLength(1);
  });

  it("takes a ticket once", async () => {
    const { asked, get } = setup();
    await get("/ws/market?ticket=once");
    expect(asked[0] && readHandshake(asked[0].request)).toMatchObject({ principal: PRINCIPAL });
    expect(await get("/ws/market/F?ticket=once")).toBe("unauthenticated");
    expect(asked).toHaveLength(1);
  });

  it("is for pages of our own origin and of those in the settings", async () => {
    const { asked, get } = setup();
    for (const origin of ["http://localhost", "https://app.example"])
      await get("/ws/market", { ...UPGRADE, origin });
    expect(asked).toHaveLength(2);
    for (const origin of ["https://evil.example", "http://localhost:1", "null"])
      expect(await get("/ws/market?ticket=once", { ...UPGRADE, origin })).toBe(
        "origin_not_allowed",
      );
    expect(asked).toHaveLength(2);
    // The ticket is still good.
    await get("/ws/market?ticket=once");
    expect(asked).toHaveLength(3);
  });

  it("goes to the symbol's room in any spelling", async () => {
    const { asked, refusals, get } = setup();
    for (const spelling of ["doge-usd", "DOGE%2FUSD", "DOGE/USD", "dogeusd", "F"])
      await get(`/ws/market/${spelling}`);
    expect(asked.map(({ name }) => name)).toEqual([
      ...Array.from({ length: 4 }, () => "room DOGE/USD"),
      "room F",
    ]);
    expect(await get("/ws/market/nope")).toBe("symbol_not_found");
    expect(await get("/ws/market/%3F%3F")).toBe("symbol_not_found");
    expect(refusals.slice(-2)).toEqual([
      { code: "symbol_not_found", symbol: "NOPE" },
      { code: "symbol_not_found", symbol: "??" },
    ]);
  });
});

describe("the answer", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ["speedtrade, bearer.good", "speedtrade"],
    ["other", null],
    [undefined, null],
  ])("to who offers %s is the object's socket, under %s", async (offered, chosen) => {
    const socket = {} as WebSocket;
    const { app, env } = setup(socket);
    vi.stubGlobal("Response", SocketResponse);
    const headers =
      offered === undefined ? UPGRADE : { ...UPGRADE, "sec-websocket-protocol": offered };
    const answer = await app.request("/ws/market/F", { headers }, env);
    expect(answer.webSocket).toBe(socket);
    expect(answer.headers.get("sec-websocket-protocol")).toBe(chosen);
  });

  it("is that it is busy where the object has no socket", async () => {
    const { get } = setup();
    expect(await get("/ws/market/F")).toBe("busy");
  });
});

describe("a gateway", () => {
  it.each([
    [{ colo: "FRA", continent: "EU" }, "FRA"],
    [{ continent: "EU" }, "EU"],
    [{ colo: "" }, "local"],
    [{}, "local"],
    [undefined, "local"],
  ])("is of the region that the request of %o came in by", async (cf, region) => {
    const { app, env, asked } = setup();
    const request = new Request("http://localhost/ws/market", { headers: UPGRADE });
    await app.request(Object.assign(request, { cf }), undefined, env);
    expect(asked[0]?.name.split(":")[0]).toBe(`gateway ${region}`);
  });

  it.each([
    ["AF", { locationHint: "afr" }],
    ["AS", { locationHint: "apac" }],
    ["EU", { locationHint: "weur" }],
    ["NA", { locationHint: "enam" }],
    ["OC", { locationHint: "oc" }],
    ["SA", { locationHint: "sam" }],
    ["AN", {}],
    [undefined, {}],
  ])("is put near a client of %s", async (continent, options) => {
    const { app, env, asked } = setup();
    const request = new Request("http://localhost/ws/market", { headers: UPGRADE });
    await app.request(Object.assign(request, { cf: { continent } }), undefined, env);
    expect(asked[0]?.options).toStrictEqual(options);
  });
});
