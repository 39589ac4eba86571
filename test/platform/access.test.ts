import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Belongings, ROUTES, type RouteCase } from "./access-table.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { venueAt } from "./venue.ts";

const SECRET = "a secret of this test alone, long enough";
const PASSWORD = "correct horse battery";

interface Operation {
  readonly security?: readonly Record<string, unknown>[];
  readonly responses: Record<string, unknown>;
}

type Headers = Record<string, string>;

let platform: TestPlatform;
let owner: Client;
let belongings: Belongings;
let documented: ReadonlyMap<string, Operation>;
/** What nobody but the owner may be shown. */
let secrets: readonly string[];
let callers: Readonly<Record<string, Headers>>;

beforeAll(async () => {
  const settings = {
    JWT_SECRET: SECRET,
    RATE_LIMITS: "auth=20000,orders=20000,reads=20000,audits=20000",
  };
  platform = await startTestPlatform({ settings });
  await venueAt(platform.venueControlUrl).pin("KO", "70.00", "70.03");
  await platform.tickCron();
  documented = await readDocument();
  owner = await registerClient(platform.url);
  belongings = await furnish(owner);
  const { id, email } = await owner.get("/auth/me");
  const { password, ...ids } = belongings;
  secrets = [String(id), String(email), ...Object.values(ids)];
  callers = await castCallers(String(id));
}, 120_000);
afterAll(() => platform?.stop());

/** By method and path, without the slash at its end. */
async function readDocument(): Promise<Map<string, Operation>> {
  const response = await fetch(`${platform.url}/api/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path.replace(/(?<=.)\/$/, "")}`,
        operation,
      ]),
    ),
  );
}

async function created(client: Client, path: string, body: Json): Promise<Json> {
  const answer = await client.request("POST", path, body);
  expect(answer.status, path).toBeLessThan(300);
  return answer.body;
}

/** An open order, a position, a list, and a session and a key to spare. */
async function furnish(client: Client): Promise<Belongings> {
  const clientOrderId = "only-the-owners";
  const rest = { side: "buy", client_order_id: clientOrderId };
  const order = { ...rest, symbol: "KO", type: "limit", quantity: "1", limit_price: "5.00" };
  const resting = await created(client, "/orders", order);
  const market = { symbol: "KO", side: "buy", type: "market", quantity: "2" };
  const bought = await created(client, "/orders", market);
  await client.settled(String(bought.id), "filled");
  await client.settled(String(resting.id), "new");
  const list = await created(client, "/watchlists", { name: "mine", symbols: ["KO"] });
  const key = await created(client, "/auth/api-keys", { name: "spare", scopes: ["read"] });
  const session = await signIn(client);
  return {
    orderId: String(resting.id),
    clientOrderId,
    watchlistId: String(list.id),
    sessionId: session.id,
    apiKeyId: String(key.id),
    password: PASSWORD,
  };
}

async function signIn(client: Client) {
  const { username } = await client.get("/auth/me");
  const session = await created(client, "/auth/login", { username, password: PASSWORD });
  return { id: String(session.session_id), headers: bearer(String(session.access_token)) };
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

async function makeKey(client: Client, ...scopes: string[]) {
  const { id, key_id, secret } = await created(client, "/auth/api-keys", { name: "bot", scopes });
  const headers = { "x-api-key-id": String(key_id), "x-api-secret-key": String(secret) };
  return { id: String(id), headers };
}

interface Forgery {
  readonly secret?: string;
  readonly kid?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly endsInS?: number;
}

async function castCallers(userId: string) {
  const claims = { sid: belongings.sessionId, scope: "read trade" };
  const nowS = Math.floor(Date.now() / 1_000);
  const sign = (forgery: Forgery) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: forgery.kid ?? "k1" })
      .setIssuer(forgery.issuer ?? "speedtrade")
      .setAudience(forgery.audience ?? "speedtrade-api")
      .setSubject(userId)
      .setJti(crypto.randomUUID())
      .setIssuedAt(nowS - 3_600)
      .setExpirationTime(nowS + (forgery.endsInS ?? 600))
      .sign(new TextEncoder().encode(forgery.secret ?? SECRET));
  const unsigned = new UnsecuredJWT({ ...claims, jti: crypto.randomUUID() })
    .setIssuer("speedtrade")
    .setAudience("speedtrade-api")
    .setSubject(userId)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + 600)
    .encode();
  const loggedOut = await signIn(owner);
  const logout = { method: "POST", headers: loggedOut.headers };
  await fetch(`${platform.url}/api/v1/auth/logout`, logout);
  const deleted = await makeKey(owner, "read", "trade");
  await owner.request("DELETE", `/auth/api-keys/${deleted.id}`);
  const stranger = await registerClient(platform.url);
  return {
    nobody: {},
    expired: bearer(await sign({ endsInS: -1 })),
    "alg none": bearer(unsigned),
    "alg none, with a signature": bearer(`${unsigned}${(await sign({})).split(".")[2]}`),
    "another key": bearer(await sign({ secret: "some other secret, long enough as well" })),
    "an unknown kid": bearer(await sign({ kid: "k9" })),
    "another audience": bearer(await sign({ audience: "elsewhere" })),
    "another issuer": bearer(await sign({ issuer: "elsewhere" })),
    "no token": bearer("nonsense"),
    "a deleted key": deleted.headers,
    "half a key": { "x-api-key-id": deleted.headers["x-api-key-id"] },
    "a session that ended": loggedOut.headers,
    "a key to read": (await makeKey(owner, "read")).headers,
    "a key to trade": (await makeKey(owner, "trade")).headers,
    stranger: bearer(stranger.token),
  };
}

async function ask(name: string, { path, body }: RouteCase, headers: Headers) {
  const [method = ""] = name.split(" ");
  const json = body?.(belongings);
  const response = await fetch(`${platform.url}${path(belongings)}`, {
    method,
    headers: { ...headers, ...(json === undefined ? {} : { "content-type": "application/json" }) },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const answer = (text === "" ? {} : JSON.parse(text)) as Json;
  // Problems repeat the path that was asked for.
  const { instance, ...shown } = answer;
  return { status: response.status, code: answer.code, scope: answer.scope, shown };
}

/** Each route's answer to a caller, as "status code". */
async function answersTo(caller: string, isMeant: (route: RouteCase) => boolean) {
  const answers: Record<string, string> = {};
  for (const [name, route] of ROUTES) {
    if (!isMeant(route)) continue;
    const { status, code, scope, shown } = await ask(name, route, callers[caller] ?? {});
    answers[name] = [status, code, scope].filter((part) => part !== undefined).join(" ");
    expect(Object.keys(documented.get(name)?.responses ?? {}), name).toContain(String(status));
    if (caller === "a session that ended" || caller.startsWith("a key to")) continue;
    for (const secret of secrets) expect(JSON.stringify(shown), name).not.toContain(secret);
  }
  expect(answers).not.toEqual({});
  return answers;
}

/** The same answer of each of these routes. */
const all = (answer: string, isMeant: (route: RouteCase) => boolean) =>
  Object.fromEntries(
    [...ROUTES].flatMap(([name, route]) => (isMeant(route) ? [[name, answer]] : [])),
  );

const isGuarded = ({ access }: RouteCase) => access !== "public" && access !== "stream";
const wants =
  (...kinds: RouteCase["access"][]) =>
  ({ access }: RouteCase) =>
    kinds.includes(access);
const passes = (answer: string) => !/^(401|403|5\d\d) /.test(answer);

it("the table has every route of the document, and each as it says", () => {
  expect([...ROUTES.keys()].sort()).toEqual([...documented.keys()].sort());
  for (const [name, { access }] of ROUTES) {
    const kinds = (documented.get(name)?.security ?? []).flatMap(Object.keys).sort();
    const expected = {
      public: [],
      stream: [],
      session: ["bearer"],
      read: ["apiKeyId", "apiSecretKey", "bearer"],
      trade: ["apiKeyId", "apiSecretKey", "bearer"],
    };
    expect(kinds, name).toEqual(expected[access]);
  }
});

describe("every route that is not public refuses", () => {
  it.each([
    ["nobody", "401 unauthenticated"],
    ["expired", "401 token_expired"],
    ["alg none", "401 unauthenticated"],
    ["alg none, with a signature", "401 unauthenticated"],
    ["another key", "401 unauthenticated"],
    ["an unknown kid", "401 unauthenticated"],
    ["another audience", "401 unauthenticated"],
    ["another issuer", "401 unauthenticated"],
    ["no token", "401 unauthenticated"],
    ["a deleted key", "401 unauthenticated"],
    ["half a key", "401 unauthenticated"],
  ])("%s: %s", async (caller, answer) => {
    expect(await answersTo(caller, isGuarded)).toEqual(all(answer, isGuarded));
  });
});

/** What the upgrade is answered: a token goes into the query, a key into headers. */
function upgrade(path: string, { authorization, ...headers }: Headers): Promise<string> {
  const query = authorization === undefined ? "" : `?token=${authorization.split(" ")[1]}`;
  const socket = new WebSocket(`${platform.url.replace("http", "ws")}${path}${query}`, { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => {
      socket.close();
      resolve("101");
    });
    socket.once("error", reject);
    socket.once("unexpected-response", (_, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("end", () => {
        const { code, scope } = JSON.parse(text) as Json;
        resolve([response.statusCode, code, scope].filter((part) => part !== undefined).join(" "));
      });
    });
  });
}

describe("every stream answers", () => {
  it.each([
    ["expired", "401 token_expired"],
    ["alg none", "401 unauthenticated"],
    ["another key", "401 unauthenticated"],
    ["an unknown kid", "401 unauthenticated"],
    ["another audience", "401 unauthenticated"],
    ["another issuer", "401 unauthenticated"],
    ["no token", "401 unauthenticated"],
    ["a deleted key", "401 unauthenticated"],
    ["a key to trade", "403 insufficient_scope read"],
    ["a key to read", "101"],
    ["stranger", "101"],
    ["nobody", "101"],
  ])("%s: %s", async (caller, answer) => {
    for (const [name, route] of ROUTES)
      if (route.access === "stream")
        expect(await upgrade(route.path(belongings), callers[caller] ?? {}), name).toBe(answer);
  });
});

describe("a route", () => {
  it("that changes something refuses a session that ended, at once", async () => {
    const changes = ({ changes }: RouteCase) => changes;
    const answers = await answersTo("a session that ended", changes);
    expect(answers).toEqual(all("401 unauthenticated", changes));
  });

  it("that only reads trusts the token of a session that ended, until it expires", async () => {
    const reads = (route: RouteCase) => isGuarded(route) && !route.changes;
    const answers = await answersTo("a session that ended", reads);
    expect(Object.values(answers).filter((answer) => !passes(answer))).toEqual([]);
  });

  it.each([
    ["a key to read", "trade", "read"],
    ["a key to trade", "read", "trade"],
  ] as const)("refuses %s what it lacks the scope for", async (caller, lacking, held) => {
    expect(await answersTo(caller, wants(lacking))).toEqual(
      all(`403 insufficient_scope ${lacking}`, wants(lacking)),
    );
    expect(await answersTo(caller, wants("session"))).toEqual(
      all("403 insufficient_scope session", wants("session")),
    );
    if (held === "trade") return;
    const answers = await answersTo(caller, wants(held));
    expect(Object.values(answers).filter((answer) => !passes(answer))).toEqual([]);
  });

  it("refuses a stranger what is the owner's, and shows nothing of it", async () => {
    const isForeign = ({ foreign }: RouteCase) => foreign !== undefined;
    const expected = Object.fromEntries(
      [...ROUTES].flatMap(([name, { foreign }]) =>
        foreign === undefined ? [] : [[name, foreign]],
      ),
    );
    expect(await answersTo("stranger", isForeign)).toEqual(expected);
    const own = (route: RouteCase) =>
      isGuarded(route) && !isForeign(route) && route.access !== "session";
    const answers = await answersTo("stranger", own);
    expect(Object.values(answers).filter((answer) => !passes(answer))).toEqual([]);
  });

  it("is there for its owner, whose things nobody has touched", async () => {
    const { orderId, watchlistId } = belongings;
    expect(await owner.get(`/orders/${orderId}`)).toMatchObject({ status: "new" });
    expect(await owner.get("/portfolio/positions/KO")).toMatchObject({ quantity: "2" });
    expect(await owner.get(`/watchlists/${watchlistId}`)).toMatchObject({ name: "mine" });
    for (const [name, route] of ROUTES) {
      if (!isGuarded(route)) continue;
      const { status } = await ask(name, route, bearer(owner.token));
      // What an earlier one has ended or left open may stand in the way of a later one.
      const isAnswered = status < 300 || (route.changes && [404, 409, 422].includes(status));
      expect([name, status, isAnswered]).toEqual([name, status, true]);
    }
  });
});
