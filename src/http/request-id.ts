import { createMiddleware } from "hono/factory";
import { newId } from "../domain/id.ts";
import { because } from "../observability/cause.ts";
import type { AppEnv } from "./app-env.ts";

const SANE = /^[\w.:=-]{1,128}$/;

/**
 * Keeps the caller's `X-Request-Id` if it is short and plain, else makes one; every answer carries it, and every line of
 * the log about the request.
 */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header("x-request-id");
  const id = given !== undefined && SANE.test(given) ? given : newId();
  c.set("requestId", id);
  await because({ request_id: id }, next);
  c.header("X-Request-Id", id);
});
