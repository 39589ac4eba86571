import { createMiddleware } from "hono/factory";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { AppEnv } from "./app-env.ts";
import { routeOf } from "./matched-route.ts";
import type { Timings } from "./server-timing.ts";

/**
 * Logs and measures each request. Route patterns stand in for
 * URLs, because paths and query strings carry symbols, ids and tokens.
 */
export function accessLog(logFor: (env: Env) => Log, metricsFor: (env: Env) => Metrics) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startMs = performance.now();
    const log = logFor(c.env);
    c.set("log", log);
    await next();
    const ms = Math.round(performance.now() - startMs);
    const { status } = c.res;
    const fields = { method: c.req.method, route: routeOf(c)?.path ?? "unmatched", status };
    const userId = c.var.principal?.userId;
    log[status >= 500 ? "error" : "info"]("request", { ...fields, ms, user_id: userId });
    const metrics = metricsFor(c.env);
    metrics.request(fields, ms);
    // None where the request was answered before anything was timed, as a browser's preflight is.
    const timings: Timings = c.var.timings ?? new Map();
    for (const [step, stepMs] of timings) if (step !== "total") metrics.step(step, stepMs);
  });
}
