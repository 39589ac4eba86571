/** What authentication needs from storage and from streams. */

import type { Decimal } from "../domain/decimal.ts";
import type { Principal, Scope } from "../domain/principal.ts";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly fullName: string | null;
  readonly kycStatus: "not_started" | "submitted" | "approved" | "action_required" | "rejected";
  readonly accountType: "paper" | "live";
  readonly accountStatus: "active" | "restricted" | "suspended" | "closed";
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A session about to be opened; its first refresh token is known by its hash. */
export interface SessionDraft {
  readonly sessionId: string;
  readonly userId: string;
  readonly deviceName: string | null;
  readonly tokenHash: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

export interface AccountDraft extends SessionDraft {
  readonly portfolioId: string;
  /** In lower case, as the username. */
  readonly email: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly fullName: string | null;
  /** The first deposit, USD. */
  readonly cash: Decimal;
}

type OpenAccountResult =
  | { readonly kind: "opened"; readonly user: User }
  | { readonly kind: "email_taken" | "username_taken" };

type OpenSessionResult =
  | { readonly kind: "opened" | "password_changed" }
  | { readonly kind: "account_inactive"; readonly accountStatus: string };

interface Rotation {
  readonly tokenHash: string;
  readonly successorHash: string;
  readonly graceS: number;
  readonly at: Date;
  /** Of the successor and, with it, of the session. */
  readonly expiresAt: Date;
}

type RotateResult =
  | {
      readonly kind: "rotated";
      readonly userId: string;
      readonly sessionId: string;
      readonly expiresAt: Date;
    }
  | { readonly kind: "reused"; readonly userId: string; readonly sessionId: string }
  | { readonly kind: "account_inactive"; readonly accountStatus: string }
  | { readonly kind: "invalid" };

type CloseSessionResult =
  | { readonly kind: "closed"; readonly sessionIds: readonly string[] }
  | { readonly kind: "unauthenticated" };

/** A session that holds, as its owner sees it. */
export interface SessionRecord {
  readonly id: string;
  readonly deviceName: string | null;
  readonly createdAt: Date;
  /** When its tokens were last refreshed. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

export interface SessionRef {
  readonly userId: string;
  readonly sessionId: string;
}

interface PasswordChange {
  /** What the current password was verified against. */
  readonly verifiedHash: string;
  readonly newHash: string;
  readonly at: Date;
}

type ChangePasswordResult =
  | { readonly kind: "changed"; readonly endedSessionIds: readonly string[] }
  /** By somebody else, since it was verified. */
  | { readonly kind: "password_changed" | "unauthenticated" };

/** What a list goes on behind: the newest come first. */
export interface Page {
  readonly before: string | undefined;
  readonly limit: number;
}

export interface StreamTicketDraft {
  readonly ticketHash: string;
  /** Whom it will stand for; the stream ends when this credential does. */
  readonly principal: Principal;
  readonly at: Date;
  readonly expiresAt: Date;
}

/** A key as its owner sees it. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What it is called in requests. */
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
}

interface ApiKeyDraft extends Omit<ApiKey, "createdAt" | "lastUsedAt"> {
  readonly secretHash: string;
  /** How many a user may have. */
  readonly keysMax: number;
  readonly at: Date;
}

type CreateApiKeyResult =
  | { readonly kind: "created"; readonly apiKey: ApiKey }
  | { readonly kind: "limit_reached" | "unauthenticated" };

type UseApiKeyResult =
  | { readonly kind: "good"; readonly principal: Principal }
  | { readonly kind: "account_inactive"; readonly accountStatus: string }
  | { readonly kind: "invalid" };

export interface AuthReader {
  /** By e-mail or username, in lower case, or by id. */
  findCredentials(
    login: { readonly email: string } | { readonly username: string } | { readonly id: string },
  ): Promise<{ readonly user: User; readonly passwordHash: string } | undefined>;
  findUser(id: string): Promise<User | undefined>;
  /** The user's sessions that hold. */
  listSessions(userId: string, page: Page, at: Date): Promise<readonly SessionRecord[]>;
  /** Also those that are past their end. */
  listApiKeys(userId: string, page: Page): Promise<readonly ApiKey[]>;
}

/** Each method that writes is one statement. */
export interface AuthRepository extends AuthReader {
  openAccount(draft: AccountDraft): Promise<OpenAccountResult>;
  /** `newHash` takes the place of `verifiedHash`, which was made in an older way. */
  openSession(
    draft: SessionDraft,
    verifiedHash: string,
    newHash?: string | null,
  ): Promise<OpenSessionResult>;
  /** Somebody has used up the guesses that an address has on this account. */
  auditGuessing(userId: string, address: string, at: Date): Promise<void>;
  rotateRefreshToken(rotation: Rotation): Promise<RotateResult>;
  closeSession(session: SessionRef, all: boolean, at: Date): Promise<CloseSessionResult>;
  /** Ends `targetId`, which may be the caller's own. */
  endSession(
    caller: SessionRef,
    targetId: string,
    at: Date,
  ): Promise<"ended" | "not_found" | "unauthenticated">;
  /** Ends every session of the user but the caller's. */
  changePassword(caller: SessionRef, change: PasswordChange): Promise<ChangePasswordResult>;
  createApiKey(caller: SessionRef, draft: ApiKeyDraft): Promise<CreateApiKeyResult>;
  deleteApiKey(
    caller: SessionRef,
    id: string,
    at: Date,
  ): Promise<"deleted" | "not_found" | "unauthenticated">;
  /** Whom the key stands for; notes its use. */
  useApiKey(key: {
    readonly keyId: string;
    readonly secretHash: string;
    readonly at: Date;
  }): Promise<UseApiKeyResult>;
  /** False: the session or key has ended. */
  keepStreamTicket(draft: StreamTicketDraft): Promise<boolean>;
  /** Whom the ticket stands for; it is gone then. */
  takeStreamTicket(ticketHash: string, at: Date): Promise<Principal | undefined>;
}

/** Closes the open streams of sessions that have ended. Best effort: it resolves also when it could not. */
export type EndStreams = (userId: string, sessionIds: readonly string[]) => Promise<void>;
