/** Refresh tokens: opaque, rotated at each use, known to the database only by their hash. */

export const REFRESH_TOKEN_LIFE_S = 604_800;
/** A spent token presented again this soon is a lost answer, not a theft. */
export const REFRESH_GRACE_S = 10;

const TOKEN_BYTES = 32;

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
    issue: () => toBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))),

    async successorOf(spent) {
      const key = await deriveKey(serverSecret);
      const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(spent));
      return toBase64Url(new Uint8Array(mac));
    },

    async hashOf(token) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
      );
    },
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

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
