import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { AppError } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";

// Scripts only from files: the pages carry none inline. Both viewers write style elements, and ReDoc searches in a worker.
const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    workerSrc: ["'self'", "blob:"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** The API's document, the pages that show it, and their scripts, all from the bundle's assets. */
export const docsRoutes = new Hono<AppEnv>();

docsRoutes.get("/openapi.json", answerAsset);

for (const path of ["/docs", "/redoc", "/assets/*"] as const) {
  docsRoutes.get(path, pageHeaders, answerAsset);
}

async function answerAsset(c: Context<AppEnv>): Promise<Response> {
  const asset = await c.env.ASSETS.fetch(c.req.raw);
  if (asset.status === 404) throw new AppError({ code: "not_found" });
  return new Response(asset.body, asset);
}
