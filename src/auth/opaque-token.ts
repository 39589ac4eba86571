/** Tokens that say nothing themselves: the database knows them by their hash, and what they stand for. */

const TOKEN_BYTES = 32;

export const issueToken = (): string =>
  toBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));

/** SHA-256 in hex: how the database knows a token. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
