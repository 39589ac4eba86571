import type { Principal } from "../domain/principal.ts";
import type { ApiKey, AuthRepository, SessionDraft, StreamTicketDraft, User } from "./ports.ts";

interface StoredSession extends SessionDraft {
  revoked: boolean;
  lastUsedAt: Date;
  expiresAt: Date;
}

interface StoredToken {
  readonly sessionId: string;
  readonly expiresAt: Date;
  usedAt: Date | null;
}

interface StoredKey {
  readonly userId: string;
  readonly secretHash: string;
  apiKey: ApiKey;
}

/** An `AuthRepository` in memory, for tests; it passes the same contract suite as the one in Postgres. */
export function createMemoryAccounts() {
  const users = new Map<string, { user: User; passwordHash: string }>();
  const sessions = new Map<string, StoredSession>();
  const tokens = new Map<string, StoredToken>();
  const tickets = new Map<string, StreamTicketDraft>();
  const guessing: { userId: string; address: string }[] = [];
  const keys = new Map<string, StoredKey>();

  function startSession(draft: SessionDraft): void {
    sessions.set(draft.sessionId, { ...draft, revoked: false, lastUsedAt: draft.at });
    const { sessionId, expiresAt } = draft;
    tokens.set(draft.tokenHash, { sessionId, expiresAt, usedAt: null });
  }

  const inactive = ({ accountStatus }: User) =>
    accountStatus === "suspended" || accountStatus === "closed"
      ? ({ kind: "account_inactive", accountStatus } as const)
      : undefined;

  const holds = (session: StoredSession | undefined, at: Date): session is StoredSession =>
    session !== undefined && !session.revoked && session.expiresAt > at;

  const keyHolds = (key: StoredKey | undefined, at: Date): boolean =>
    key !== undefined && (key.apiKey.expiresAt === null || key.apiKey.expiresAt > at);

  const principalHolds = ({ sessionId, apiKeyId }: Principal, at: Date): boolean =>
    apiKeyId === null ? holds(sessions.get(sessionId ?? ""), at) : keyHolds(keys.get(apiKeyId), at);

  /** Ends those sessions of the user that hold and are meant, and says which. */
  function end(userId: string, at: Date, isMeant: (sessionId: string) => boolean): string[] {
    const ending = [...sessions.values()].filter(
      (session) => session.userId === userId && holds(session, at) && isMeant(session.sessionId),
    );
    for (const session of ending) session.revoked = true;
    return ending.map(({ sessionId }) => sessionId);
  }

  const repository: AuthRepository = {
    async openAccount({ email, username, passwordHash, fullName, userId, at, ...draft }) {
      const known = [...users.values()].map(({ user }) => user);
      if (known.some((user) => user.email === email)) return { kind: "email_taken" };
      if (known.some((user) => user.username === username)) return { kind: "username_taken" };
      const user: User = {
        id: userId,
        email,
        username,
        fullName,
        kycStatus: "not_started",
        accountType: "paper",
        accountStatus: "active",
        createdAt: at,
        updatedAt: at,
      };
      users.set(userId, { user, passwordHash });
      startSession({ ...draft, userId, at });
      return { kind: "opened", user };
    },

    async findCredentials(login) {
      if ("id" in login) return users.get(login.id);
      return [...users.values()].find(({ user }) =>
        "email" in login ? user.email === login.email : user.username === login.username,
      );
    },

    async findUser(id) {
      return users.get(id)?.user;
    },

    async auditGuessing(userId, address) {
      guessing.push({ userId, address });
    },

    async openSession(draft, verifiedHash, newHash = null) {
      const stored = users.get(draft.userId);
      if (stored?.passwordHash !== verifiedHash) return { kind: "password_changed" };
      const refusal = inactive(stored.user);
      if (refusal !== undefined) return refusal;
      if (newHash !== null) users.set(draft.userId, { ...stored, passwordHash: newHash });
      startSession(draft);
      return { kind: "opened" };
    },

    async rotateRefreshToken({ tokenHash, successorHash, graceS, at, expiresAt }) {
      const token = tokens.get(tokenHash);
      const session = token && sessions.get(token.sessionId);
      if (token === undefined || !holds(session, at) || token.expiresAt <= at) {
        return { kind: "invalid" };
      }
      const { userId, sessionId } = session;
      const user = users.get(userId)?.user;
      const refusal = user && inactive(user);
      if (refusal !== undefined) return refusal;
      if (token.usedAt !== null) {
        if (at.getTime() - token.usedAt.getTime() > graceS * 1000) {
          session.revoked = true;
          return { kind: "reused", userId, sessionId };
        }
        const successor = tokens.get(successorHash);
        if (successor === undefined) return { kind: "invalid" };
        return { kind: "rotated", userId, sessionId, expiresAt: successor.expiresAt };
      }
      token.usedAt = at;
      session.lastUsedAt = at;
      session.expiresAt = expiresAt;
      tokens.set(successorHash, { sessionId, expiresAt, usedAt: null });
      return { kind: "rotated", userId, sessionId, expiresAt };
    },

    async closeSession({ userId, sessionId }, all, at) {
      if (!holds(sessions.get(sessionId), at)) return { kind: "unauthenticated" };
      const sessionIds = end(userId, at, (id) => all || id === sessionId);
      return { kind: "closed", sessionIds };
    },

    async listSessions(userId, { before, limit }, at) {
      return [...sessions.values()]
        .filter((session) => session.userId === userId && holds(session, at))
        .map((session) => ({
          id: session.sessionId,
          deviceName: session.deviceName,
          createdAt: session.at,
          lastUsedAt: session.lastUsedAt,
          expiresAt: session.expiresAt,
        }))
        .filter(({ id }) => before === undefined || id < before)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },

    async endSession({ userId, sessionId }, targetId, at) {
      if (!holds(sessions.get(sessionId), at)) return "unauthenticated";
      return end(userId, at, (id) => id === targetId).length > 0 ? "ended" : "not_found";
    },

    async changePassword({ userId, sessionId }, { verifiedHash, newHash, at }) {
      if (!holds(sessions.get(sessionId), at)) return { kind: "unauthenticated" };
      const stored = users.get(userId);
      if (stored?.passwordHash !== verifiedHash) return { kind: "password_changed" };
      users.set(userId, { user: { ...stored.user, updatedAt: at }, passwordHash: newHash });
      return { kind: "changed", endedSessionIds: end(userId, at, (id) => id !== sessionId) };
    },

    async listApiKeys(userId, { before, limit }) {
      return [...keys.values()]
        .filter((key) => key.userId === userId)
        .map(({ apiKey }) => apiKey)
        .filter(({ id }) => before === undefined || id < before)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },

    async createApiKey({ userId, sessionId }, { secretHash, keysMax, at, ...draft }) {
      if (!holds(sessions.get(sessionId), at)) return { kind: "unauthenticated" };
      const own = [...keys.values()].filter((key) => key.userId === userId);
      if (own.length >= keysMax) return { kind: "limit_reached" };
      const apiKey = { ...draft, createdAt: at, lastUsedAt: null };
      keys.set(draft.id, { userId, secretHash, apiKey });
      return { kind: "created", apiKey };
    },

    async deleteApiKey({ userId, sessionId }, id, at) {
      if (!holds(sessions.get(sessionId), at)) return "unauthenticated";
      if (keys.get(id)?.userId !== userId) return "not_found";
      keys.delete(id);
      return "deleted";
    },

    async useApiKey({ keyId, secretHash, at }) {
      const key = [...keys.values()].find(
        (each) => each.apiKey.keyId === keyId && each.secretHash === secretHash,
      );
      if (key === undefined || !keyHolds(key, at)) return { kind: "invalid" };
      const { userId, apiKey } = key;
      const user = users.get(userId)?.user;
      const refusal = user && inactive(user);
      if (refusal !== undefined) return refusal;
      const usedMs = apiKey.lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
      if (at.getTime() - usedMs >= 60_000) key.apiKey = { ...apiKey, lastUsedAt: at };
      const { id: apiKeyId, scopes, expiresAt } = apiKey;
      return { kind: "good", principal: { userId, sessionId: null, apiKeyId, scopes, expiresAt } };
    },

    async keepStreamTicket(draft) {
      if (!principalHolds(draft.principal, draft.at)) return false;
      tickets.set(draft.ticketHash, draft);
      return true;
    },

    async takeStreamTicket(ticketHash, at) {
      const ticket = tickets.get(ticketHash);
      tickets.delete(ticketHash);
      if (ticket === undefined || ticket.expiresAt <= at) return undefined;
      return principalHolds(ticket.principal, at) ? ticket.principal : undefined;
    },
  };

  return {
    repository,
    /** What of guessing was audited. */
    guessing,
    /** What only an operator can do. */
    setAccountStatus(userId: string, accountStatus: User["accountStatus"]): void {
      const stored = users.get(userId);
      if (stored !== undefined) stored.user = { ...stored.user, accountStatus };
    },
  };
}
