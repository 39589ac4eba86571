import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import type { Access, Principal } from "../domain/principal.ts";
import { apiKeyOf } from "./api-key-headers.ts";
import type { AuthenticatedEnv } from "./app-env.ts";
import { clientAddress } from "./client-address.ts";
import { count } from "./rate-limit.ts";

const BEARER = /^Bearer ([\w.~+/=-]{1,4096})$/i;

/**
 * Verifies the request's access token or API key and sets `principal`; one that lacks `access` is refused. Reads trust
 * it; whatever changes state checks in its own statement that the session or key still holds.
 */
export function authenticate(access: Access) {
  return createMiddleware<AuthenticatedEnv>(async (c, next) => {
    const principal = await identify(c);
    if (!allows(principal, access)) {
      throw new AppError({ code: "insufficient_scope", scope: access });
    }
    c.set("principal", principal);
    await next();
  });
}

const allows = ({ sessionId, scopes }: Principal, access: Access): boolean =>
  access === "session" ? sessionId !== null : scopes.includes(access);

async function identify(c: Context<AuthenticatedEnv>): Promise<Principal> {
  const { auth } = c.var.services;
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw new AppError({ code: "unauthenticated" });
    return await auth.verify(token);
  }
  const key = apiKeyOf(c);
  if (key === null) throw new AppError({ code: "unauthenticated" });
  // Whoever makes up keys asks the database no oftener than anybody else who says not who they are.
  return await auth.apiKeys.verify(key.keyId, key.secret, () =>
    count(c, "reads", clientAddress(c)),
  );
}
