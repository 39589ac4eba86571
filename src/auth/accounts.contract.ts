import { describe, expect, it } from "vitest";
import { newId } from "../domain/id.ts";
import { AT, draft, later, type OpenAccounts, setUp } from "./testing/account-under-test.ts";

/** What every `AuthRepository` does with accounts and their passwords. */
export function describeAccounts(name: string, open: OpenAccounts): void {
  describe(name, () => {
    it("opens an account that can be found by its names and id", async () => {
      const { repository, account, user } = await setUp(open, { fullName: "Ada Lovelace" });
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
      const { repository, account } = await setUp(open);
      const { email, username } = account;
      expect(await repository.openAccount(draft({ email }))).toEqual({ kind: "email_taken" });
      expect(await repository.openAccount(draft({ username }))).toEqual({ kind: "username_taken" });
      expect(await repository.openAccount(draft({ email, username }))).toEqual({
        kind: "email_taken",
      });
    });

    it("opens one of two accounts that want the same name at once", async () => {
      const { repository, account } = await setUp(open);
      const email = `twice-${account.email}`;
      const results = await Promise.all([
        repository.openAccount(draft({ email })),
        repository.openAccount(draft({ email })),
      ]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(["email_taken", "opened"]);
    });

    it("opens a session only for the password that was verified", async () => {
      const { repository, account } = await setUp(open);
      const session = { ...account, sessionId: newId(), tokenHash: newId() };
      expect(await repository.openSession(session, "an older hash")).toEqual({
        kind: "password_changed",
      });
      expect(await repository.openSession(session, account.passwordHash)).toEqual({
        kind: "opened",
      });
    });

    it("replaces a hash of an older kind as the session opens", async () => {
      const { repository, account } = await setUp(open);
      const session = () => ({ ...account, sessionId: newId(), tokenHash: newId() });
      const openWith = (hash: string, next: string | null) =>
        repository.openSession(session(), hash, next);
      expect(await openWith(account.passwordHash, "new hash")).toEqual({ kind: "opened" });
      expect(await openWith(account.passwordHash, "other hash")).toEqual({
        kind: "password_changed",
      });
      expect(await openWith("new hash", null)).toEqual({ kind: "opened" });
    });

    it.each(["suspended", "closed"] as const)("lets nobody in to a %s account", async (status) => {
      const { repository, setAccountStatus, account, rotate } = await setUp(open);
      await setAccountStatus(account.userId, status);
      const session = { ...account, sessionId: newId(), tokenHash: newId() };
      const refusal = { kind: "account_inactive", accountStatus: status };
      expect(await repository.openSession(session, account.passwordHash)).toEqual(refusal);
      expect(await rotate(account.tokenHash, 60)).toEqual(refusal);
    });

    it("changes the password that was verified, and ends the other sessions", async () => {
      const { repository, account, rotate } = await setUp(open);
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
  });
}
