import { createMiddleware } from "hono/factory";
import type { Log } from "../observability/log.ts";
import type { AppEnv } from "./app-env.ts";
import { routeOf } from "./matched-route.ts";

/**
 * Logs one line a request and hands handlers a log that carries the request's id. Route patterns stand in for URLs,
 * because paths and query strings carry symbols, ids and tokens.
 */
export function accessLog(logFor: (env: Env) => Log) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startMs = performance.now();
    const log = logFor(c.env).with({ request_id: c.var.requestId });
    c.set("log", log);
    await next();
    const { status } = c.res;
    log[status >= 500 ? "error" : "info"]("request", {
      method: c.req.method,
      route: routeOf(c)?.path ?? "unmatched",
      status,
      ms: Math.round(performance.now() - startMs),
      user_id: c.var.principal?.userId,
    });
  });
}
