/** API keys: credentials of bots, which a session makes and deletes, and which have no say over credentials. */

import { AppError } from "../domain/errors.ts";
import type { Principal, Scope } from "../domain/principal.ts";
import { hashToken, issueToken } from "./opaque-token.ts";
import type { ApiKey, AuthRepository, Page } from "./ports.ts";
import { sessionOf } from "./sessions.ts";

export const API_KEYS_MAX = 20;

/** The prefixes let people, and whoever searches for leaked secrets, see what they have found. */
const KEY_ID_PREFIX = "stk_";
const SECRET_PREFIX = "sts_";
const KEY_ID_CHARACTERS = 20;

/**
 * How long a key that was good passes without a look-up: what the fastest clients would otherwise pay for at each
 * request. Whatever changes state checks the key in its own statement all the same.
 */
const TRUSTED_MS = 10_000;
const TRUSTED_MAX = 1_000;

interface ApiKeysDeps {
  readonly accounts: Pick<
    AuthRepository,
    "createApiKey" | "listApiKeys" | "deleteApiKey" | "useApiKey"
  >;
  endKeyStreams(userId: string, apiKeyId: string): Promise<void>;
  readonly now: () => Date;
  readonly newId: () => string;
}

interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null: the key has no end. */
  readonly expiresAt: Date | null;
}

export interface ApiKeys {
  /** Newest first. */
  list(principal: Principal, page: Page): Promise<readonly ApiKey[]>;
  /** The secret is told here and never again. */
  create(principal: Principal, wanted: NewApiKey): Promise<{ apiKey: ApiKey; secret: string }>;
  /** Ends a key at once, with its streams. */
  remove(principal: Principal, id: string): Promise<void>;
  /** Whom a key stands for: throws `unauthenticated` for one that is unknown, deleted or past its end. */
  verify(keyId: string, secret: string, beforeLookUp?: () => Promise<void>): Promise<Principal>;
}

export function createApiKeys({ accounts, endKeyStreams, now, newId }: ApiKeysDeps): ApiKeys {
  /** By key id and the hash of the secret. */
  const trusted = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();

  function trust(name: string, principal: Principal, nowMs: number): void {
    if (trusted.size >= TRUSTED_MAX) trusted.clear();
    const endMs = principal.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    trusted.set(name, { principal, untilMs: Math.min(nowMs + TRUSTED_MS, endMs) });
  }

  return {
    list: ({ userId }, page) => accounts.listApiKeys(userId, page),

    async create(principal, { name, scopes, expiresAt }) {
      const at = now();
      if (expiresAt !== null && expiresAt <= at) {
        const fault = {
          path: "expires_at",
          code: "not_in_future",
          message: "must be in the future",
        };
        throw new AppError({ code: "validation_error", errors: [fault] });
      }
      const keyId = `${KEY_ID_PREFIX}${issueToken().slice(0, KEY_ID_CHARACTERS)}`;
      const secret = `${SECRET_PREFIX}${issueToken()}`;
      const result = await accounts.createApiKey(sessionOf(principal), {
        id: newId(),
        name,
        keyId,
        secretHash: await hashToken(secret),
        scopes,
        expiresAt,
        keysMax: API_KEYS_MAX,
        at,
      });
      switch (result.kind) {
        case "created":
          return { apiKey: result.apiKey, secret };
        case "limit_reached":
          throw new AppError({ code: "api_key_limit_reached", max: API_KEYS_MAX });
        case "unauthenticated":
          throw new AppError({ code: "unauthenticated" });
      }
    },

    async remove(principal, id) {
      const caller = sessionOf(principal);
      const result = await accounts.deleteApiKey(caller, id, now());
      if (result !== "deleted") throw new AppError({ code: result });
      for (const [name, { principal: known }] of trusted)
        if (known.apiKeyId === id) trusted.delete(name);
      await endKeyStreams(caller.userId, id);
    },

    async verify(keyId, secret, beforeLookUp) {
      const secretHash = await hashToken(secret);
      const name = `${keyId}:${secretHash}`;
      const at = now();
      const known = trusted.get(name);
      if (known !== undefined && at.getTime() < known.untilMs) return known.principal;
      await beforeLookUp?.();
      const result = await accounts.useApiKey({ keyId, secretHash, at });
      switch (result.kind) {
        case "good":
          trust(name, result.principal, at.getTime());
          return result.principal;
        case "account_inactive":
          throw new AppError({ code: "account_inactive", accountStatus: result.accountStatus });
        case "invalid":
          throw new AppError({ code: "unauthenticated" });
      }
    },
  };
}
