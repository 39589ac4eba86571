import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { newId } from "../domain/id.ts";
import type { Principal } from "../domain/principal.ts";
import type { AccountDraft, AuthRepository, User } from "./ports.ts";

const AT = new Date("2026-11-02T15:00:00.000Z");
const later = (seconds: number) => new Date(AT.getTime() + seconds * 1000);
const WEEK_S = 604_800;

interface AccountsUnderTest {
  readonly repository: AuthRepository;
  setAccountStatus(userId: string, status: User["accountStatus"]): Promise<void> | void;
}

/** What every `AuthRepository` does. Cases share one store and use accounts of their own. */
export function describeAuthRepository(name: string, open: () => Promise<AccountsUnderTest>): void {
  const draft = (change: Partial<AccountDraft> = {}): AccountDraft => {
    const userId = newId();
    const unique = userId.replaceAll("-", "").slice(-20);
    return {
      userId,
      portfolioId: newId(),
      sessionId: newId(),
      email: `${unique}@example.com`,
      username: `u_${unique}`,
      passwordHash: `hash of ${unique}`,
      fullName: null,
      deviceName: null,
      cash: decimal("100000"),
      tokenHash: `token of ${unique}`,
      at: AT,
      expiresAt: later(WEEK_S),
      ...change,
    };
  };

  async function setUp(change: Partial<AccountDraft> = {}) {
    const { repository, setAccountStatus } = await open();
    const account = draft(change);
    const opened = await repository.openAccount(account);
    if (opened.kind !== "opened") throw new Error(`not opened: ${opened.kind}`);
    const rotate = (token: string, seconds: number) =>
      repository.rotateRefreshToken({
        tokenHash: token,
        successorHash: `${token}+`,
        graceS: 10,
        at: later(seconds),
        expiresAt: later(seconds + WEEK_S),
      });
    return { repository, setAccountStatus, account, user: opened.user, rotate };
  }

  describe(name, () => {
    it("opens an account that can be found by its names and id", async () => {
      const { repository, account, user } = await setUp({ fullName: "Ada Lovelace" });
      expect(user).toEqual({
        id: account.userId,
        email: account.email,
        username: account.username,
        fullName: "Ada Lovelace",
        kycStatus: "not_started",
        accountType: "paper",
        accountStatus: "active",
        createdAt: AT,
        updatedAt: AT,
      });
      const credentials = { user, passwordHash: account.passwordHash };
      expect(await repository.findCredentials({ email: account.email })).toEqual(credentials);
      expect(await repository.findCredentials({ username: account.username })).toEqual(credentials);
      expect(await repository.findUser(account.userId)).toEqual(user);
      expect(await repository.findUser(newId())).toBeUndefined();
      expect(await repository.findCredentials({ email: "nobody@example.com" })).toBeUndefined();
    });

    it("names the field that is taken", async () => {
      const { repository, account } = await setUp();
      const { email, username } = account;
      expect(await repository.openAccount(draft({ email }))).toEqual({ kind: "email_taken" });
      expect(await repository.openAccount(draft({ username }))).toEqual({ kind: "username_taken" });
      expect(await repository.openAccount(draft({ email, username }))).toEqual({
        kind: "email_taken",
      });
    });

    it("opens one of two accounts that want the same name at once", async () => {
      const { repository, account } = await setUp();
      const email = `twice-${account.email}`;
      const results = await Promise.all([
        repository.openAccount(draft({ email })),
        repository.openAccount(draft({ email })),
      ]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(["email_taken", "opened"]);
    });

    it("opens a session only for the password that was verified", async () => {
      const { repository, account } = await setUp();
      const session = { ...account, sessionId: newId(), tokenHash: newId() };
      expect(await repository.openSession(session, "an older hash")).toEqual({
        kind: "password_changed",
      });
      expect(await repository.openSession(session, account.passwordHash)).toEqual({
        kind: "opened",
      });
    });

    it("replaces a hash of an older kind as the session opens", async () => {
      const { repository, account } = await setUp();
      const session = () => ({ ...account, sessionId: newId(), tokenHash: newId() });
      const open = (hash: string, next: string | null) =>
        repository.openSession(session(), hash, next);
      expect(await open(account.passwordHash, "new hash")).toEqual({ kind: "opened" });
      expect(await open(account.passwordHash, "other hash")).toEqual({ kind: "password_changed" });
      expect(await open("new hash", null)).toEqual({ kind: "opened" });
    });

    it.each(["suspended", "closed"] as const)("lets nobody in to a %s account", async (status) => {
      const { repository, setAccountStatus, account, rotate } = await setUp();
      await setAccountStatus(account.userId, status);
      const session = { ...account, sessionId: newId(), tokenHash: newId() };
      const refusal = { kind: "account_inactive", accountStatus: status };
      expect(await repository.openSession(session, account.passwordHash)).toEqual(refusal);
      expect(await rotate(account.tokenHash, 60)).toEqual(refusal);
    });

    it("rotates a token, and prolongs the session with it", async () => {
      const { account, rotate } = await setUp();
      const first = account.tokenHash;
      expect(await rotate(first, 3600)).toEqual({
        kind: "rotated",
        userId: account.userId,
        sessionId: account.sessionId,
        expiresAt: later(3600 + WEEK_S),
      });
      expect(await rotate(`${first}+`, WEEK_S + 60)).toMatchObject({ kind: "rotated" });
    });

    it("answers a spent token as before, while its answer may have been lost", async () => {
      const { account, rotate } = await setUp();
      const before = await rotate(account.tokenHash, 60);
      expect(await rotate(account.tokenHash, 70)).toEqual(before);
    });

    it("rotates once for two requests with the same token", async () => {
      const { account, rotate } = await setUp();
      const [one, other] = await Promise.all([
        rotate(account.tokenHash, 60),
        rotate(account.tokenHash, 60),
      ]);
      expect(one).toMatchObject({ kind: "rotated" });
      expect(other).toEqual(one);
    });

    it("ends the family of a token that comes back later", async () => {
      const { account, rotate } = await setUp();
      const { userId, sessionId, tokenHash } = account;
      await rotate(tokenHash, 60);
      expect(await rotate(tokenHash, 71)).toEqual({ kind: "reused", userId, sessionId });
      expect(await rotate(`${tokenHash}+`, 72)).toEqual({ kind: "invalid" });
    });

    it("takes no token that is unknown or past its time", async () => {
      const { account, rotate } = await setUp();
      expect(await rotate("unknown", 1)).toEqual({ kind: "invalid" });
      expect(await rotate(account.tokenHash, WEEK_S)).toEqual({ kind: "invalid" });
    });

    it("closes a session once, and its tokens with it", async () => {
      const { repository, account, rotate } = await setUp();
      const { sessionId } = account;
      expect(await repository.closeSession(account, false, later(1))).toEqual({
        kind: "closed",
        sessionIds: [sessionId],
      });
      expect(await repository.closeSession(account, false, later(2))).toEqual({
        kind: "unauthenticated",
      });
      expect(await rotate(account.tokenHash, 3)).toEqual({ kind: "invalid" });
    });

    it("lists the sessions that hold, newest first, a page at a time", async () => {
      const { repository, account, rotate } = await setUp();
      const { userId } = account;
      const ids = [account.sessionId];
      for (let n = 0; n < 3; n += 1) {
        const sessionId = newId();
        ids.push(sessionId);
        const session = { ...account, sessionId, deviceName: `device ${n}`, tokenHash: newId() };
        await repository.openSession(session, account.passwordHash);
      }
      await rotate(account.tokenHash, 60);
      const [first = "", ended = "", third = "", newest = ""] = ids;
      expect(await repository.endSession(account, ended, later(61))).toBe("ended");
      const list = (before: string | undefined, limit: number, seconds = 62) =>
        repository.listSessions(userId, { before, limit }, later(seconds));
      expect((await list(undefined, 2)).map(({ id }) => id)).toEqual([newest, third]);
      expect(await list(third, 2)).toEqual([
        {
          id: first,
          deviceName: null,
          createdAt: AT,
          lastUsedAt: later(60),
          expiresAt: later(60 + WEEK_S),
        },
      ]);
      expect((await list(undefined, 9, WEEK_S)).map(({ id }) => id)).toEqual([first]);
    });

    it("ends one session of the caller's user, and of nobody else", async () => {
      const { repository, account, rotate } = await setUp();
      const other = await setUp();
      const { sessionId } = account;
      const end = (caller: AccountDraft, target: string) =>
        repository.endSession(caller, target, later(1));
      expect(await end(account, other.account.sessionId)).toBe("not_found");
      expect(await end(account, newId())).toBe("not_found");
      expect(await other.rotate(other.account.tokenHash, 2)).toMatchObject({ kind: "rotated" });
      expect(await end(account, sessionId)).toBe("ended");
      expect(await rotate(account.tokenHash, 2)).toEqual({ kind: "invalid" });
      expect(await end(account, sessionId)).toBe("unauthenticated");
    });

    it("changes the password that was verified, and ends the other sessions", async () => {
      const { repository, account, rotate } = await setUp();
      const { passwordHash } = account;
      const second = { ...account, sessionId: newId(), tokenHash: newId() };
      await repository.openSession(second, passwordHash);
      const change = { verifiedHash: passwordHash, newHash: "new hash", at: later(1) };
      expect(await repository.changePassword(second, change)).toEqual({
        kind: "changed",
        endedSessionIds: [account.sessionId],
      });
      expect(await rotate(account.tokenHash, 2)).toEqual({ kind: "invalid" });
      expect(await rotate(second.tokenHash, 2)).toMatchObject({ kind: "rotated" });
      const third = { ...account, sessionId: newId(), tokenHash: newId() };
      expect(await repository.openSession(third, passwordHash)).toEqual({
        kind: "password_changed",
      });
      expect(await repository.openSession(third, "new hash")).toEqual({ kind: "opened" });
      expect(await repository.changePassword(second, change)).toEqual({ kind: "password_changed" });
      expect(
        await repository.changePassword(account, { ...change, verifiedHash: "new hash" }),
      ).toEqual({ kind: "unauthenticated" });
      expect(await repository.findCredentials({ id: account.userId })).toMatchObject({
        passwordHash: "new hash",
      });
    });

    it("keeps a ticket for one stream and a minute, while its session holds", async () => {
      const { repository, account } = await setUp();
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
      const { repository, account } = await setUp();
      const other = await setUp();
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
      const { repository, account } = await setUp();
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

    it("closes all sessions of the user, and of nobody else", async () => {
      const { repository, account, rotate } = await setUp();
      const other = await setUp();
      const second = { ...account, sessionId: newId(), tokenHash: newId() };
      await repository.openSession(second, account.passwordHash);
      const closed = await repository.closeSession(account, true, later(1));
      expect(closed).toMatchObject({ kind: "closed" });
      if (closed.kind === "closed") {
        expect([...closed.sessionIds].sort()).toEqual([account.sessionId, second.sessionId].sort());
      }
      expect(await rotate(second.tokenHash, 2)).toEqual({ kind: "invalid" });
      expect(await other.rotate(other.account.tokenHash, 2)).toMatchObject({ kind: "rotated" });
    });
  });
}
