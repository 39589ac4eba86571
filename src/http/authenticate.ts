import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import type { Access, Principal } from "../domain/principal.ts";
import type { AuthenticatedEnv } from "./app-env.ts";

const BEARER = /^Bearer ([\w.~+/=-]{1,4096})$/i;

/**
 * Verifies the request's credential and sets `principal`; one that lacks `access` is refused. Reads trust a valid
 * access token; whatever changes state checks in its own statement that the session still holds.
 */
export function authenticate(access: Access) {
  return createMiddleware<AuthenticatedEnv>(async (c, next) => {
    const token = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
    if (token === undefined) throw new AppError({ code: "unauthenticated" });
    const principal = await c.var.services.auth.verify(token);
    if (!allows(principal, access)) {
      throw new AppError({ code: "insufficient_scope", scope: access });
    }
    c.set("principal", principal);
    await next();
  });
}

const allows = ({ sessionId, scopes }: Principal, access: Access): boolean =>
  access === "session" ? sessionId !== null : scopes.includes(access);
