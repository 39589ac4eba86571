import { describe, expect, it } from "vitest";
import { newId } from "../domain/id.ts";
import type { Principal } from "../domain/principal.ts";
import type { AccountDraft } from "./ports.ts";
import { AT, later, type OpenAccounts, setUp } from "./testing/account-under-test.ts";

/** What every `AuthRepository` does with API keys and stream tickets. */
export function describeCredentials(name: string, open: OpenAccounts): void {
  describe(name, () => {
    it("keeps a ticket for one stream and a minute, while its session holds", async () => {
      const { repository, account } = await setUp(open);
      const { userId, sessionId } = account;
      const principal: Principal = {
        userId,
        sessionId,
        apiKeyId: null,
        scopes: ["read"],
        expiresAt: later(1_800),
      };
      const keep = (name: string) =>
        repository.keepStreamTicket({
          ticketHash: `${name} of ${sessionId}`,
          principal,
          at: AT,
          expiresAt: later(60),
        });
      const take = (name: string, seconds: number) =>
        repository.takeStreamTicket(`${name} of ${sessionId}`, later(seconds));
      for (const name of ["one", "two", "late", "ended"]) expect(await keep(name)).toBe(true);
      expect(await take("unknown", 1)).toBeUndefined();
      expect(await take("one", 59)).toEqual(principal);
      expect(await take("one", 59)).toBeUndefined();
      const both = await Promise.all([take("two", 1), take("two", 1)]);
      expect(both.filter((taker) => taker !== undefined)).toEqual([principal]);
      expect(await take("late", 60)).toBeUndefined();
      await repository.closeSession(account, false, later(1));
      expect(await take("ended", 2)).toBeUndefined();
      expect(await keep("after")).toBe(false);
    });

    it("makes keys, which stand for their user until they are deleted or end", async () => {
      const { repository, account } = await setUp(open);
      const other = await setUp(open);
      const keyOf = (change: { expiresAt?: Date; keysMax?: number } = {}) => {
        const id = newId();
        return {
          id,
          name: "bot",
          keyId: `key ${id}`,
          secretHash: `secret of ${id}`,
          scopes: ["trade"] as const,
          expiresAt: null,
          keysMax: 2,
          at: AT,
          ...change,
        };
      };
      const [one, two] = [keyOf(), keyOf({ expiresAt: later(60) })];
      const use = ({ keyId, secretHash }: typeof one, seconds: number) =>
        repository.useApiKey({ keyId, secretHash, at: later(seconds) });
      const shown = { id: one.id, name: "bot", keyId: one.keyId, scopes: ["trade"] };
      const first = { ...shown, createdAt: AT, expiresAt: null, lastUsedAt: null };
      expect(await repository.createApiKey(account, one)).toEqual({
        kind: "created",
        apiKey: first,
      });
      expect(await repository.createApiKey(account, two)).toMatchObject({ kind: "created" });
      expect(await repository.createApiKey(account, keyOf())).toEqual({ kind: "limit_reached" });

      const good = {
        kind: "good",
        principal: {
          userId: account.userId,
          sessionId: null,
          apiKeyId: one.id,
          scopes: ["trade"],
          expiresAt: null,
        },
      };
      expect(await use(one, 1)).toEqual(good);
      expect(await use(one, 60)).toEqual(good);
      expect(await use({ ...one, secretHash: two.secretHash }, 60)).toEqual({ kind: "invalid" });
      expect(await use(two, 59)).toMatchObject({ principal: { expiresAt: later(60) } });
      expect(await use(two, 60)).toEqual({ kind: "invalid" });
      const list = (before: string | undefined) =>
        repository.listApiKeys(account.userId, { before, limit: 5 });
      expect((await list(undefined)).map(({ id }) => id)).toEqual([two.id, one.id]);
      expect(await list(two.id)).toEqual([{ ...first, lastUsedAt: later(1) }]);

      const remove = (caller: AccountDraft) => repository.deleteApiKey(caller, one.id, later(61));
      expect(await remove(other.account)).toBe("not_found");
      expect(await use(one, 61)).toEqual(good);
      expect(await remove(account)).toBe("deleted");
      expect(await remove(account)).toBe("not_found");
      expect(await use(one, 62)).toEqual({ kind: "invalid" });
      await repository.closeSession(account, false, later(63));
      expect(await repository.createApiKey(account, keyOf())).toEqual({ kind: "unauthenticated" });
      expect(await remove(account)).toBe("unauthenticated");
    });

    it("keeps tickets of keys, too", async () => {
      const { repository, account } = await setUp(open);
      const apiKeyId = newId();
      await repository.createApiKey(account, {
        id: apiKeyId,
        name: "bot",
        keyId: `key ${apiKeyId}`,
        secretHash: `secret of ${apiKeyId}`,
        scopes: ["read"],
        expiresAt: null,
        keysMax: 1,
        at: AT,
      });
      const principal: Principal = {
        userId: account.userId,
        sessionId: null,
        apiKeyId,
        scopes: ["read"],
        expiresAt: null,
      };
      const keep = (ticketHash: string) =>
        repository.keepStreamTicket({ ticketHash, principal, at: AT, expiresAt: later(60) });
      expect(await keep(`one of ${apiKeyId}`)).toBe(true);
      expect(await keep(`two of ${apiKeyId}`)).toBe(true);
      expect(await repository.takeStreamTicket(`one of ${apiKeyId}`, later(1))).toEqual(principal);
      await repository.deleteApiKey(account, apiKeyId, later(2));
      expect(await repository.takeStreamTicket(`two of ${apiKeyId}`, later(3))).toBeUndefined();
      expect(await keep(`late of ${apiKeyId}`)).toBe(false);
    });
  });
}
