import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import type { AppEnv } from "./app-env.ts";

const YEAR_S = 31_536_000;

// An API answer holds nothing to render; the documentation's pages bring a policy of their own.
const secure = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  strictTransportSecurity: `max-age=${YEAR_S}; includeSubDomains`,
  referrerPolicy: "no-referrer",
  overwrite: false,
});

// What is not somebody's own, like the files of the documentation, says itself how long it may be kept.
const uncached = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
});

/** What protects an answer in a browser and in caches: on every one of them, refusals and faults included. */
export const answerHeaders = every(secure, uncached);
