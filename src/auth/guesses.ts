/** Guards passwords against guessing, for one account and one address at a time. */

import { AppError } from "../domain/errors.ts";
import { hashToken } from "./opaque-token.ts";

export type GuessAnswer =
  | { readonly kind: "allowed" /** It was the last one. */; readonly last: boolean }
  | { readonly kind: "refused"; readonly retryAfterS: number };

/** Counts what goes wrong on one account, by address. */
export interface AccountCounter {
  guessAccount(address: string): Promise<GuessAnswer>;
  accountPassed(address: string): Promise<void>;
  accountSpared(address: string): Promise<void> | void;
}

/** Counts what goes wrong from one address, on all accounts. */
export interface AddressCounter {
  guessAddress(): Promise<GuessAnswer>;
  addressSpared(): Promise<void> | void;
}

/** Each counts exactly. */
export interface GuessCounters {
  account(name: string): AccountCounter;
  address(address: string): AddressCounter;
  /** A counter that could not be asked. */
  onFailure(error: unknown): void;
}

/** Whom a guess is about; where there is no such account, the name that was given, so that it meets the same limits. */
export type Guessed = { readonly userId: string } | { readonly name: string };

export interface Guess {
  /** After this one, no more are allowed. */
  readonly isLast: boolean;
  /** It was right, and does not count; nor does what this address got wrong before. Never throws. */
  passed(): Promise<void>;
  /** Nobody could say whether it was right: it does not count. Never throws. */
  withdrawn(): Promise<void>;
}

export interface Guesses {
  /**
   * Before an account is looked up: counts a guess of that address as wrong until it has `passed`. Throws `rate_limited`
   * if the address has had its guesses on all accounts, and `busy` if nobody can count.
   */
  begin(address: string): Promise<{
    /** Before a password is looked at: the same on one account. */
    on(guessed: Guessed): Promise<Guess>;
  }>;
}

export function createGuesses(counters: GuessCounters): Guesses {
  async function ask<T>(question: () => Promise<T> | T): Promise<T> {
    try {
      return await question();
    } catch (error) {
      counters.onFailure(error);
      throw new AppError({ code: "busy" }, { cause: error });
    }
  }

  /** What is not taken back in time is forgotten later: no reason to refuse whoever was right. */
  async function tell(...messages: readonly (Promise<void> | void)[]): Promise<void> {
    for (const told of await Promise.allSettled(messages))
      if (told.status === "rejected") counters.onFailure(told.reason);
  }

  return {
    async begin(address) {
      const ofAddress = counters.address(address);
      allow(await ask(() => ofAddress.guessAddress()));
      return {
        async on(guessed) {
          // Kept by its hash: what is typed there may be a password.
          const name = "userId" in guessed ? guessed.userId : await hashToken(guessed.name);
          const ofAccount = counters.account(name);
          const isLast = allow(await ask(() => ofAccount.guessAccount(address)));
          return {
            isLast,
            passed: () => tell(ofAddress.addressSpared(), ofAccount.accountPassed(address)),
            withdrawn: () => tell(ofAddress.addressSpared(), ofAccount.accountSpared(address)),
          };
        },
      };
    },
  };
}

function allow(answer: GuessAnswer): boolean {
  if (answer.kind === "allowed") return answer.last;
  throw new AppError({ code: "rate_limited", retryAfterS: answer.retryAfterS });
}
