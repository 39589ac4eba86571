/** Who is calling, once a token or key has been verified. */

export const SCOPES = ["read", "trade"] as const;
export type Scope = (typeof SCOPES)[number];
/** What a route asks of its caller: a scope, or a session, since keys have no say over keys, passwords and sessions. */
export type Access = Scope | "session";

/** Exactly one of `sessionId` and `apiKeyId` is set; state-changing statements check that it still holds. */
export interface Principal {
  readonly userId: string;
  readonly sessionId: string | null;
  readonly apiKeyId: string | null;
  readonly scopes: readonly Scope[];
  /** When the credential ends by itself; null for keys without an end. */
  readonly expiresAt: Date | null;
}
