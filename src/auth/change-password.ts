import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { Passwords } from "./password.ts";
import { findWeakness } from "./password-choice.ts";
import type { AuthRepository, EndStreams } from "./ports.ts";
import { sessionOf } from "./sessions.ts";

export interface ChangePasswordDeps {
  readonly accounts: Pick<AuthRepository, "findCredentials" | "changePassword">;
  readonly passwords: Passwords;
  readonly endStreams: EndStreams;
  readonly now: () => Date;
}

export interface NewPassword {
  readonly current: string;
  readonly next: string;
}

/** Sets another password and ends the other sessions with their streams. API keys stay: they were not made of it. */
export async function changePassword(
  { accounts, passwords, endStreams, now }: ChangePasswordDeps,
  principal: Principal,
  { current, next }: NewPassword,
): Promise<void> {
  const caller = sessionOf(principal);
  const found = await accounts.findCredentials({ id: caller.userId });
  const matches = await passwords.verify(current, found?.passwordHash ?? null);
  if (found === undefined || !matches) throw new AppError({ code: "invalid_credentials" });

  const { user, passwordHash } = found;
  const weakness = findWeakness("new_password", next, [user.email, user.username]);
  if (weakness !== undefined) throw new AppError({ code: "validation_error", errors: [weakness] });
  const newHash = await passwords.hash(next);
  const change = { verifiedHash: passwordHash, newHash, at: now() };
  const result = await accounts.changePassword(caller, change);
  switch (result.kind) {
    case "changed":
      return await endStreams(caller.userId, result.endedSessionIds);
    case "password_changed":
      throw new AppError({ code: "invalid_credentials" });
    case "unauthenticated":
      throw new AppError({ code: "unauthenticated" });
  }
}
