import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import { findWeakness } from "./password-choice.ts";
import type { AuthRepository, EndStreams } from "./ports.ts";
import { sessionOf } from "./sessions.ts";
import { type VerifyPasswordDeps, verifyPassword } from "./verify-password.ts";

interface ChangePasswordDeps extends VerifyPasswordDeps {
  readonly accounts: VerifyPasswordDeps["accounts"] & Pick<AuthRepository, "changePassword">;
  readonly endStreams: EndStreams;
}

export interface NewPassword {
  readonly current: string;
  readonly next: string;
  /** Where it comes from. */
  readonly address: string;
}

/** Sets another password and ends the other sessions with their streams. API keys stay: they were not made of it. */
export async function changePassword(
  deps: ChangePasswordDeps,
  principal: Principal,
  { current, next, address }: NewPassword,
): Promise<void> {
  const { accounts, passwords, endStreams, now } = deps;
  const caller = sessionOf(principal);
  const claim = { by: { id: caller.userId }, password: current, address };
  const result = await verifyPassword(deps, claim, async ({ user, passwordHash }) => {
    const weakness = findWeakness("new_password", next, [user.email, user.username]);
    if (weakness !== undefined)
      throw new AppError({ code: "validation_error", errors: [weakness] });
    const newHash = await passwords.hash(next);
    return accounts.changePassword(caller, { verifiedHash: passwordHash, newHash, at: now() });
  });
  switch (result.kind) {
    case "changed":
      return await endStreams(caller.userId, result.endedSessionIds);
    case "password_changed":
      throw new AppError({ code: "invalid_credentials" });
    case "unauthenticated":
      throw new AppError({ code: "unauthenticated" });
  }
}
