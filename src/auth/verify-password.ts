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

interface Claim {
  readonly by: Parameters<AuthRepository["findCredentials"]>[0];
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/** Whose password it is, with the hash that it was verified against. */
export interface Verified {
  readonly user: User;
  readonly passwordHash: string;
}

/**
 * Answers with what `proceed` makes of whose password this is. A wrong one and an account that there is not are the
 * same refusal, `invalid_credentials`, after the same work; too many from one address are `rate_limited`.
 */
export async function verifyPassword<Outcome>(
  { accounts, passwords, guesses, now }: VerifyPasswordDeps,
  { by, password, address }: Claim,
  proceed: (verified: Verified) => Promise<Outcome>,
): Promise<Outcome> {
  // Who guesses at everything is turned away before the database is asked.
  const attempt = await guesses.begin(address);
  const found = await accounts.findCredentials(by);
  const guess = await attempt.on(
    found === undefined ? { name: nameOf(by) } : { userId: found.user.id },
  );
  // Also where nobody is found: the time of the answer tells nothing.
  const matches = await verified(passwords, password, found?.passwordHash ?? null, guess);
  if (found !== undefined && matches) {
    // The guess was right whatever becomes of it: neither waits for the other, and the answer for both.
    const told = guess.passed();
    try {
      return await proceed(found);
    } finally {
      await told;
    }
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

function nameOf(by: Claim["by"]): string {
  if ("id" in by) return by.id;
  return "email" in by ? by.email : by.username;
}
