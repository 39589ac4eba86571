import { createPasswords } from "../auth/password.ts";
import type { Hashed, PasswordHashing, Verified } from "../auth/remote-passwords.ts";
import { AppError } from "../domain/errors.ts";
import { CausedObject } from "./caused-object.ts";

/**
 * Hashes passwords apart from the isolates that serve requests, whose only thread each hash would hold for some 100 ms.
 * Addressed by shard: `getByName("3")`. It keeps nothing.
 */
export class PasswordHasher extends CausedObject implements PasswordHashing {
  readonly #passwords = createPasswords();

  hash(password: string): Promise<Hashed> {
    return unlessBusy(async () => ({ kind: "hashed", phc: await this.#passwords.hash(password) }));
  }

  verify(password: string, phc: string | null): Promise<Verified> {
    return unlessBusy(async () => ({
      kind: "verified",
      matches: await this.#passwords.verify(password, phc),
    }));
  }
}

/** Errors lose their class on the way out of an object: a queue that is full is an answer. */
async function unlessBusy<Answer>(
  work: () => Promise<Answer>,
): Promise<Answer | { readonly kind: "busy" }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.refusal.code === "busy") return { kind: "busy" };
    throw error;
  }
}
