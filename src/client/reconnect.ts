/** Whether, and how soon, a client dials again. */

import { StreamError } from "./events.ts";

export interface Closed {
  /** 1006 where there was no closing handshake. */
  readonly code: number;
  readonly reason: string;
  /** The last error that the server sent before. */
  readonly error?: string;
}

export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const BACKOFF: Backoff = { firstMs: 500, longestMs: 30_000 };

/** A connection that stood for this long was sound: the next failure is a first one. */
export const SOUND_AFTER_MS = 10_000;

const STOPS: Readonly<Record<number, string>> = {
  4001: "the session was revoked",
  4002: "the credential was refused",
  4006: "the account has as many streams as it may have",
};

/** Closes that say nothing against coming back at once. */
const AT_ONCE = new Set([1012, 4003]);

export type Verdict =
  | { readonly kind: "stop"; readonly error: StreamError }
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: StreamError };

/** `attempt` counts failures in a row, this one not included; `random` is from [0, 1). */
export function verdictOn(
  { code, reason, error }: Closed,
  attempt: number,
  random: number,
  backoff: Backoff,
): Verdict {
  const words = STOPS[code] ?? (reason === "" ? "the connection was lost" : reason);
  const detail = error === undefined ? "" : `: ${error}`;
  const cause = new StreamError(code, `${words} (${code})${detail}`);
  if (STOPS[code] !== undefined) return { kind: "stop", error: cause };
  const afterMs = AT_ONCE.has(code) && attempt === 0 ? 0 : backoffMs(attempt, random, backoff);
  return { kind: "retry", afterMs, error: cause };
}

/** Doubling from the first wait to the longest, less up to half, so that many who were cut off together come back apart. */
export function backoffMs(
  attempt: number,
  random: number,
  { firstMs, longestMs }: Backoff,
): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling * (1 - random / 2));
}
