/** Whether a connection is alive, by what was heard of it. Times in epoch ms. */

export interface Pulse {
  /** When something came last, or when it was dialed. */
  readonly heardAtMs: number;
  /** When it was asked for a sign of life; null while it was not, since something came. */
  readonly pingedAtMs: number | null;
  readonly welcomed: boolean;
}

export interface Patience {
  /** Silence after which it is asked for a sign of life. */
  readonly silenceMs: number;
  /** How long a welcome, or a pong, may take. */
  readonly answerMs: number;
}

export const PATIENCE: Patience = { silenceMs: 15_000, answerMs: 10_000 };

/** What to do now, or in how many ms to look again. */
export function feel(
  { heardAtMs, pingedAtMs, welcomed }: Pulse,
  { silenceMs, answerMs }: Patience,
  nowMs: number,
): "ping" | "dead" | number {
  const isAsked = !welcomed || pingedAtMs !== null;
  const dueAtMs = isAsked ? (pingedAtMs ?? heardAtMs) + answerMs : heardAtMs + silenceMs;
  if (nowMs < dueAtMs) return dueAtMs - nowMs;
  return isAsked ? "dead" : "ping";
}
