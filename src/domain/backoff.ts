/** How long to wait before trying again. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * The wait before try `attempt` (0 is the first one after a failure), in ms: doubling from half a second up to 30 s.
 * `random` in [0, 1) takes off up to half, so that many who failed together do not return together.
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling * (1 - random / 2));
}
