/** A Worker may hold six connections at a time; some are left to others. */
const FEW = 4;

/** Does something with each item, a few at once, and answers what came of it in their order. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const group of groupsOf(items)) results.push(...(await Promise.all(group.map(run))));
  return results;
}

/** What `fewAtOnce` has under way at a time, for those who decide in between whether to go on. */
export function* groupsOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += FEW) yield items.slice(from, from + FEW);
}
