/** Who a client says it is, and when that ends. */

/** A token's end is read from it, unless it is given; a ticket opens one connection, which ends with its session's token. */
export type Credential =
  | { readonly token: string; readonly expiresAt?: Date }
  | { readonly ticket: string };

/** A token is renewed this long before its end, or after half of its life. */
const RENEW_AHEAD_MS = 60_000;

/** When the credential ends, epoch ms; null where it can't be told. */
export function endOf(credential: Credential): number | null {
  if ("ticket" in credential) return null;
  return credential.expiresAt?.getTime() ?? readExpiry(credential.token);
}

/** When a connection should be given the next token, epoch ms. */
export function renewalOf(endMs: number, nowMs: number): number {
  return endMs - Math.min(RENEW_AHEAD_MS, Math.max(0, endMs - nowMs) / 2);
}

/** The `exp` of a JWT. It is not verified: it only says when to ask for another one. */
function readExpiry(token: string): number | null {
  try {
    const payload = token.split(".")[1] ?? "";
    const { exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) ?? {};
    return Number.isFinite(exp) ? exp * 1_000 : null;
  } catch {
    return null;
  }
}

/** Where and how to connect with a credential; without one, the first message has to bring it. */
export function addressOf(
  url: string,
  credential: Credential | null,
): { readonly url: string; readonly protocols: string[] } {
  const protocols = ["speedtrade"];
  if (credential === null) return { url, protocols };
  if ("token" in credential)
    return { url, protocols: [...protocols, `bearer.${credential.token}`] };
  const mark = url.includes("?") ? "&" : "?";
  return { url: `${url}${mark}ticket=${encodeURIComponent(credential.ticket)}`, protocols };
}
