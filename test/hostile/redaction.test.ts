import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import type { Json } from "../platform/client.ts";

const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple battery horse";
const WRONG_PASSWORD = "an incorrect horse battery";

let platform: TestPlatform;
const username = `user_${randomBytes(6).toString("hex")}`;
/** Everything that a log must not have. */
const secrets = new Set<string>([PASSWORD, NEW_PASSWORD, WRONG_PASSWORD]);

beforeAll(async () => {
  platform = await startTestPlatform({ settings: { LOG_LEVEL: "debug" } });
}, 180_000);

afterAll(async () => {
  await platform?.stop();
});

async function call(method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: {
      "x-request-id": "a-run",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const told = text === "" ? {} : (JSON.parse(text) as Json);
  for (const name of ["access_token", "refresh_token", "ticket", "secret"])
    if (typeof told[name] === "string") secrets.add(told[name]);
  return { status: response.status, body: told };
}

/** Resolves once the socket has said something, or could not be opened. */
function connect(path: string, protocols: string[], first?: Json): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(platform.url.replace("http", "ws") + path, protocols);
    socket.onopen = () => first !== undefined && socket.send(JSON.stringify(first));
    socket.onmessage = () => {
      socket.close();
      resolve();
    };
    socket.onerror = () => resolve();
    socket.onclose = () => resolve();
  });
}

it("says nothing of a token, a password or a key, whatever happens", async () => {
  const auth = (path: string, body: unknown, token?: string) =>
    call("POST", `/api/v1/auth/${path}`, body, token);
  const person = { email: `${username}@example.com`, username };
  await auth("register", { ...person, password: PASSWORD });
  await auth("register", { ...person, password: PASSWORD });
  await auth("login", { username, password: WRONG_PASSWORD });
  const { body: session } = await auth("login", { username, password: PASSWORD });
  const token = String(session.access_token);
  const refresh = String(session.refresh_token);

  // Each place in which one can stand, right and wrong.
  await auth("refresh", { refresh_token: refresh });
  await auth("refresh", { refresh_token: refresh, surplus: refresh });
  await auth("refresh", `{"refresh_token":"${refresh}"`);
  await auth("login", `{"password":"${PASSWORD}","password":"${PASSWORD}"}`);
  await auth("login", { username, password: [PASSWORD] });
  await call("GET", `/api/v1/orders/${token}`, undefined, token);
  await call("GET", `/api/v1/orders?page_token=${refresh}&access_token=${token}`, undefined, token);
  await call("GET", `/api/v1/nowhere/${token}?token=${token}`, undefined, `${token}x`);
  await call("POST", "/api/v1/orders", { symbol: token, side: PASSWORD, [refresh]: "1" }, token);
  const { body: opening } = await auth("ws-ticket", undefined, token);
  await connect(`/ws/market?token=${token}`, ["speedtrade"]);
  await connect(`/ws/market?token=${token}x`, ["speedtrade"]);
  await connect(`/ws/market?ticket=${opening.ticket}`, ["speedtrade"]);
  await connect(`/ws/market?ticket=${opening.ticket}`, ["speedtrade"]);
  await connect("/ws/market", ["speedtrade", `bearer.${token}`]);
  await connect("/ws/market", ["speedtrade", `bearer.${token}x`]);
  await connect(`/ws/market/${token}`, ["speedtrade", `bearer.${token}`]);
  await connect("/ws/market", ["speedtrade"], { action: "auth", token: `${token}x` });
  const { body: key } = await auth("api-keys", { name: "bot", scopes: ["read"] }, token);
  await fetch(`${platform.url}/api/v1/portfolio`, {
    headers: { "x-api-key-id": String(key.key_id), "x-api-secret-key": String(key.secret) },
  });
  await auth("password", { current_password: PASSWORD, new_password: NEW_PASSWORD }, token);
  await auth("logout", {}, token);

  // A fault is logged with what brought it about; here that are statements with hashes and an address among their values.
  await fetch(`${inject("cloneServerUrl")}/${new URL(platform.databaseUrl).pathname.slice(1)}`, {
    method: "DELETE",
  });
  const failed = await auth("register", {
    email: `late_${person.email}`,
    username: `late_${username}`.slice(0, 32),
    password: PASSWORD,
  });
  expect(failed.status).toBeGreaterThanOrEqual(500);
  await auth("login", { username, password: PASSWORD });
  await auth("refresh", { refresh_token: refresh });
  await connect(`/ws/market?ticket=${opening.ticket}`, ["speedtrade"]);

  // All of it has been written once the last of it is there.
  await fetch(`${platform.url}/health/live`, { headers: { "x-request-id": "the-end" } });
  const log = () => platform.workerLog.join("\n");
  await vi.waitFor(() => expect(log()).toContain("the-end"), { timeout: 30_000, interval: 100 });
  expect(log()).toMatch(/"route":"\/ws\/market"/);
  expect(log()).toMatch(/"level":"error"/);
  for (const secret of secrets) expect(log()).not.toContain(secret);
  expect(log()).not.toContain(person.email);
  expect(log()).not.toMatch(/\$argon2id\$|params:/);
}, 180_000);
