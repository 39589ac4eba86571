import { sql } from "drizzle-orm";
import { callFunction, type Database, rowFromJson } from "../db/client.ts";
import { principalJson } from "../db/principal.ts";
import { apiKeys, users } from "../db/schema/identity.ts";
import type { Principal } from "../domain/principal.ts";
import type { AuthRepository, SessionDraft, SessionRef } from "./ports.ts";
import { createAuthReader, toApiKey, toScopes, toUser } from "./reader.ts";

type Json = Record<string, unknown>;

/** Users and sessions in Postgres. Whatever writes is one SQL function: `drizzle/functions`. */
export function createAuthRepository(db: Database): AuthRepository {
  const call = (name: string, payload: Json) => callFunction(db, name, payload);

  return {
    ...createAuthReader(db),

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

    async auditGuessing(userId, address, at) {
      const data = JSON.stringify({ address });
      await db.execute(
        sql`select audit(${userId}::uuid, ${at.toISOString()}::timestamptz, 'sign_in_limited', ${data}::jsonb)`,
      );
    },

    async openSession(draft, verifiedHash, newHash = null) {
      const answer = await call("open_session", {
        ...sessionJson(draft),
        password_hash: verifiedHash,
        new_password_hash: newHash,
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

    async createApiKey(caller, draft) {
      const answer = await call("create_api_key", {
        ...callerJson(caller),
        id: draft.id,
        name: draft.name,
        key_id: draft.keyId,
        secret_hash: draft.secretHash,
        scopes: draft.scopes,
        expires_at: draft.expiresAt,
        keys_max: draft.keysMax,
        at: draft.at,
      });
      switch (answer.result) {
        case "created":
          return {
            kind: "created",
            apiKey: toApiKey(rowFromJson(apiKeys, answer.api_key as Json)),
          };
        case "limit_reached":
        case "unauthenticated":
          return { kind: answer.result };
        default:
          throw new Error(`create_api_key answered ${answer.result}`);
      }
    },

    async deleteApiKey(caller, id, at) {
      const answer = await call("delete_api_key", { ...callerJson(caller), id, at });
      switch (answer.result) {
        case "deleted":
        case "not_found":
        case "unauthenticated":
          return answer.result;
        default:
          throw new Error(`delete_api_key answered ${answer.result}`);
      }
    },

    async useApiKey({ keyId, secretHash, at }) {
      const answer = await call("use_api_key", { key_id: keyId, secret_hash: secretHash, at });
      switch (answer.result) {
        case "good":
          return { kind: "good", principal: toPrincipal(answer) };
        case "account_inactive":
          return { kind: "account_inactive", accountStatus: String(answer.account_status) };
        case "invalid":
          return { kind: "invalid" };
        default:
          throw new Error(`use_api_key answered ${answer.result}`);
      }
    },

    async keepStreamTicket(draft) {
      const answer = await call("keep_stream_ticket", {
        ...principalJson(draft.principal),
        ticket_hash: draft.ticketHash,
        scopes: draft.principal.scopes,
        credential_expires_at: draft.principal.expiresAt,
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
          return toPrincipal({ ...answer, expires_at: answer.credential_expires_at });
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

function toPrincipal({
  user_id,
  session_id = null,
  api_key_id,
  scopes,
  expires_at,
}: Json): Principal {
  return {
    userId: String(user_id),
    sessionId: session_id === null ? null : String(session_id),
    apiKeyId: api_key_id === null ? null : String(api_key_id),
    scopes: toScopes(scopes),
    expiresAt: expires_at === null ? null : new Date(String(expires_at)),
  };
}
