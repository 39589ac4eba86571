import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import { type LimitClass, SLOT_QUOTA } from "../domain/rate-limits.ts";
import type { AppEnv } from "./app-env.ts";
import { clientAddress } from "./client-address.ts";

const LIMIT_PERIOD_S = 60;
const CLIENTS_MAX = 10_000;

/**
 * Counts requests by user, or by address where nobody is authenticated yet; so it stands behind `authenticate`. The
 * platform counts per location: a guard, not a quota. Its limiter knows one limit, so that ours are made of slots,
 * which a client's requests go through in turn.
 */
export function limited(name: LimitClass) {
  const turns = new Map<string, number>();

  function nextSlot(client: string, slots: number): number {
    if (slots === 1) return 0;
    // Isolates begin anywhere, so that many of them together fill the slots evenly, too.
    const turn = turns.get(client) ?? Math.floor(Math.random() * slots);
    if (turns.size >= CLIENTS_MAX) turns.clear();
    turns.set(client, (turn + 1) % slots);
    return turn % slots;
  }

  return createMiddleware<AppEnv>(async (c, next) => {
    const quota = c.var.rateLimits[name];
    const client = c.var.principal?.userId ?? clientAddress(c);
    c.header("RateLimit-Policy", `"${name}";q=${quota};w=${LIMIT_PERIOD_S}`);
    const slot = nextSlot(client, quota / SLOT_QUOTA);
    const { success } = await c.env.RATE_LIMIT.limit({ key: `${name}:${client}:${slot}` });
    // The limiter tells nothing about the rest of its period.
    if (!success) throw new AppError({ code: "rate_limited", retryAfterS: LIMIT_PERIOD_S });
    await next();
  });
}
