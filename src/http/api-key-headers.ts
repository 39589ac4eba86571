import type { Context } from "hono";

const KEY_ID = /^[\w-]{1,64}$/;
const SECRET = /^[\w-]{1,128}$/;

/** The API key that a request brings; null if it brings none that could be one. */
export function apiKeyOf(c: Context): { readonly keyId: string; readonly secret: string } | null {
  const keyId = c.req.header("x-api-key-id") ?? "";
  const secret = c.req.header("x-api-secret-key") ?? "";
  return KEY_ID.test(keyId) && SECRET.test(secret) ? { keyId, secret } : null;
}
