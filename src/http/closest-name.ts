/** Finds what somebody meant to type. */

/**
 * The one of `known` that `name` is close to: the same but for case and separators, an abbreviation of it (`qty`), or
 * a typing error away. Undefined when nothing is close.
 */
export function findClosest(name: string, known: readonly string[]): string | undefined {
  const typed = plain(name);
  if (typed === "" || typed.length > 64) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceTo(typed, plain(candidate)) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0));
  return ranked[0]?.candidate;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function distanceTo(typed: string, candidate: string): number | undefined {
  const edits = editDistance(typed, candidate);
  if (edits <= Math.max(1, Math.floor(candidate.length / 4))) return edits;
  return typed.length >= 2 && abbreviates(typed, candidate) ? candidate.length : undefined;
}

function abbreviates(typed: string, candidate: string): boolean {
  if (typed[0] !== candidate[0]) return false;
  let from = 0;
  for (const letter of typed) {
    const at = candidate.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = at(row, j) + (a[i] === b[j] ? 0 : 1);
      const swaps = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = swaps ? at(before, j - 1) + 1 : replaced;
      next.push(Math.min(replaced, swapped, at(row, j + 1) + 1, at(next, j) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
