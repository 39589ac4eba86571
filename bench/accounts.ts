import { createAccessTokens } from "../src/auth/access-token.ts";
import { createAuthRepository } from "../src/auth/repository.ts";
import { createDatabase, type Database } from "../src/db/client.ts";
import { decimal } from "../src/domain/decimal.ts";
import { newId } from "../src/domain/id.ts";
import type { Principal } from "../src/domain/principal.ts";
import type { Backend } from "./platform.ts";

// More than any run can spend.
const CASH = decimal("1000000000");
const DAY_MS = 86_400_000;
const AT_ONCE = 8;

export interface Registered {
  readonly username: string;
  readonly refreshToken: string;
}

/** Opens accounts past the routes, whose password hashing and limits would take minutes. */
export async function openAccounts(db: Database, count: number): Promise<Principal[]> {
  const accounts = createAuthRepository(db);
  const opened: Principal[] = [];
  async function openSome(): Promise<void> {
    while (opened.length < count) {
      const principal = newPrincipal();
      opened.push(principal);
      await open(principal);
    }
  }

  async function open({ userId, sessionId }: Principal): Promise<void> {
    const result = await accounts.openAccount({
      userId,
      sessionId: sessionId ?? "",
      portfolioId: newId(),
      email: `${userId}@example.com`,
      username: `u${userId.replaceAll("-", "").slice(-24)}`,
      passwordHash: "none",
      fullName: null,
      deviceName: null,
      tokenHash: userId,
      cash: CASH,
      at: new Date(),
      expiresAt: new Date(Date.now() + DAY_MS),
    });
    if (result.kind !== "opened") throw new Error(result.kind);
  }

  await Promise.all(Array.from({ length: AT_ONCE }, openSome));
  return opened;
}

/** Access tokens of new accounts, one each. */
export async function openSessions(
  { database, tokens }: Pick<Backend, "database" | "tokens">,
  count: number,
): Promise<string[]> {
  return issueTokens(tokens, await openAccounts(createDatabase(database), count));
}

/** Access tokens, of each one's session. */
export function issueTokens(
  tokens: Backend["tokens"],
  principals: readonly Principal[],
): Promise<string[]> {
  const accessTokens = createAccessTokens(tokens, { now: () => new Date(), newId });
  return Promise.all(
    principals.map(({ userId, sessionId, scopes }) =>
      accessTokens.issue({ userId, sessionId: sessionId ?? "", scopes }),
    ),
  );
}

/** Opens accounts by the route, so that their passwords are hashed as everybody's. */
export async function registerAll(
  url: string,
  count: number,
  password: string,
): Promise<Registered[]> {
  const registered: Registered[] = [];
  for (let n = 0; n < count; n += 1) {
    const username = `bench_${n}`;
    const response = await fetch(`${url}/api/v1/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, email: `${username}@example.com`, password }),
    });
    if (!response.ok) throw new Error(`register answered ${await response.text()}`);
    const { refresh_token: refreshToken } = (await response.json()) as { refresh_token: string };
    registered.push({ username, refreshToken });
  }
  return registered;
}

function newPrincipal(): Principal {
  return {
    userId: newId(),
    sessionId: newId(),
    apiKeyId: null,
    scopes: ["read", "trade"],
    expiresAt: null,
  };
}
