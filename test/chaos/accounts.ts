/** Accounts made past the sign-up, whose limit for one address is below what a run needs. */

import { createAccessTokens } from "../../src/auth/access-token.ts";
import { createAuthRepository } from "../../src/auth/repository.ts";
import { createDatabase } from "../../src/db/client.ts";
import { decimal } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import { SCOPES } from "../../src/domain/principal.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;

export interface BotAccount {
  readonly userId: string;
  readonly token: string;
}

const now = () => new Date();

/** Access tokens as the platform would issue them. */
export function createTokenIssuer({ secrets }: Pick<World, "secrets">) {
  const key = { id: "k1", secret: secrets.JWT_SECRET };
  const settings = { issuer: "speedtrade", audience: "speedtrade-api", key };
  const tokens = createAccessTokens(settings, { now, newId });
  return (userId: string, sessionId: string) =>
    tokens.issue({ userId, sessionId, scopes: [...SCOPES] });
}

export function createAccountOpener(
  world: Pick<World, "databaseUrl" | "databaseHttpEndpoint" | "secrets">,
  cash: string,
): () => Promise<BotAccount> {
  const { databaseUrl: url, databaseHttpEndpoint: httpEndpoint } = world;
  const repository = createAuthRepository(createDatabase({ url, httpEndpoint }));
  const issue = createTokenIssuer(world);

  return async () => {
    const userId = newId();
    const sessionId = newId();
    const { kind } = await repository.openAccount({
      userId,
      sessionId,
      portfolioId: newId(),
      email: `${userId}@example.com`,
      username: `u${userId.replaceAll("-", "").slice(-24)}`,
      passwordHash: "none",
      fullName: null,
      deviceName: null,
      tokenHash: userId,
      cash: decimal(cash),
      at: now(),
      expiresAt: new Date(Date.now() + DAY_MS),
    });
    if (kind !== "opened") throw new Error(`no account: ${kind}`);
    return { userId, token: await issue(userId, sessionId) };
  };
}
