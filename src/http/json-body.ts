import { createMiddleware } from "hono/factory";
import { AppError } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";
import { parseJson } from "./json-text.ts";
import { routeOf } from "./matched-route.ts";

const BODY_MAX_BYTES = 64 * 1024;
const BODY_WITHIN_MS = 20_000;
/** Bodies of other methods have no meaning, and stay unread. */
const METHODS = new Set(["POST", "PUT", "PATCH"]);
const JSON_MEDIA_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

export const isJson = (contentType: string): boolean => JSON_MEDIA_TYPE.test(contentType);

/**
 * Reads JSON bodies for the validators behind it, which get numbers as `NumberText`. Bodies of other types are theirs
 * to refuse; requests that no route takes are left alone, so that they end as 404 or 405.
 */
export const jsonBody = createMiddleware<AppEnv>(async (c, next) => {
  const { body, headers } = c.req.raw;
  if (body !== null && METHODS.has(c.req.method) && routeOf(c) !== undefined) {
    if (Number(headers.get("content-length") ?? 0) > BODY_MAX_BYTES) throw tooLarge();
    if (isJson(headers.get("content-type") ?? "")) {
      const reading = parseJson(await withinTime(readText(body)));
      if (!reading.ok) throw new AppError({ code: "malformed_json", message: reading.message });
      c.req.json = async <T>() => reading.value as T;
    }
  }
  await next();
});

/** Whether a request has nothing in its body, which is left to be read. */
export async function isEmpty(request: Request): Promise<boolean> {
  return request.body === null || (await withinTime(hasNoBytes(request.clone().body)));
}

async function hasNoBytes(body: ReadableStream<Uint8Array> | null): Promise<boolean> {
  try {
    for await (const { byteLength } of body ?? []) if (byteLength > 0) return false;
    return true;
  } catch (cause) {
    throw brokenOff(cause);
  }
}

async function withinTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    const refusal = { code: "request_timeout", withinMs: BODY_WITHIN_MS } as const;
    timer = setTimeout(() => reject(new AppError(refusal)), BODY_WITHIN_MS);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Counts what arrives: a chunked body declares no length.
async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > BODY_MAX_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : brokenOff(cause);
  }
  const bytes = await new Blob(chunks).arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AppError({ code: "malformed_json", message: "it is not UTF-8" }, { cause });
  }
}

function brokenOff(cause: unknown): AppError {
  return new AppError({ code: "malformed_json", message: "it breaks off" }, { cause });
}

function tooLarge(): AppError {
  return new AppError({ code: "payload_too_large", maxBytes: BODY_MAX_BYTES });
}
