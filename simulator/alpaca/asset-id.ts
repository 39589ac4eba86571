import { randomUuid, seededState } from "../market/random.ts";

const ids = new Map<string, string>();

/** Alpaca's id of an asset: the same in every run. */
export function assetIdOf(symbol: string): string {
  let id = ids.get(symbol);
  if (id === undefined) {
    id = randomUuid(seededState("asset", symbol));
    ids.set(symbol, id);
  }
  return id;
}
