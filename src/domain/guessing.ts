/** How many wrong passwords are borne. All of it is counted exactly, by objects. */

/** Failures older than this are forgotten. */
export const GUESS_WINDOW_MS = 900_000;

/** On one account from one address; what a person needs who tries what it may have been. */
const FROM_ADDRESS_MAX = 10;
/** From one address on all accounts: lists of stolen passwords are tried so. Offices share addresses, too. */
export const ON_ALL_ACCOUNTS_MAX = 100;
/** On one account from all addresses: beyond it somebody guesses from many. */
export const ATTACKED_FROM = 100;
/** Then an address that its owner never came from has this many, so that the owner gets in from a new one, too. */
const FROM_STRANGE_ADDRESS_MAX = 1;

export interface AccountTally {
  /** Failures from all addresses. */
  readonly total: number;
  /** The owner has signed in from this address before. */
  readonly isFamiliar: boolean;
}

/** How many failures an address may have on an account as things stand. */
export function guessesAllowed({ total, isFamiliar }: AccountTally): number {
  return total >= ATTACKED_FROM && !isFamiliar ? FROM_STRANGE_ADDRESS_MAX : FROM_ADDRESS_MAX;
}

/** When the failures that began at `sinceMs` are forgotten, in whole seconds from `nowMs`. */
export const retryAfterS = (sinceMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((sinceMs + GUESS_WINDOW_MS - nowMs) / 1_000));
