import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { getPath } from "hono/utils/url";
import { readConfig } from "./config.ts";
import { isUnavailable } from "./db/client.ts";
import { AppError } from "./domain/errors.ts";
import { accessLog } from "./http/access-log.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import type { AppEnv } from "./http/app-env.ts";
import { docsRoutes } from "./http/docs.ts";
import { jsonBody } from "./http/json-body.ts";
import { answerError, refuse } from "./http/problem.ts";
import { limited } from "./http/rate-limit.ts";
import { requestBounds } from "./http/request-bounds.ts";
import { requestId } from "./http/request-id.ts";
import { createRouter, type Router } from "./http/router.ts";
import { serverTiming } from "./http/server-timing.ts";
import { createLog, type Log } from "./observability/log.ts";
import { createMetrics, type Metrics } from "./observability/metrics.ts";
import { groupOf, loadRouters, type Routers, type ServicesFor } from "./route-groups.ts";

/** The HTTP app. `servicesFor` is asked at each request under /api/v1, once the settings are known to be sound. */
export function createApp(servicesFor: ServicesFor, logFor = plainLogFor) {
  // One for each group of routes, and one for all other paths. Not its promise: a request may not wait for another's.
  const apps = new Map<string | undefined, Router>();

  async function appFor(group: string | undefined): Promise<Router> {
    const known = apps.get(group);
    if (known !== undefined) return known;
    const routers = await loadRouters(servicesFor, group === undefined ? [] : [group]);
    const app = assembleApp(servicesFor, routers, logFor);
    apps.set(group, app);
    return app;
  }

  return {
    async fetch(request: Request, env: Env, context?: ExecutionContext): Promise<Response> {
      const app = await appFor(groupOf(getPath(request)));
      return app.fetch(request, env, context);
    },
  };
}

/** All that stands around these routers. */
export function assembleApp(
  servicesFor: ServicesFor,
  routers: Routers,
  logFor = plainLogFor,
): Router {
  const app = createRouter();
  app.onError((error, c) => {
    if (!isUnavailable(error)) return answerError(error, c);
    c.var.log.error("database_unavailable", { error });
    return refuse(c, { code: "database_unavailable" });
  });
  app.notFound((c) => refuse(c, { code: "not_found" }));

  // Answers of objects and assets have headers that cannot be changed. `serverTiming` stands innermost because it sets
  // its header through Hono, which copies such an answer; the ones outside of it set theirs on the answer itself.
  app.use(
    requestId,
    accessLog(logFor, metricsFor),
    answerHeaders,
    crossOrigin,
    serverTiming,
    requestBounds,
  );
  app.use(
    methodNotAllowed<AppEnv>({
      app,
      onMethodNotAllowed: (c, allow) => refuse(c, { code: "method_not_allowed", allow }),
    }),
  );

  app.route("/api", docsRoutes);
  app.use("/api/v1/*", withServices(servicesFor), jsonBody);
  app.use("/ws/*", withServices(servicesFor), limited("reads"));
  for (const [path, mounted] of routers) {
    for (const router of mounted) app.include(path, router);
  }
  return app;
}

const crossOrigin = createMiddleware<AppEnv>(async (c, next) => {
  const reading = readConfig(c.env);
  const origins = reading.ok ? reading.config.corsOrigins : [];
  if (origins.length === 0) {
    await next();
    return undefined;
  }
  return cors({
    origin: [...origins],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "X-API-Key-Id",
      "X-API-Secret-Key",
      "X-Request-Id",
    ],
    exposeHeaders: [
      "Idempotent-Replayed",
      "Location",
      "RateLimit-Policy",
      "Retry-After",
      "Server-Timing",
      "X-Request-Id",
    ],
    maxAge: 600,
  })(c, next);
});

function withServices(servicesFor: ServicesFor) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const reading = readConfig(c.env);
    // Which settings are at fault is said by /health and was logged when they were read.
    if (!reading.ok) throw new AppError({ code: "internal" });
    c.set("services", servicesFor(c.env));
    c.set("rateLimits", reading.config.rateLimits);
    c.set("origins", reading.config.corsOrigins);
    await next();
  });
}

function plainLogFor(env: Env): Log {
  const reading = readConfig(env);
  return createLog(reading.ok ? reading.config.logLevel : "info");
}

const metricsFor = (env: Env): Metrics => createMetrics(env.METRICS);
