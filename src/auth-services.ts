/** What identity is made of, for the composition root. */

import { createAccessTokens } from "./auth/access-token.ts";
import { createGuesses } from "./auth/guesses.ts";
import { createRefreshTokens } from "./auth/refresh-token.ts";
import { createRemotePasswords } from "./auth/remote-passwords.ts";
import { createAuthRepository } from "./auth/repository.ts";
import { type AuthService, createAuthService } from "./auth/service.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/client.ts";
import { newId } from "./domain/id.ts";
import type { Objects } from "./object-namespaces.ts";
import type { Revoked } from "./objects/socket-directory.ts";
import type { Log } from "./observability/log.ts";

/** Each hashes some ten passwords a second. */
const HASHER_SHARDS = 8;

interface AuthDeps {
  readonly db: Database;
  readonly objects: Objects;
  readonly log: Log;
  readonly now: () => Date;
}

export function createAuth(config: Config, { db, objects, log, now }: AuthDeps): AuthService {
  async function endStreams(userId: string, ended: readonly Revoked[]): Promise<void> {
    try {
      const account = objects.account(userId);
      await Promise.all(ended.map((credential) => account.revoke(credential)));
    } catch (error) {
      log.warn("streams_not_ended", { user_id: userId, error });
    }
  }

  return createAuthService({
    accounts: createAuthRepository(db),
    passwords: createRemotePasswords({
      shards: HASHER_SHARDS,
      shard: objects.hasher,
      random: Math.random,
      onFailure: (error) => log.warn("hasher_failed", { error }),
    }),
    guesses: createGuesses({
      account: (name) => objects.guesses(`account:${name}`),
      address: (address) => objects.guesses(`address:${address}`),
      onFailure: (error) => log.warn("guess_counter_failed", { error }),
    }),
    accessTokens: createAccessTokens(config.jwt, { now, newId }),
    refreshTokens: createRefreshTokens(config.jwt.key.secret),
    endStreams: (userId, sessionIds) =>
      endStreams(
        userId,
        sessionIds.map((sessionId) => ({ sessionId })),
      ),
    endKeyStreams: (userId, apiKeyId) => endStreams(userId, [{ apiKeyId }]),
    paperStartCash: config.paperStartCash,
    now,
    newId,
  });
}
