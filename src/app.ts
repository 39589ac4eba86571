import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { accountRoutes } from "./account/routes.ts";
import { apiKeyRoutes } from "./auth/api-key-routes.ts";
import { authRoutes } from "./auth/routes.ts";
import { sessionRoutes } from "./auth/session-routes.ts";
import { chartRoutes } from "./charts/routes.ts";
import { readConfig } from "./config.ts";
import { isUnavailable } from "./db/client.ts";
import { AppError } from "./domain/errors.ts";
import { healthRoutes } from "./health/routes.ts";
import { accessLog } from "./http/access-log.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import type { AppEnv } from "./http/app-env.ts";
import { docsRoutes } from "./http/docs.ts";
import { jsonBody } from "./http/json-body.ts";
import { answerError, refuse } from "./http/problem.ts";
import { limited } from "./http/rate-limit.ts";
import { requestBounds } from "./http/request-bounds.ts";
import { requestId } from "./http/request-id.ts";
import { serverTiming } from "./http/server-timing.ts";
import { createRouter } from "./http/validated.ts";
import { marketRoutes } from "./market/routes.ts";
import { createLog, type Log } from "./observability/log.ts";
import { createMetrics, type Metrics } from "./observability/metrics.ts";
import { closingRoutes } from "./orders/closing-routes.ts";
import { orderRoutes } from "./orders/routes.ts";
import { portfolioRoutes } from "./portfolio/routes.ts";
import type { Services } from "./services.ts";
import { streamRoutes } from "./streams/routes.ts";
import { watchlistRoutes } from "./watchlists/routes.ts";

/** Builds the HTTP app. `servicesFor` is asked at each request under /api/v1, once the settings are known to be sound. */
export function createApp(servicesFor: (env: Env) => Services, logFor = plainLogFor) {
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

  app.route(
    "/health",
    healthRoutes((env) => servicesFor(env).health),
  );
  app.route("/api", docsRoutes);

  app.use("/api/v1/*", withServices(servicesFor), jsonBody);
  app.route("/api/v1/auth", authRoutes);
  app.route("/api/v1/auth", sessionRoutes);
  app.route("/api/v1/auth", apiKeyRoutes);
  app.route("/api/v1/account", accountRoutes);
  app.route("/api/v1/orders", orderRoutes);
  app.route("/api/v1/portfolio", portfolioRoutes);
  app.route("/api/v1/portfolio", closingRoutes);
  app.route("/api/v1/market", marketRoutes);
  app.route("/api/v1/market", chartRoutes);
  app.route("/api/v1/watchlists", watchlistRoutes);

  app.use("/ws/*", withServices(servicesFor), limited("reads"));
  app.route("/ws", streamRoutes);
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

function withServices(servicesFor: (env: Env) => Services) {
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
