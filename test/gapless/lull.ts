/** A while in which nothing moves, and everything is put to sleep under the open sockets. */

import { venueSymbolOf } from "./venue-symbols.ts";
import type { ObjectKind } from "./worker-control.ts";
import type { World } from "./world.ts";

const AT_ONCE = 8;

export interface Sleeper {
  readonly kind: ObjectKind;
  readonly name: string;
}

/** Resolves once each of `sleepers` has slept or turned out not to be awake; `slept` hears of those that have. */
export async function lull(
  { venue, worker }: World,
  symbols: readonly string[],
  sleepers: readonly Sleeper[],
  slept: (sleeper: Sleeper) => void,
): Promise<void> {
  for (const symbol of symbols) await freeze(venue, symbol);
  const waiting = [...sleepers];
  const put = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (await worker.evict(next.kind, next.name)) slept(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, put));
  await thaw(venue);
}

/** The symbol's quotes and trades stop. */
export async function freeze(venue: World["venue"], symbol: string): Promise<void> {
  await venue("POST", "/faults", { kind: "stale_quote", symbol: venueSymbolOf(symbol) });
}

/** Every frozen symbol moves again. */
export async function thaw(venue: World["venue"]): Promise<void> {
  await venue("DELETE", "/faults?kind=stale_quote");
}
