import { and, desc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { apiKeys, sessions, users } from "../db/schema/identity.ts";
import { SCOPES } from "../domain/principal.ts";
import type { ApiKey, AuthReader, User } from "./ports.ts";

/** Reads of users and their credentials; what writes is in `repository.ts`. */
export function createAuthReader(db: Database): AuthReader {
  async function findOne(where: SQL) {
    const [row] = await db.select().from(users).where(where).limit(1);
    return row;
  }

  return {
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

    async listApiKeys(userId, { before, limit }) {
      const rows = await db
        .select()
        .from(apiKeys)
        .where(
          and(
            eq(apiKeys.userId, userId),
            isNull(apiKeys.revokedAt),
            before === undefined ? undefined : lt(apiKeys.id, before),
          ),
        )
        .orderBy(desc(apiKeys.id))
        .limit(limit);
      return rows.map(toApiKey);
    },
  };
}

export function toUser(row: typeof users.$inferSelect): User {
  const { passwordHash, overdrawn, standing, ...user } = row;
  return { ...user, accountStatus: standing };
}

export function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  const { id, name, keyId, createdAt, expiresAt, lastUsedAt } = row;
  const scopes = toScopes(row.scopes);
  return { id, name, keyId, scopes, createdAt, expiresAt, lastUsedAt };
}

/** As they are stored, in the order in which we name them. */
export const toScopes = (stored: unknown) =>
  SCOPES.filter((scope) => (stored as readonly string[]).includes(scope));
