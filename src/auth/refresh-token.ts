/** Refresh tokens: opaque, rotated at each use, known to the database only by their hash. */

import { hashToken, issueToken, toBase64Url } from "./opaque-token.ts";

export const REFRESH_TOKEN_LIFE_S = 604_800;
/** A spent token presented again this soon is a lost answer, not a theft. */
export const REFRESH_GRACE_S = 10;

export interface RefreshTokens {
  issue(): string;
  /**
   * The token that follows `spent`: an HMAC of it under a key of the server, so that a repeated request gets the same
   * one, although only its hash is stored.
   */
  successorOf(spent: string): Promise<string>;
  /** SHA-256 in hex: how the database knows a token. */
  hashOf(token: string): Promise<string>;
}

export function createRefreshTokens(serverSecret: string): RefreshTokens {
  return {
    issue: issueToken,

    async successorOf(spent) {
      const key = await deriveKey(serverSecret);
      const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(spent));
      return toBase64Url(new Uint8Array(mac));
    },

    hashOf: hashToken,
  };
}

// Derived, so that what signs access tokens is used for nothing else.
async function deriveKey(secret: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const base = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode("speedtrade refresh token successor"),
    },
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}
