import { and, desc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { sessions, users } from "../db/schema/identity.ts";
import { SCOPES } from "../domain/principal.ts";
import type { AuthRepository, SessionDraft, SessionRef, User } from "./ports.ts";

type Json = Record<string, unknown>;

/** Users and sessions in Postgres. Whatever writes is one SQL function: `drizzle/functions`. */
export function createAuthRepository(db: Database): AuthRepository {
  const call = (name: string, payload: Json) => callFunction(db, name, payload);

  async function findOne(where: SQL) {
    const [row] = await db.select().from(users).where(where).limit(1);
    return row;
  }

  return {
    async openAccount(draft) {
      const answer = await call("open_account", {
        ...sessionJson(draft),
        portfolio_id: draft.portfolioId,
        email: draft.email,
        username: draft.username,
        password_hash: draft.passwordHash,
        full_name: draft.fullName,
        cash: draft.cash,
      });
      switch (answer.result) {
        case "opened":
          return { kind: "opened", user: toUser(rowFromJson(users, answer.user as Json)) };
        case "email_taken":
        case "username_taken":
          return { kind: answer.result };
        default:
          throw new Error(`open_account answered ${answer.result}`);
      }
    },

    async findCredentials(login) {
      // The expressions of the unique indexes, so that these serve the look-up.
      const row = await findOne(
        "id" in login
          ? eq(users.id, login.id)
          : "email" in login
            ? sql`lower(${users.email}) = ${login.email}`
            : sql`lower(${users.username}) = ${login.username}`,
      );
      return row && { user: toUser(row), passwordHash: row.passwordHash };
    },

    async findUser(id) {
      const row = await findOne(eq(users.id, id));
      return row && toUser(row);
    },

    async openSession(draft, verifiedHash) {
      const answer = await call("open_session", {
        ...sessionJson(draft),
        password_hash: verifiedHash,
      });
      switch (answer.result) {
        case "opened":
        case "password_changed":
          return { kind: answer.result };
        case "account_inactive":
          return { kind: "account_inactive", accountStatus: String(answer.account_status) };
        default:
          throw new Error(`open_session answered ${answer.result}`);
      }
    },

    async rotateRefreshToken({ tokenHash, successorHash, graceS, at, expiresAt }) {
      const answer = await call("rotate_refresh_token", {
        token_hash: tokenHash,
        successor_hash: successorHash,
        grace_s: graceS,
        at,
        expires_at: expiresAt,
      });
      const userId = String(answer.user_id);
      const sessionId = String(answer.session_id);
      switch (answer.result) {
        case "rotated":
          return {
            kind: "rotated",
            userId,
            sessionId,
            expiresAt: new Date(String(answer.expires_at)),
          };
        case "reused":
          return { kind: "reused", userId, sessionId };
        case "account_inactive":
          return { kind: "account_inactive", accountStatus: String(answer.account_status) };
        case "invalid":
          return { kind: "invalid" };
        default:
          throw new Error(`rotate_refresh_token answered ${answer.result}`);
      }
    },

    async closeSession(session, all, at) {
      const answer = await call("close_session", { ...callerJson(session), all, at });
      switch (answer.result) {
        case "closed":
          return { kind: "closed", sessionIds: answer.session_ids as string[] };
        case "unauthenticated":
          return { kind: "unauthenticated" };
        default:
          throw new Error(`close_session answered ${answer.result}`);
      }
    },

    async listSessions(userId, { before, limit }, at) {
      return await db
        .select({
          id: sessions.id,
          deviceName: sessions.deviceName,
          createdAt: sessions.createdAt,
          lastUsedAt: sessions.lastUsedAt,
          expiresAt: sessions.expiresAt,
        })
        .from(sessions)
        .where(
          and(
            eq(sessions.userId, userId),
            isNull(sessions.revokedAt),
            gt(sessions.expiresAt, at),
            before === undefined ? undefined : lt(sessions.id, before),
          ),
        )
        .orderBy(desc(sessions.id))
        .limit(limit);
    },

    async endSession(caller, targetId, at) {
      const answer = await call("end_session", { ...callerJson(caller), target_id: targetId, at });
      switch (answer.result) {
        case "ended":
        case "not_found":
        case "unauthenticated":
          return answer.result;
        default:
          throw new Error(`end_session answered ${answer.result}`);
      }
    },

    async changePassword(caller, { verifiedHash, newHash, at }) {
      const answer = await call("change_password", {
        ...callerJson(caller),
        password_hash: verifiedHash,
        new_password_hash: newHash,
        at,
      });
      switch (answer.result) {
        case "changed":
          return { kind: "changed", endedSessionIds: answer.session_ids as string[] };
        case "password_changed":
        case "unauthenticated":
          return { kind: answer.result };
        default:
          throw new Error(`change_password answered ${answer.result}`);
      }
    },

    async keepStreamTicket(draft) {
      const answer = await call("keep_stream_ticket", {
        ticket_hash: draft.ticketHash,
        user_id: draft.userId,
        session_id: draft.sessionId,
        scopes: draft.scopes,
        credential_expires_at: draft.credentialExpiresAt,
        at: draft.at,
        expires_at: draft.expiresAt,
      });
      switch (answer.result) {
        case "kept":
          return true;
        case "unauthenticated":
          return false;
        default:
          throw new Error(`keep_stream_ticket answered ${answer.result}`);
      }
    },

    async takeStreamTicket(ticketHash, at) {
      const answer = await call("take_stream_ticket", { ticket_hash: ticketHash, at });
      switch (answer.result) {
        case "taken":
          return {
            userId: String(answer.user_id),
            sessionId: String(answer.session_id),
            apiKeyId: null,
            scopes: SCOPES.filter((scope) => (answer.scopes as string[]).includes(scope)),
            expiresAt: new Date(String(answer.credential_expires_at)),
          };
        case "invalid":
          return undefined;
        default:
          throw new Error(`take_stream_ticket answered ${answer.result}`);
      }
    },
  };
}

const callerJson = ({ userId, sessionId }: SessionRef): Json => ({
  user_id: userId,
  session_id: sessionId,
});

function sessionJson(draft: SessionDraft): Json {
  return {
    session_id: draft.sessionId,
    user_id: draft.userId,
    device_name: draft.deviceName,
    token_hash: draft.tokenHash,
    at: draft.at,
    session_expires_at: draft.expiresAt,
  };
}

function toUser(row: typeof users.$inferSelect): User {
  const { passwordHash, overdrawn, standing, ...user } = row;
  return { ...user, accountStatus: standing };
}
