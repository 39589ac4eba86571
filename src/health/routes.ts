import * as z from "zod";
import "../http/describable.ts";
import { version } from "../../package.json";
import { readConfig } from "../config.ts";
import { jsonAnswer, PUBLIC } from "../http/openapi.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { view } from "../http/view.ts";

import {
  checkHealth,
  HEALTH_STATUSES,
  type HealthChecks,
  type HealthReport,
  misconfigured,
} from "./report.ts";

const CACHE_MS = 5_000;

const liveView = view(() => z.object({ status: z.literal("ok") }));
const healthView = view(() => {
  const status = z.enum(HEALTH_STATUSES);
  const check = z.object({
    status,
    latency_ms: z.int().optional(),
    age_ms: z.int().nullable().optional(),
    unavailable: z.array(z.string()).readonly().optional(),
  });
  return z
    .object({
      status,
      version: z.string(),
      mode: z.enum(["paper", "live"]).nullable(),
      time: z.iso.datetime(),
      checks: z.object({ database: check, kv: check, market_data: check, broker: check }),
      settings: z
        .array(z.object({ setting: z.string(), message: z.string() }))
        .readonly()
        .optional()
        .openapi({ description: "Settings that are missing or wrong." }),
    })
    .openapi("Health");
});

const liveRoute = createRoute({
  operationId: "getLiveness",
  method: "get",
  path: "/live",
  security: PUBLIC,
  tags: ["Health"],
  summary: "Whether the Worker runs; touches nothing",
  responses: { 200: jsonAnswer("It runs.", liveView) },
});

const healthRoute = createRoute({
  operationId: "getHealth",
  method: "get",
  path: "/",
  security: PUBLIC,
  tags: ["Health"],
  summary: "Whether what the Worker depends on answers; at most 5 s old",
  responses: {
    200: jsonAnswer("Usable; perhaps degraded.", healthView),
    503: jsonAnswer("Down.", healthView),
  },
});

export function healthRoutes(checksFor: (env: Env) => HealthChecks) {
  // The finished report, not its promise: a request may not wait for another one's I/O.
  let last: { readonly report: HealthReport; readonly atMs: number } | undefined;

  return createRouter()
    .openapi(liveRoute, (c) => c.json({ status: "ok" as const }, 200))
    .openapi(healthRoute, async (c) => {
      const nowMs = Date.now();
      const reading = readConfig(c.env);
      if (last === undefined || nowMs - last.atMs >= CACHE_MS) {
        const report = reading.ok
          ? await checkHealth(checksFor(c.env), reading.faults, c.var.log)
          : misconfigured(reading.faults);
        last = { report, atMs: nowMs };
      }
      const { report } = last;
      const view = {
        status: report.status,
        version,
        mode: reading.ok ? reading.config.mode : null,
        time: new Date(last.atMs).toISOString(),
        checks: report.checks,
        ...(report.settings && { settings: report.settings }),
      };
      if (report.status !== "down") return c.json(view, 200);
      return c.json(view, 503, { "Retry-After": String(CACHE_MS / 1_000) });
    });
}
