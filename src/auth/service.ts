import type { Decimal } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { type Principal, SCOPES } from "../domain/principal.ts";
import { ACCESS_TOKEN_LIFE_S, type AccessTokens } from "./access-token.ts";
import { type ApiKeys, createApiKeys } from "./api-keys.ts";
import { changePassword, type NewPassword } from "./change-password.ts";
import type { Guesses } from "./guesses.ts";
import type { Passwords } from "./password.ts";
import { findWeakness } from "./password-choice.ts";
import type { AuthRepository, EndStreams, SessionDraft, User } from "./ports.ts";
import { REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S, type RefreshTokens } from "./refresh-token.ts";
import { createSessions, type Sessions, sessionOf } from "./sessions.ts";
import { createStreamTickets, type StreamTickets } from "./stream-ticket.ts";
import { type Verified, verifyPassword } from "./verify-password.ts";

interface AuthServiceDeps {
  readonly accounts: AuthRepository;
  readonly passwords: Passwords;
  readonly guesses: Guesses;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly endStreams: EndStreams;
  /** Likewise of a key. */
  endKeyStreams(userId: string, apiKeyId: string): Promise<void>;
  /** USD of a new paper account. */
  readonly paperStartCash: Decimal;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** In lower case: e-mail and username compare so. */
export interface Registration {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly fullName: string | null;
}

export interface Login {
  readonly by: { readonly email: string } | { readonly username: string };
  readonly password: string;
  readonly deviceName: string | null;
  /** Where it comes from. */
  readonly address: string;
}

/** What a client holds of its session. Lives in seconds. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly refreshExpiresIn: number;
  readonly sessionId: string;
}

export interface AuthService {
  register(registration: Registration): Promise<{ user: User; tokens: SessionTokens }>;
  login(login: Login): Promise<{ user: User; tokens: SessionTokens }>;
  /** Rotates a refresh token. */
  refresh(refreshToken: string): Promise<SessionTokens>;
  /** Ends the caller's session, or all of the user's, at once; their streams close. */
  logout(principal: Principal, options: { readonly all: boolean }): Promise<void>;
  changePassword(principal: Principal, passwords: NewPassword): Promise<void>;
  me(principal: Principal): Promise<User>;
  /** Whom an access token stands for: throws `unauthenticated` or `token_expired`. Asks no database. */
  verify(accessToken: string): Promise<Principal>;
  readonly apiKeys: ApiKeys;
  readonly sessions: Sessions;
  readonly streamTickets: StreamTickets;
}

export function createAuthService(deps: AuthServiceDeps): AuthService {
  const { accounts, passwords, accessTokens, refreshTokens, endStreams, now, newId } = deps;

  async function draftSession(userId: string, deviceName: string | null) {
    const refreshToken = refreshTokens.issue();
    const at = now();
    const draft: SessionDraft = {
      sessionId: newId(),
      userId,
      deviceName,
      tokenHash: await refreshTokens.hashOf(refreshToken),
      at,
      expiresAt: new Date(at.getTime() + REFRESH_TOKEN_LIFE_S * 1000),
    };
    return { draft, refreshToken };
  }

  async function grant(
    session: { readonly userId: string; readonly sessionId: string },
    refreshToken: string,
    refreshExpiresIn: number,
  ): Promise<SessionTokens> {
    const { userId, sessionId } = session;
    return {
      accessToken: await accessTokens.issue({ userId, sessionId, scopes: SCOPES }),
      expiresIn: ACCESS_TOKEN_LIFE_S,
      refreshToken,
      refreshExpiresIn,
      sessionId,
    };
  }

  /** Null where it can't be now, or where the original system took what is too short for ours: the older hash stays good. */
  async function rehashed(password: string): Promise<string | null> {
    try {
      return await passwords.hash(password);
    } catch {
      return null;
    }
  }

  async function signIn(
    { password, deviceName }: Login,
    { user, passwordHash }: Verified,
  ): Promise<{ user: User; tokens: SessionTokens }> {
    const { draft, refreshToken } = await draftSession(user.id, deviceName);
    const newHash = passwords.isOutdated(passwordHash) ? await rehashed(password) : null;
    const result = await accounts.openSession(draft, passwordHash, newHash);
    switch (result.kind) {
      case "opened":
        return { user, tokens: await grant(draft, refreshToken, REFRESH_TOKEN_LIFE_S) };
      case "password_changed":
        throw new AppError({ code: "invalid_credentials" });
      case "account_inactive":
        throw new AppError({ code: "account_inactive", accountStatus: result.accountStatus });
    }
  }

  return {
    async register({ email, username, password, fullName }) {
      const weakness = findWeakness("password", password, [email, username]);
      if (weakness !== undefined)
        throw new AppError({ code: "validation_error", errors: [weakness] });
      const passwordHash = await passwords.hash(password);
      const { draft, refreshToken } = await draftSession(newId(), null);
      const result = await accounts.openAccount({
        ...draft,
        portfolioId: newId(),
        email,
        username,
        passwordHash,
        fullName,
        cash: deps.paperStartCash,
      });
      if (result.kind !== "opened") throw new AppError({ code: result.kind });
      return { user: result.user, tokens: await grant(draft, refreshToken, REFRESH_TOKEN_LIFE_S) };
    },

    login: (login) => verifyPassword(deps, login, (verified) => signIn(login, verified)),

    async refresh(refreshToken) {
      const successor = await refreshTokens.successorOf(refreshToken);
      const at = now();
      const result = await accounts.rotateRefreshToken({
        tokenHash: await refreshTokens.hashOf(refreshToken),
        successorHash: await refreshTokens.hashOf(successor),
        graceS: REFRESH_GRACE_S,
        at,
        expiresAt: new Date(at.getTime() + REFRESH_TOKEN_LIFE_S * 1000),
      });
      switch (result.kind) {
        case "rotated": {
          const leftMs = result.expiresAt.getTime() - at.getTime();
          return grant(result, successor, Math.floor(leftMs / 1000));
        }
        case "reused":
          await endStreams(result.userId, [result.sessionId]);
          throw new AppError({ code: "refresh_token_reused" });
        case "account_inactive":
          throw new AppError({ code: "account_inactive", accountStatus: result.accountStatus });
        case "invalid":
          throw new AppError({ code: "invalid_refresh_token" });
      }
    },

    async logout(principal, { all }) {
      const caller = sessionOf(principal);
      const result = await accounts.closeSession(caller, all, now());
      if (result.kind === "unauthenticated") throw new AppError({ code: "unauthenticated" });
      await endStreams(caller.userId, result.sessionIds);
    },

    changePassword: (principal, chosen) => changePassword(deps, principal, chosen),

    async me({ userId }) {
      const user = await accounts.findUser(userId);
      if (user === undefined) throw new AppError({ code: "unauthenticated" });
      return user;
    },

    verify: (accessToken) => accessTokens.verify(accessToken),
    apiKeys: createApiKeys(deps),
    sessions: createSessions({ accounts, endStreams, now }),
    streamTickets: createStreamTickets({ accounts, now }),
  };
}
