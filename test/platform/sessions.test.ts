import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";
import { audited, query } from "./database.ts";

const PASSWORD = "correct horse battery";
const CLOSES_WITHIN_MS = 2_000;

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
}, 120_000);
afterAll(() => platform?.stop());

async function post(path: string, body: Json, token?: string) {
  const response = await fetch(`${platform.url}/api/v1/auth/${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Json };
}

/** Another session of the client's user. */
async function signIn(client: Client, password = PASSWORD) {
  const { username } = await client.get("/auth/me");
  const { body } = await post("login", { username: String(username), password });
  return {
    token: String(body.access_token),
    refreshToken: String(body.refresh_token),
    id: String(body.session_id),
  };
}

async function openStream(token: string): Promise<StreamClient> {
  const stream = new StreamClient(platform.url, "/ws/market", token);
  await stream.ready();
  // As every client does: to one that has never said anything, workerd ends the connection late.
  stream.send({ action: "subscribe", id: "1", channels: ["account"] });
  await vi.waitFor(() => expect(stream.messages.map(({ type }) => type)).toContain("subscribed"));
  return stream;
}

const closes = (stream: StreamClient) =>
  vi.waitFor(() => expect(stream.closed).toBe(4001), { timeout: CLOSES_WITHIN_MS, interval: 20 });

/** A request that changes something, and would pass with a token that is good. */
const change = (token: string) =>
  fetch(`${platform.url}/api/v1/account/config`, {
    method: "PATCH",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ closing_only: false }),
  });

async function refusedAt(request: Promise<Response>): Promise<string> {
  const response = await request;
  const { code } = (await response.json()) as Json;
  return `${response.status} ${code}`;
}

describe("a session that has ended", () => {
  it("by logout: changes nothing from the next request on, and its streams close", async () => {
    const { token } = await registerClient(platform.url);
    const stream = await openStream(token);
    expect((await change(token)).status).toBe(200);
    expect((await post("logout", {}, token)).status).toBe(204);
    expect(await refusedAt(change(token))).toBe("401 unauthenticated");
    await closes(stream);
  });

  it("by another session of its user, and is listed no more", async () => {
    const client = await registerClient(platform.url);
    const lost = await signIn(client);
    const stream = await openStream(lost.token);
    const ids = async () => {
      const { sessions } = await client.get("/auth/sessions");
      return (sessions as Json[]).map(({ id }) => id);
    };
    expect((await ids())[0]).toBe(lost.id);
    expect((await client.request("DELETE", `/auth/sessions/${lost.id}`)).status).toBe(204);
    expect(await refusedAt(change(lost.token))).toBe("401 unauthenticated");
    await closes(stream);
    expect(await ids()).toHaveLength(1);
  });

  it("by a change of the password, which only who knows the new one survives", async () => {
    const client = await registerClient(platform.url);
    const other = await signIn(client);
    const stream = await openStream(other.token);
    const passwords = { current_password: PASSWORD, new_password: "battery staple correct" };
    expect((await client.request("POST", "/auth/password", passwords)).status).toBe(204);
    expect(await refusedAt(change(other.token))).toBe("401 unauthenticated");
    await closes(stream);
    expect((await change(client.token)).status).toBe(200);
    expect(await signIn(client)).toMatchObject({ token: "undefined" });
    expect(await signIn(client, passwords.new_password)).not.toMatchObject({ token: "undefined" });
  });
});

describe("a refresh token", () => {
  it("repeated at once answers the same; stolen and used later, it ends its family", async () => {
    const client = await registerClient(platform.url);
    const { refreshToken, id, token } = await signIn(client);
    const stream = await openStream(token);
    const refresh = (refresh_token: unknown) =>
      post("refresh", { refresh_token: String(refresh_token) });
    const first = await refresh(refreshToken);
    const again = await refresh(refreshToken);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(first.body.refresh_token);

    // As if its owner had used it a while ago.
    await query(
      platform,
      "update refresh_tokens set used_at = used_at - interval '11 s' where session_id = $1 and used_at is not null",
      [id],
    );
    expect(await refresh(refreshToken)).toMatchObject({
      status: 401,
      body: { code: "refresh_token_reused" },
    });
    expect(await refresh(first.body.refresh_token)).toMatchObject({
      status: 401,
      body: { code: "invalid_refresh_token" },
    });
    expect(await refusedAt(change(String(first.body.access_token)))).toBe("401 unauthenticated");
    await closes(stream);
  });
});

describe("the audit log", () => {
  it("has who came in, who went and who changed a password", async () => {
    const actions = ["registered", "signed_in", "signed_out", "session_ended", "password_changed"];
    for (const action of [...actions, "refresh_token_reused"])
      expect(await audited(platform, action), action).not.toEqual([]);
  });

  it("is only ever added to", async () => {
    await expect(query(platform, "update audit_log set action = 'x'")).rejects.toThrow(
      "append-only",
    );
    await expect(query(platform, "delete from audit_log")).rejects.toThrow("append-only");
  });
});
