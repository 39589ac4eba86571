import { decimal } from "../../domain/decimal.ts";
import { newId } from "../../domain/id.ts";
import type { AccountDraft, AuthRepository, User } from "../ports.ts";

export const AT = new Date("2026-11-02T15:00:00.000Z");
export const later = (seconds: number) => new Date(AT.getTime() + seconds * 1000);
export const WEEK_S = 604_800;

/** A store that cases share; each uses accounts of its own. */
export interface AccountsUnderTest {
  readonly repository: AuthRepository;
  setAccountStatus(userId: string, status: User["accountStatus"]): Promise<void> | void;
}

export type OpenAccounts = () => Promise<AccountsUnderTest>;

export function draft(change: Partial<AccountDraft> = {}): AccountDraft {
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
}

/** A new account in the store, with its first session. */
export async function setUp(open: OpenAccounts, change: Partial<AccountDraft> = {}) {
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
