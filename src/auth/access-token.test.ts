import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { newId } from "../domain/id.ts";
import { type AccessTokenSettings, createAccessTokens } from "./access-token.ts";

const AT = new Date("2026-11-02T15:00:00.000Z");
const SETTINGS: AccessTokenSettings = {
  issuer: "speedtrade",
  audience: "speedtrade-api",
  key: { id: "k1", secret: "0123456789abcdef0123456789abcdef" },
};
const SUBJECT = { userId: newId(), sessionId: newId(), scopes: ["read", "trade"] as const };

const tokens = (settings = SETTINGS, at = AT) =>
  createAccessTokens(settings, { now: () => at, newId });
const decoded = (part: string | undefined) => JSON.parse(atob(part ?? ""));

function forge(change: {
  secret?: string;
  kid?: string;
  alg?: string;
  issuer?: string;
  audience?: string;
  claims?: Record<string, unknown>;
}) {
  return new SignJWT({
    sid: SUBJECT.sessionId,
    scope: "read trade",
    jti: newId(),
    ...change.claims,
  })
    .setProtectedHeader({ alg: change.alg ?? "HS256", kid: change.kid ?? "k1" })
    .setIssuer(change.issuer ?? "speedtrade")
    .setAudience(change.audience ?? "speedtrade-api")
    .setSubject(SUBJECT.userId)
    .setIssuedAt(AT)
    .setExpirationTime(new Date(AT.getTime() + 60_000))
    .sign(new TextEncoder().encode(change.secret ?? SETTINGS.key.secret));
}

describe("access tokens", () => {
  it("say for half an hour who calls, by which session, with which scopes", async () => {
    const token = await tokens().issue(SUBJECT);
    const [header, payload] = token.split(".");
    expect(decoded(header)).toEqual({ alg: "HS256", typ: "JWT", kid: "k1" });
    expect(decoded(payload)).toEqual({
      iss: "speedtrade",
      aud: "speedtrade-api",
      sub: SUBJECT.userId,
      sid: SUBJECT.sessionId,
      jti: expect.any(String),
      iat: AT.getTime() / 1000,
      exp: AT.getTime() / 1000 + 1800,
      scope: "read trade",
    });
    expect(await tokens().verify(token)).toEqual({
      userId: SUBJECT.userId,
      sessionId: SUBJECT.sessionId,
      apiKeyId: null,
      scopes: ["read", "trade"],
      expiresAt: new Date("2026-11-02T15:30:00.000Z"),
    });
  });

  it("expire", async () => {
    const token = await tokens().issue(SUBJECT);
    const lastMoment = tokens(SETTINGS, new Date(AT.getTime() + 1_799_000));
    expect(await lastMoment.verify(token)).toMatchObject({ userId: SUBJECT.userId });
    const past = tokens(SETTINGS, new Date(AT.getTime() + 1_800_000));
    await expect(past.verify(token)).rejects.toThrow("token_expired");
  });

  it("are taken from the key before, until it is taken away", async () => {
    const token = await tokens().issue(SUBJECT);
    const key = { id: "k2", secret: "another secret of thirty-two characters" };
    const rotated = { ...SETTINGS, key, previousKey: SETTINGS.key };
    expect(await tokens(rotated).verify(token)).toMatchObject({ userId: SUBJECT.userId });
    await expect(tokens({ ...SETTINGS, key }).verify(token)).rejects.toThrow("unauthenticated");
  });

  it.each([
    ["signed with another secret", { secret: "another secret of thirty-two characters" }],
    ["of an unknown key", { kid: "k9" }],
    ["of another algorithm", { alg: "HS384" }],
    ["of another issuer", { issuer: "elsewhere" }],
    ["for another audience", { audience: "elsewhere" }],
    ["without a session", { claims: { sid: undefined } }],
    ["with a scope that is no text", { claims: { scope: ["read"] } }],
  ])("are refused when %s", async (_name, change) => {
    await expect(tokens().verify(await forge(change))).rejects.toThrow("unauthenticated");
  });

  it("are refused when they are unsigned, cut or no token at all", async () => {
    const unsecured = new UnsecuredJWT({ sid: SUBJECT.sessionId, scope: "read" })
      .setSubject(SUBJECT.userId)
      .setExpirationTime("1h")
      .encode();
    const cut = (await tokens().issue(SUBJECT)).slice(0, -3);
    for (const token of [unsecured, cut, "", "a.b.c"]) {
      await expect(tokens().verify(token)).rejects.toThrow("unauthenticated");
    }
  });
});
