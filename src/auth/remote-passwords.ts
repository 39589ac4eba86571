/** Passwords, hashed somewhere else: by objects that do nothing but that. */

import { AppError } from "../domain/errors.ts";
import type { Passwords } from "./password.ts";
import { isOutdated } from "./password-hash.ts";

interface Busy {
  readonly kind: "busy";
}

export type Hashed = { readonly kind: "hashed"; readonly phc: string } | Busy;
export type Verified = { readonly kind: "verified"; readonly matches: boolean } | Busy;

/** One shard; its queue is bounded. */
export interface PasswordHashing {
  hash(password: string): Promise<Hashed>;
  verify(password: string, phc: string | null): Promise<Verified>;
}

interface RemotePasswordsDeps {
  readonly shards: number;
  shard(index: number): PasswordHashing;
  /** In [0, 1). */
  random(): number;
  /** A shard that could not be asked. */
  onFailure(error: unknown): void;
}

/** Asks a shard by chance, and the one next to it if its queue is full; throws `busy` when that one's is, too. */
export function createRemotePasswords(deps: RemotePasswordsDeps): Passwords {
  const { shards } = deps;

  async function ask<Answer extends { readonly kind: string }>(
    question: (shard: PasswordHashing) => Promise<Answer>,
  ): Promise<Exclude<Answer, Busy>> {
    const first = Math.floor(deps.random() * shards);
    for (const index of new Set([first, (first + 1) % shards])) {
      try {
        const answer = await question(deps.shard(index));
        if (answer.kind !== "busy") return answer as Exclude<Answer, Busy>;
      } catch (error) {
        deps.onFailure(error);
      }
    }
    throw new AppError({ code: "busy" });
  }

  return {
    hash: async (password) => (await ask((shard) => shard.hash(password))).phc,
    verify: async (password, phc) => (await ask((shard) => shard.verify(password, phc))).matches,
    isOutdated,
  };
}
