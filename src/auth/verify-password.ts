import { AppError } from "../domain/errors.ts";
import type { Guess, Guesses } from "./guesses.ts";
import type { Passwords } from "./password.ts";
import type { AuthRepository, User } from "./ports.ts";

export interface VerifyPasswordDeps {
  readonly accounts: Pick<AuthRepository, "findCredentials" | "auditGuessing">;
  readonly passwords: Passwords;
  readonly guesses: Guesses;
  readonly now: () => Date;
}

/**
 * Whose password this is, with the hash that it was verified against. A wrong one and an account that there is not
 * are the same refusal, `invalid_credentials`, after the same work; too many from one address are `rate_limited`.
 */
export async function verifyPassword(
  { accounts, passwords, guesses, now }: VerifyPasswordDeps,
  by: Parameters<AuthRepository["findCredentials"]>[0],
  password: string,
  address: string,
): Promise<{ readonly user: User; readonly passwordHash: string }> {
  // Who guesses at everything is turned away before the database is asked.
  const attempt = await guesses.begin(address);
  const found = await accounts.findCredentials(by);
  const guess = await attempt.on(
    found === undefined ? { name: nameOf(by) } : { userId: found.user.id },
  );
  // Also where nobody is found: the time of the answer tells nothing.
  const matches = await verified(passwords, password, found?.passwordHash ?? null, guess);
  if (found !== undefined && matches) {
    await guess.passed();
    return found;
  }
  if (found !== undefined && guess.isLast)
    await accounts.auditGuessing(found.user.id, address, now());
  throw new AppError({ code: "invalid_credentials" });
}

/** A guess that nobody looked at, since too many others wait, was none. */
async function verified(
  passwords: Passwords,
  password: string,
  hash: string | null,
  guess: Guess,
): Promise<boolean> {
  try {
    return await passwords.verify(password, hash);
  } catch (error) {
    await guess.withdrawn();
    throw error;
  }
}

function nameOf(by: Parameters<typeof verifyPassword>[1]): string {
  if ("id" in by) return by.id;
  return "email" in by ? by.email : by.username;
}
