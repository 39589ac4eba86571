/** Seeded randomness whose whole state is four integers, so that it can be saved with the rest of the market. */

export type RandomState = [number, number, number, number];

/** A state that depends on every part; equal parts give equal sequences. */
export function seededState(...parts: readonly (string | number)[]): RandomState {
  const text = parts.join("\u0000");
  const state: RandomState = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (let i = 0; i < text.length; i++) {
    state[i % 3] = Math.imul((state[i % 3] ?? 0) ^ text.charCodeAt(i), 0x01000193) >>> 0;
    nextUint(state);
  }
  for (let i = 0; i < 15; i++) nextUint(state);
  return state;
}

/** The next 32 bits (sfc32); changes `state` in place. */
function nextUint(state: RandomState): number {
  const [a, b, c, counter] = state;
  const sum = (((a + b) | 0) + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  state[3] = (counter + 1) | 0;
  return sum >>> 0;
}

/** In [0, 1). */
export const uniform = (state: RandomState): number => nextUint(state) / 4294967296;

/** Mean 0, deviation 1. */
export function gaussian(state: RandomState): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(state)));
  return radius * Math.cos(2 * Math.PI * uniform(state));
}

/** Mean 1: the wait for the next event of a process that runs at one event a unit. */
export const exponential = (state: RandomState): number => -Math.log(1 - uniform(state));

/** A version 4 UUID drawn from `state`. */
export function randomUuid(state: RandomState): string {
  const hex = [0, 1, 2, 3].map(() => nextUint(state).toString(16).padStart(8, "0")).join("");
  const variant = "89ab"[nextUint(state) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
