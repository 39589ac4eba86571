import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import { type LimitClass, SLOT_QUOTA } from "../domain/rate-limits.ts";
import type { AppEnv, AuthenticatedEnv } from "./app-env.ts";
import { clientAddress } from "./client-address.ts";

const LIMIT_PERIOD_S = 60;
const CLIENTS_MAX = 10_000;

/** By class and client, whose slot is next. All routes of a class share its slots. */
const turns = new Map<string, number>();

function nextSlot(counted: string, slots: number): number {
  if (slots === 1) return 0;
  // Isolates begin anywhere, so that many of them together fill the slots evenly, too.
  const turn = turns.get(counted) ?? Math.floor(Math.random() * slots);
  if (turns.size >= CLIENTS_MAX) turns.clear();
  turns.set(counted, (turn + 1) % slots);
  return turn % slots;
}

/** Counts a request of `client`, and refuses it with `rate_limited` where that is one too many. */
export async function count(
  c: Context<AppEnv> | Context<AuthenticatedEnv>,
  name: LimitClass,
  client: string,
): Promise<void> {
  const counted = `${name}:${client}`;
  const slot = nextSlot(counted, c.var.rateLimits[name] / SLOT_QUOTA);
  const { success } = await c.env.RATE_LIMIT.limit({ key: `${counted}:${slot}` });
  // The limiter tells nothing about the rest of its period.
  if (!success) throw new AppError({ code: "rate_limited", retryAfterS: LIMIT_PERIOD_S });
}

/**
 * Counts requests by user, or by address where nobody is authenticated yet; so it stands behind `authenticate`. The
 * platform counts per location: a guard, not a quota. Its limiter knows one limit, so that ours are made of slots,
 * which a client's requests go through in turn.
 */
export function limited(name: LimitClass) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.header("RateLimit-Policy", `"${name}";q=${c.var.rateLimits[name]};w=${LIMIT_PERIOD_S}`);
    await count(c, name, c.var.principal?.userId ?? clientAddress(c));
    await next();
  });
}
