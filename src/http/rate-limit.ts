import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";

type LimitClass = "auth" | "orders" | "reads";

const LIMIT_PERIOD_S = 60;

/** Requests a period. The limiters are bindings, so `wrangler.toml` sets these same numbers. */
export const LIMITS = {
  auth: { binding: "AUTH_LIMIT", quota: 20 },
  orders: { binding: "ORDERS_LIMIT", quota: 200 },
  reads: { binding: "READS_LIMIT", quota: 600 },
} as const satisfies Record<LimitClass, { binding: keyof Env; quota: number }>;

/**
 * Counts requests by user, or by address where nobody is authenticated yet; so it stands behind `authenticate`. The
 * platform counts per location: a guard, not a quota.
 */
export function limited(name: LimitClass) {
  const { binding, quota } = LIMITS[name];
  const policy = `"${name}";q=${quota};w=${LIMIT_PERIOD_S}`;
  return createMiddleware<AppEnv>(async (c, next) => {
    const key = c.var.principal?.userId ?? c.req.header("cf-connecting-ip") ?? "unknown";
    c.header("RateLimit-Policy", policy);
    const { success } = await c.env[binding].limit({ key });
    // The limiter tells nothing about the rest of its period.
    if (!success) throw new AppError({ code: "rate_limited", retryAfterS: LIMIT_PERIOD_S });
    await next();
  });
}
