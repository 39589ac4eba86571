import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";

/** A hundred symbols and the longest page token fit several times. */
const URL_MAX_CHARACTERS = 8 * 1024;
/** Three times the longest credential, with what the platform adds. */
const HEADERS_MAX_CHARACTERS = 16 * 1024;

/** Refuses requests whose address or headers are larger than anything that we read of them. */
export const requestBounds = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.url.length > URL_MAX_CHARACTERS) {
    throw new AppError({ code: "uri_too_long", maxCharacters: URL_MAX_CHARACTERS });
  }
  let size = 0;
  for (const [name, value] of c.req.raw.headers) size += name.length + value.length;
  if (size > HEADERS_MAX_CHARACTERS) {
    throw new AppError({ code: "headers_too_large", maxCharacters: HEADERS_MAX_CHARACTERS });
  }
  await next();
});
