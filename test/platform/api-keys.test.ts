import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { audited } from "./database.ts";

const ORDER = { symbol: "F", side: "buy", type: "limit", quantity: "1", limit_price: "5.00" };

let platform: TestPlatform;
let client: Client;

beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
  client = await registerClient(platform.url);
}, 120_000);
afterAll(() => platform?.stop());

interface Key {
  readonly id: string;
  readonly headers: Record<string, string>;
}

async function createKey(...scopes: string[]): Promise<Key> {
  const { status, body } = await client.request("POST", "/auth/api-keys", { name: "bot", scopes });
  expect(status).toBe(201);
  const headers = {
    "X-API-Key-Id": String(body.key_id),
    "X-API-Secret-Key": String(body.secret),
  };
  return { id: String(body.id), headers };
}

async function send({ headers }: Key, method: string, path: string, body?: Json) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Json };
}

/** A socket that takes the account channel, and the code that it closes with. */
async function listen(query: string, headers: Record<string, string>) {
  const address = `${platform.url.replace("http", "ws")}/ws/market${query}`;
  const socket = new WebSocket(address, { headers });
  const messages: Json[] = [];
  let closed: number | undefined;
  socket.on("open", () => socket.send('{"action":"subscribe","id":"1","channels":["account"]}'));
  socket.on("message", (data) => messages.push(...(JSON.parse(String(data)) as Json[])));
  socket.on("error", () => {});
  socket.on("close", (code) => {
    closed = code;
  });
  await vi.waitFor(() => expect(messages.map(({ type }) => type)).toContain("subscribed"), {
    timeout: 15_000,
  });
  return { messages, closed: () => closed };
}

describe("a key", () => {
  it("does in requests and streams what its scopes say, until it is deleted", async () => {
    const key = await createKey("read", "trade");
    const stream = await listen("", key.headers);
    const placed = await send(key, "POST", "/orders", ORDER);
    expect(placed.status).toBe(201);
    expect(await client.get(`/orders/${placed.body.id}`)).toMatchObject({ symbol: "F" });
    await vi.waitFor(() =>
      expect(stream.messages).toContainEqual(expect.objectContaining({ type: "order" })),
    );
    expect((await client.request("DELETE", `/auth/api-keys/${key.id}`)).status).toBe(204);
    // At once, although reads may trust it for a while.
    for (const [method, path, body] of [
      ["POST", "/orders", ORDER],
      ["DELETE", `/orders/${placed.body.id}`, undefined],
      ["PATCH", "/account/config", { closing_only: true }],
      ["POST", "/portfolio/deposits", { amount: "1" }],
      ["POST", "/watchlists", { name: "mine", symbols: ["F"] }],
      ["POST", "/auth/ws-ticket", undefined],
    ] as const)
      expect(await send(key, method, path, body), path).toMatchObject({
        status: 401,
        body: { code: "unauthenticated" },
      });
    await vi.waitFor(() => expect(stream.closed()).toBe(4001), { timeout: 2_000 });
  });

  it("that may only read changes nothing", async () => {
    const key = await createKey("read");
    expect(await send(key, "GET", "/portfolio")).toMatchObject({ status: 200 });
    expect(await send(key, "POST", "/orders", ORDER)).toMatchObject({
      status: 403,
      body: { code: "insufficient_scope", scope: "trade" },
    });
    expect(
      await send(key, "POST", "/auth/api-keys", { name: "x", scopes: ["trade"] }),
    ).toMatchObject({ status: 403, body: { code: "insufficient_scope", scope: "session" } });
  });

  it("opens a stream by a ticket, which its deletion ends", async () => {
    const key = await createKey("read");
    const { status, body } = await send(key, "POST", "/auth/ws-ticket");
    expect(status).toBe(201);
    const stream = await listen(`?ticket=${body.ticket}`, {});
    await client.request("DELETE", `/auth/api-keys/${key.id}`);
    await vi.waitFor(() => expect(stream.closed()).toBe(4001), { timeout: 2_000 });
  });

  it("is in the audit log, and its secret nowhere", async () => {
    const created = await audited(platform, "api_key_created");
    expect(created).toMatchObject([{ scopes: ["read", "trade"] }, {}, {}]);
    expect(await audited(platform, "api_key_deleted")).toHaveLength(2);
    expect(JSON.stringify(created)).not.toContain("sts_");
    expect(platform.workerLog.join("\n")).not.toContain("sts_");
  });
});
