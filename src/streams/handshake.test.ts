import { expect, it } from "vitest";
import type { Principal } from "../domain/principal.ts";
import {
  type Handshake,
  linkRequest,
  readHandshake,
  readLink,
  toUpgradeRequest,
} from "./handshake.ts";

const PRINCIPAL: Principal = {
  userId: "u",
  sessionId: null,
  apiKeyId: "k",
  scopes: ["read"],
  expiresAt: new Date("2026-11-20T15:00:00.000Z"),
};

it.each<Handshake>([
  { connectionId: "c", requestId: "r", principal: PRINCIPAL, subprotocol: true },
  {
    connectionId: "c",
    requestId: "r",
    principal: { ...PRINCIPAL, expiresAt: null },
    subprotocol: false,
  },
  { connectionId: "c", requestId: "r", principal: null, subprotocol: false },
])("travels whole: %o", (handshake) => {
  const request = toUpgradeRequest(handshake);
  expect(request.headers.get("upgrade")).toBe("websocket");
  expect(readHandshake(request)).toEqual(handshake);
});

it("is nothing but what the Worker sends", () => {
  const headers = { upgrade: "websocket", "x-stream-connection": "c" };
  const read = (sent: Record<string, string>) =>
    readHandshake(new Request("https://stream.internal/", { headers: sent }));
  // One of a Worker before this one names no request.
  expect(read(headers)).toEqual({
    connectionId: "c",
    requestId: "c",
    principal: null,
    subprotocol: false,
  });
  expect(read({ upgrade: "websocket" })).toBeUndefined();
  expect(read({ ...headers, upgrade: "h2c" })).toBeUndefined();
  expect(read({ ...headers, "sec-websocket-protocol": "other" })).toMatchObject({
    subprotocol: false,
  });
});

it("is told from what an object sends that asks for a link", () => {
  const request = linkRequest("DOGE/USD");
  expect(request.headers.get("upgrade")).toBe("websocket");
  expect(readLink(request)).toBe("DOGE/USD");
  expect(readHandshake(request)).toBeUndefined();
  expect(readLink(new Request("https://stream.internal/"))).toBeUndefined();
});
