import * as z from "zod";
import "./describable.ts";

const KEY = /^[\x20-\x7e]{1,128}$/;

/** What a client names a request by, so that repeating it changes nothing. */
export const idempotencyKey = z.string().regex(KEY, "must be 1 to 128 printable characters");

/** The header that carries it; `description` says what it is to this route. */
export const idempotencyHeaders = (description: string) =>
  z.object({ "idempotency-key": idempotencyKey.optional().openapi({ description }) });
