/** Numbers of many measurements. Times are milliseconds. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value that a share of all values, 0 to 1, does not exceed: nearest rank, so it was really measured. */
function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const p50 = (values: readonly number[]): number => percentile(values, 0.5);
export const p99 = (values: readonly number[]): number => percentile(values, 0.99);

export function spreadOf(values: readonly number[]): Spread {
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Of few values: between the two in the middle where their count is even. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const above = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return ((sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN) + above) / 2;
}

/** "2.31 (2.20–2.45)": the median of the rounds, and the lowest and the highest of them. */
export function showSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/**
 * Lets the arms of a comparison work by turns, a small portion each, until the time is over, so that whatever else
 * the machine does meets all of them alike. Returns what each measured.
 */
export async function takeTurns<Name extends string, T>(
  arms: Readonly<Record<Name, () => Promise<readonly T[]>>>,
  seconds: number,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(arms) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>;
  const end = performance.now() + seconds * 1000;
  do {
    for (const name of names) measured[name].push(...(await arms[name]()));
    // Another one begins each turn, so that none always follows the same one.
    names.push(...names.splice(0, 1));
  } while (performance.now() < end);
  return measured;
}
