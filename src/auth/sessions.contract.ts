import { describe, expect, it } from "vitest";
import { newId } from "../domain/id.ts";
import type { AccountDraft } from "./ports.ts";
import { AT, later, type OpenAccounts, setUp, WEEK_S } from "./testing/account-under-test.ts";

/** What every `AuthRepository` does with sessions and their refresh tokens. */
export function describeSessions(name: string, open: OpenAccounts): void {
  describe(name, () => {
    it("rotates a token, and prolongs the session with it", async () => {
      const { account, rotate } = await setUp(open);
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
      const { account, rotate } = await setUp(open);
      const before = await rotate(account.tokenHash, 60);
      expect(await rotate(account.tokenHash, 70)).toEqual(before);
    });

    it("rotates once for two requests with the same token", async () => {
      const { account, rotate } = await setUp(open);
      const [one, other] = await Promise.all([
        rotate(account.tokenHash, 60),
        rotate(account.tokenHash, 60),
      ]);
      expect(one).toMatchObject({ kind: "rotated" });
      expect(other).toEqual(one);
    });

    it("ends the family of a token that comes back later", async () => {
      const { account, rotate } = await setUp(open);
      const { userId, sessionId, tokenHash } = account;
      await rotate(tokenHash, 60);
      expect(await rotate(tokenHash, 71)).toEqual({ kind: "reused", userId, sessionId });
      expect(await rotate(`${tokenHash}+`, 72)).toEqual({ kind: "invalid" });
    });

    it("takes no token that is unknown or past its time", async () => {
      const { account, rotate } = await setUp(open);
      expect(await rotate("unknown", 1)).toEqual({ kind: "invalid" });
      expect(await rotate(account.tokenHash, WEEK_S)).toEqual({ kind: "invalid" });
    });

    it("closes a session once, and its tokens with it", async () => {
      const { repository, account, rotate } = await setUp(open);
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
      const { repository, account, rotate } = await setUp(open);
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
      const { repository, account, rotate } = await setUp(open);
      const other = await setUp(open);
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

    it("closes all sessions of the user, and of nobody else", async () => {
      const { repository, account, rotate } = await setUp(open);
      const other = await setUp(open);
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
