const TICKS_PER_MS = 1_000;

/**
 * Numbers for Kraken's signed requests, which it wants to grow from each to the next of a key. In one isolate they do. Two
 * isolates know nothing of each other: theirs grow with the time, in microseconds of which chance picks the last three
 * digits, so that they hardly ever meet. What arrives in another order than it was numbered is what the key's nonce window
 * is for.
 */
export function createNonces(nowMs: () => number, random: () => number): () => number {
  let last = 0;
  return () => {
    const tick = nowMs() * TICKS_PER_MS + Math.floor(random() * TICKS_PER_MS);
    last = Math.max(tick, last + 1);
    return last;
  };
}
