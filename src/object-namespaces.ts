/** How the objects of the platform are addressed. */

import type { VenueName } from "./domain/instrument.ts";

export type Objects = ReturnType<typeof objectsOf>;

export function objectsOf(env: Env) {
  return {
    room: (symbol: string) => env.SYMBOL_ROOM.getByName(symbol),
    account: (userId: string) => env.ACCOUNT_ROOM.getByName(userId),
    feed: (venue: VenueName) => env.MARKET_FEED.getByName(venue),
    guesses: (counter: string) => env.GUESS_COUNTER.getByName(counter),
    hasher: (shard: number) => env.PASSWORD_HASHER.getByName(String(shard)),
    link: (venue: VenueName) => env.BROKER_LINK.getByName(venue),
  };
}
